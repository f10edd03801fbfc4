"""What is asked of a walled process: the mails, with all that is needed to make them. Plain values, which can be pickled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.messages.compose.headers import Headers
from reconciler.messages.contexts.values import PersonView
from reconciler.messages.language.limits import TemplateFault
from reconciler.messages.mail import Asked, Mail, MailCase
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.declaration import Value
from reconciler.planning.mail.sides import Pair

Sources = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Trial:
    """One mail to check: whose it is, the case, and the sources of every template it reaches."""

    address: Address
    case: MailCase
    sources: Sources


@dataclass(frozen=True, slots=True)
class Comparison:
    """One pair of a plan. ``sources``: template texts by SHA-256."""

    pair: Pair
    sources: Sources


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to be sent. ``context`` is what `reconciler.messages.contexts.values.variables_of` gives."""

    mail: Mail
    sources: Sources
    context: Mapping[str, Any]
    prefix: str
    headers: Headers


@dataclass(frozen=True, slots=True)
class WrittenLetter:
    """The letter as it goes over the wire, all ASCII; or a fault of a template, or ``refusal``, the end of a sentence."""

    subject: str = ""
    data: str = ""
    fault: TemplateFault | None = None
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A mail on one sample, to be looked at."""

    case: MailCase
    sources: Sources
    sample: str
    headers: Headers


@dataclass(frozen=True, slots=True)
class ShownMail:
    """The exhibit in words, and over the wire. ``html`` (CSS inlined) is None for a mail of text alone."""

    subject: str
    text: str
    html: str | None
    data: str


@dataclass(frozen=True, slots=True)
class Question:
    """A request that needs a subject."""

    asked: Asked
    requester: PersonView
    reason: str
    fields: Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class Titled:
    """The subject of a request. ``fault``: why it is the type's title."""

    text: str
    fault: TemplateFault | None = None


Item = Trial | Comparison | Letter | Exhibit | Question
