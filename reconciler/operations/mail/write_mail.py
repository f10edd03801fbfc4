"""From words and values to a message of the outbox: rendered, composed, frozen. The one place where mail is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.kinds.mail.activities import Slot, carrier_of, no_server
from reconciler.kinds.mail.words import mail_of
from reconciler.kinds.project.spec import MailSettings
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.messages.compose.headers import Headers, write_head_lines
from reconciler.messages.language.limits import RenderFailure
from reconciler.messages.mail import Envelope, Mail
from reconciler.model.configuration.resource import Resource
from reconciler.model.errors import Refused, UserError
from reconciler.model.mail.message import About, Fate, Message
from reconciler.operations.context.applied_state import AppliedState
from reconciler.operations.mail.mail_reach import list_reached, write_intended
from reconciler.operations.walled.items import Letter, WrittenLetter
from reconciler.operations.walled.work import Death, Job, describe_death
from reconciler.sources.templates import read_builtin

REAL_MAIL = MailSettings()
"""Where no project says otherwise, mail reaches those it is for."""

_WRITE = Job[Letter, WrittenLetter]("write", WrittenLetter)


@dataclass(frozen=True, slots=True)
class Words:
    """The templates of a mail with the sources they reach. ``task``: whose words, for the record: an address, or
    ``builtin:NAME``."""

    mail: Mail
    sources: Mapping[str, str]
    task: str


@dataclass(frozen=True, slots=True)
class Posting:
    """A message before its words: who writes it to whom, when, and until when it is of use.

    ``key`` as in `reconciler.model.mail.message.Message`; ``id`` becomes the Message-ID's left part too.
    """

    envelope: Envelope
    id: str
    key: str
    created: datetime
    give_up: datetime
    about: About | None = None


class MailUnwritable(UserError):
    """The words and values at hand make no mail: a template fails on them, or an address or header cannot be written."""

    code = "mail"


class MailLost(MailUnwritable):
    """The process that rendered the mail did not come back with it. ``what``: whose words; ``hint``: what to do."""

    def __init__(self, what: str, death: Death, hint: str) -> None:
        super().__init__("Mail cannot be rendered safely", describe_death(what, death), hint)


def write_mail(
    server: Resource[SmtpServerSpec],
    words: Words,
    context: Mapping[str, Any],
    posting: Posting,
    mail: MailSettings = REAL_MAIL,
) -> Message:
    """The message, due at once. ``context`` is what `reconciler.messages.contexts.values.variables_of` gives.

    ``server`` is the SmtpServer that carries it. ``mail``: the applied settings, which decide whom it really reaches. Each
    address gets one fate, however often it is named. Raises `MailUnwritable`.
    """
    envelope = posting.envelope
    extra = write_intended(mail, (*envelope.to, *envelope.cc), envelope.bcc)
    headers = envelope.headers(server.spec.sender, posting.id, posting.created, extra)
    written = _write(words, Letter(words.mail, words.sources, context, mail.subject_prefix, headers))
    recipients = list_reached(mail, [each.address for each in envelope.people])
    bounces = server.spec.envelope_from or headers.sender
    return Message(
        id=posting.id,
        key=posting.key,
        task=words.task,
        server=server.address.name,
        subject=written.subject,
        envelope_from=bounces.address,
        data=written.data.encode("ascii"),
        fates=tuple(Fate(address) for address in recipients),
        created=posting.created,
        due=posting.created,
        give_up=posting.give_up,
        about=posting.about,
    )


def _write(words: Words, letter: Letter) -> WrittenLetter:
    """The letter, rendered behind the wall. Raises `MailUnwritable`; `EnvironmentFault` where there is no wall."""
    written = _WRITE.one(letter)
    if isinstance(written, Death):
        raise MailLost(words.task, written, "Make its templates smaller, then apply.")
    if written.fault:
        failure = RenderFailure(written.fault)
        raise MailUnwritable(failure.summary, failure.detail, failure.hint)
    if written.refusal:
        raise MailUnwritable("Mail cannot be written", f"{words.task}: {written.refusal}.")
    if not _is_headed(written, letter.headers):
        said = f"The process that rendered {words.task} wrote it to somebody else: it was taken over."
        raise MailUnwritable("Mail cannot be rendered safely", said, "Look at its templates; do not send from them.")
    return written


def _is_headed(written: WrittenLetter, headers: Headers) -> bool:
    """Whether the mail says what it was asked to say of who writes to whom: whoever renders it decides on its words alone."""
    try:
        return written.data.startswith("\r\n".join([*write_head_lines(written.subject, headers), "Content-Type: "]))
    except ValueError:
        return False


def server_for(
    applied: AppliedState, process: Resource[ApprovalProcessSpec] | None, task: Resource[EmailTaskSpec] | None
) -> Resource[SmtpServerSpec]:
    """The SmtpServer that carries the mail: the process's, the task's, or the only one. Raises `Refused`."""
    server = carrier_of(process, task, applied.world)
    if server is None:
        finding = no_server(applied.world)
        raise Refused(finding.summary, finding.detail, finding.hint)
    return server


def words_of(applied: AppliedState, task: Resource[EmailTaskSpec], slot: Slot) -> Words:
    """The task's words, from the sources stored with it."""
    return Words(mail_of(task, slot), applied.sources(task.address), str(task.address))


def built_in_words(applied: AppliedState, process: Resource[ApprovalProcessSpec] | None, slot: Slot) -> Words:
    """The slot's built-in words: as stored with the process, else as this version ships them. They include no others."""
    mail = mail_of(None, slot)
    names = [template.name for template in mail.templates]
    stored = applied.sources(process.address) if process else {}
    found = stored if set(names) <= set(stored) else {name: read_builtin(name) for name in names}
    return Words(mail, found, names[0].rpartition(".")[0])
