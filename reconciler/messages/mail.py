"""Mails before they are rendered: which templates make one, who writes it to whom, and what samples of it are made of."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from reconciler.messages.compose.headers import Headers
from reconciler.messages.contexts.invented import Invented
from reconciler.messages.contexts.values import Shape
from reconciler.messages.language.limits import MAX_SUBJECT, RenderFailure, TemplateFault
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Path
from reconciler.model.mail.mailbox import Mailbox

SUBJECT_LENGTH = 200
"""Characters of a request's subject; what is longer is cut, for it stands in the subject of mails."""


def one_line(text: str) -> str:
    """The text with each run of white space as one space."""
    return " ".join(text.split())


def request_title(text: str) -> str:
    """The text as the subject of a request."""
    line = one_line(text)
    return line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class TemplateRef:
    """One template of a mail.

    ``name``: a path in the templates folder, ``builtin:NAME``, or, where ``inline`` holds the text itself, a label for
    people (``EmailTask/x spec.subject``). ``path``: the manifest field that names or holds it, for diagnostics.
    """

    name: str
    path: Path
    inline: str | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """The templates of one mail. Without ``html`` the mail is text only; without ``text`` the text is made from the HTML.

    An expression that is no mail (an approval type's subject) has ``subject`` alone.
    """

    subject: TemplateRef
    text: TemplateRef | None = None
    html: TemplateRef | None = None

    @property
    def templates(self) -> tuple[TemplateRef, ...]:
        """All of them, subject first."""
        return tuple(t for t in (self.subject, self.text, self.html) if t is not None)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom. ``sender`` is None where no server is known that carries the mail; ``bcc`` reaches its people and
    stands in no header."""

    sender: Mailbox | None = None
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    bcc: tuple[Mailbox, ...] = ()
    reply_to: Mailbox | None = None

    @property
    def people(self) -> tuple[Mailbox, ...]:
        """Everybody it is for."""
        return (*self.to, *self.cc, *self.bcc)

    def headers(self, sender: Mailbox, message_id: str, date: datetime, extra: Mapping[str, str]) -> Headers:
        """The headers of a mail in it. ``sender``: who writes where the envelope names nobody."""
        return Headers(
            sender=self.sender or sender,
            message_id=message_id,
            date=date,
            to=self.to,
            cc=self.cc,
            reply_to=(self.reply_to,) if self.reply_to else (),
            extra={"Auto-Submitted": "auto-generated", **extra},
        )


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above a mail, and what the mail hangs on.

    ``slot``: task, start, completed, or subject for an expression that is no mail. ``keys``: what the mail is for, one for
    each event it tells of; who asks "how did this mail change" compares cases that share a key, whoever gives the words.
    ``reader``: who gets it, for people. ``envelope``: of a mail of an approval, with what the slot decides by name ("the
    approver"). ``parties``: every resource besides the one that gives the words whose change may change this mail.
    """

    slot: str = ""
    keys: tuple[str, ...] = ()
    reader: str = ""
    envelope: Envelope = Envelope()
    parties: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """How a request gets its subject: the approval type's template, and its title where that comes to nothing."""

    template: TemplateRef
    title: str


TYPICAL, AWKWARD = "typical", "awkward"

SAMPLES = (TYPICAL, AWKWARD)
"""The samples of a mail: one that reads like most mail, and one that is as strange as mail can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling(ABC):
    """What the samples of one mail are made of: plain data, fit for another process.

    ``outcomes``: how a request may have ended that the mail tells of; none where it has not ended. ``invented``: what is in no
    manifest.
    """

    outcomes: tuple[str, ...] = ()
    invented: Invented = field(default_factory=Invented)

    @abstractmethod
    def make(self, sample: str) -> Mapping[str, Any]:
        """The variables of the sample of this name."""

    @property
    def people(self) -> tuple[str, ...]:
        """Keys of those who are approvers in a sample, those who act before others first; none where no person decides."""
        return ()

    def read_by(self, people: tuple[str, ...], outcomes: tuple[str, ...]) -> Sampling:
        """Of a request on which these people, by key, act before others, in this order, to one of these ends."""
        return self

    def titled(self, subject: str) -> Sampling:
        """Of a request with this subject."""
        return self


@dataclass(frozen=True, slots=True)
class MailCase:
    """A mail with what its templates see: ``shape`` for the check, ``sampling`` for the rendering, None for what is not.

    ``label`` names the use for people: "start activity of ApprovalProcess/manual-email". ``head``: what stands above it.
    ``asked``: what the mail is about, where that is a request; ``prefix``: what the project puts before every subject. Both
    belong to the mail as it is sent: see `reconciler.messages.rehearsal`. Plain data, fit for another process.
    """

    label: str
    mail: Mail
    shape: Shape
    sampling: Sampling | None = None
    head: Head = field(default_factory=Head)
    asked: Asked | None = None
    prefix: str = ""

    @property
    def samples(self) -> Mapping[str, Mapping[str, Any]]:
        """Variables by the name of the sample, made anew each time. What a request is called stands in none of them: that
        has to be rendered."""
        return {name: self.sampling.make(name) for name in SAMPLES} if self.sampling else {}

    def sample(self, name: str) -> Mapping[str, Any]:
        """The variables of the sample of this name alone: to make one takes a whole request."""
        assert self.sampling is not None, "only mails with samples are rendered"
        return self.sampling.make(name)

    def inventing(self, invented: Invented) -> MailCase:
        """The case with samples whose ids, times and people are invented so."""
        return replace(self, sampling=replace(self.sampling, invented=invented)) if self.sampling else self


_BREAKS = re.compile("[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")


def subject_line(subject: TemplateRef, text: str) -> str:
    """The subject that a template came to, without the line end behind it. Raises `RenderFailure`."""
    text = text.rstrip("\r\n")
    if len(text) > MAX_SUBJECT:
        said = f"The subject comes out with {len(text):,} characters; at most {MAX_SUBJECT:,} are allowed."
        raise RenderFailure(
            TemplateFault(subject.name, 1, "Template does too much", said, "Cut it: `| truncate(100)`.")
        )
    if not _BREAKS.search(text):
        return text
    said = "The subject comes out with a line break or another control character in it, which could forge mail headers."
    hint = 'Keep the template on one line, and write `| replace("\\n", " ")` behind what may hold several lines.'
    raise RenderFailure(TemplateFault(subject.name, 1, "Line break in a subject", said, hint))
