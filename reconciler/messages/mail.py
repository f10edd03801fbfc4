"""Mails before they are rendered: which templates make one, and in what context."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from reconciler.messages.contexts.invented import Invented
from reconciler.messages.contexts.samples import Samples, Sampling
from reconciler.messages.contexts.values import Shape
from reconciler.messages.language.limits import MAX_SUBJECT, RenderFailure, TemplateFault
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Path

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
class Head:
    """What stands above a mail, in words, and what the mail hangs on.

    ``slot``: task, start, completed, or subject for an expression that is no mail. ``keys``: what the mail is for, one for
    each event it tells of; who asks "how did this mail change" compares cases that share a key, whoever gives the words.
    ``reader``: who gets it, for people. ``to`` and ``cc``: one recipient each, as people see them. ``parties``: every
    resource besides the one that gives the words whose change may change this mail.
    """

    slot: str = ""
    keys: tuple[str, ...] = ()
    reader: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    reply_to: str = ""
    parties: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """How a request gets its subject: the approval type's template, and its title where that comes to nothing."""

    template: TemplateRef
    title: str


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
    head: Head = Head()
    asked: Asked | None = None
    prefix: str = ""

    @property
    def samples(self) -> Samples:
        """Contexts by name: typical, awkward. Made anew each time."""
        return self.sampling.made if self.sampling else {}

    def inventing(self, invented: Invented) -> MailCase:
        """The case with samples whose ids, times and people are invented so."""
        return replace(self, sampling=self.sampling.inventing(invented)) if self.sampling else self


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
