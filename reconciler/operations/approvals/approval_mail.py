"""The mail a move of a request causes: one to each person asked, one to the requester when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from reconciler.approvals.mail_facts import START, MailFacts
from reconciler.approvals.transitions import Move, RequestEvent
from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.kinds.fields.declarations import declarations
from reconciler.kinds.mail.activities import MailEvent, Slot, activity_for
from reconciler.kinds.mail.build_context import Reading, RequestSurroundings, build_context, show_request
from reconciler.kinds.mail.heads import address_approval
from reconciler.kinds.mail.words import request_surroundings, task_view
from reconciler.model.approvals.person import Member
from reconciler.model.approvals.request import Request
from reconciler.model.configuration.resource import Resource
from reconciler.model.duration import parse_duration
from reconciler.model.errors import Refused
from reconciler.model.mail.message import About, Message
from reconciler.operations.context.applied_state import AppliedState
from reconciler.operations.context.workspace import Workspace
from reconciler.operations.mail.write_mail import (
    MailUnwritable,
    Posting,
    Words,
    built_in_words,
    server_for,
    words_of,
    write_mail,
)

BUILT_IN_EXPIRES = parse_duration("5d").elapsed
"""How long delivery of a built-in message is tried; what a task's ``expireAfter`` is by default."""

_TOLD: dict[RequestEvent, MailEvent] = {
    RequestEvent.APPROVED: "approved",
    RequestEvent.DENIED: "denied",
    RequestEvent.EXPIRED: "expired",
    RequestEvent.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class ApprovalMail:
    """The messages of a move. ``faults``: sentences on words that failed and mail that could not be written."""

    messages: tuple[Message, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Letter:
    """One mail to be written: who is told what."""

    recipient: Member
    told: MailEvent
    key: str
    about: About
    round: int = 1

    @property
    def slot(self) -> Slot:
        return "start" if self.told == "start" else "completed"


def approval_mail(
    workspace: Workspace, applied: AppliedState, move: Move, now: datetime, facts: MailFacts | None = None
) -> ApprovalMail:
    """Everything the move has to say, written. ``facts``: the mails there are already, for people asked anew.

    A task whose words fail gives way to the built-in message, and what cannot be written at all is left out: each is a
    fault for the journal, for a request never sticks.
    """
    letters = list(_list_letters(move, facts or MailFacts()))
    if not letters:
        return ApprovalMail((), ())
    writer = _Writer(workspace, applied, move.request, now)
    messages = [message for letter in letters if (message := writer.written(letter))]
    return ApprovalMail(tuple(messages), tuple(dict.fromkeys(writer.faults)))


def _list_letters(move: Move, facts: MailFacts) -> Iterator[_Letter]:
    request = move.request
    for member in move.ask:
        before = facts.rounds.get(member.key, 0)
        key = f"approval:{request.id}:{request.stage}:{member.key}:{START}:{before}"
        about = About(request.id, request.stage, member.key, START)
        yield _Letter(member, "start", key, about, before + 1)
    if move.tell:
        requester = Member(request.requester)
        about = About(request.id, request.stage, requester.key, "completed")
        yield _Letter(requester, _TOLD[move.tell], f"outcome:{request.id}:{move.tell}", about)


class _Writer:
    """Writes the letters of one move. Words and what all readers are shown alike are made once."""

    def __init__(self, workspace: Workspace, applied: AppliedState, request: Request, now: datetime) -> None:
        self.faults: list[str] = []
        self._workspace = workspace
        self._applied = applied
        self._request = request
        self._now = now
        self._process = applied.world.get(ApprovalProcessSpec, request.process)
        self._shown = show_request(request, _around(request, applied))
        self._known: dict[tuple[str, Slot], Words] = {}

    def written(self, letter: _Letter) -> Message | None:
        """The letter in the task's words, else in the built-in ones, else None."""
        name = activity_for(self._process.spec, letter.told) if self._process else None
        task = self._applied.world.get(EmailTaskSpec, name) if name else None
        for speaker in (task, None) if task else (None,):
            try:
                return self._write(letter, task, speaker)
            except (MailUnwritable, Refused) as fault:
                self.faults.append(f"{fault.summary}: {fault.detail}")
        return None

    def _write(
        self, letter: _Letter, task: Resource[EmailTaskSpec] | None, speaker: Resource[EmailTaskSpec] | None
    ) -> Message:
        """One try. ``task`` sends; the words are the ``speaker``'s: the task's, or built in where it is None."""
        slot, recipient = letter.slot, letter.recipient
        parameters = declarations(speaker.spec.parameters) if speaker else {}
        reading = Reading(recipient, slot, self._now, task_view(speaker, slot), parameters, letter.round)
        server = server_for(self._applied, self._process, task)
        posting = Posting(
            address_approval(task, server, slot, recipient.mailbox, self._request.requester),
            id=self._workspace.new_id("msg"),
            key=letter.key,
            created=self._now,
            give_up=_give_up(self._request, task, letter, self._now),
            about=letter.about,
        )
        words, mail = self._words(speaker, slot), self._applied.settings.mail
        return write_mail(server, words, build_context(self._shown, reading), posting, mail)

    def _words(self, speaker: Resource[EmailTaskSpec] | None, slot: Slot) -> Words:
        key = (speaker.address.name if speaker else "", slot)
        if key not in self._known:
            self._known[key] = (
                words_of(self._applied, speaker, slot)
                if speaker
                else built_in_words(self._applied, self._process, slot)
            )
        return self._known[key]


def _around(request: Request, applied: AppliedState) -> RequestSurroundings:
    return request_surroundings(
        applied.world,
        request.type,
        request.process,
        approvers=applied.world.people(request.current.approvers),
        decisions=request.decisions,
        settings=applied.settings,
    )


def _give_up(request: Request, task: Resource[EmailTaskSpec] | None, letter: _Letter, now: datetime) -> datetime:
    """The end of the mail's usefulness.

    While nobody has been reached the deadline waits for the first mail, so that mail is of use past what it prints; once
    somebody has, mail that asks is of no use after the deadline.
    """
    patience = task.spec.expire_after.elapsed if task else BUILT_IN_EXPIRES
    asks_later = letter.slot == START and request.accepted is not None
    return min(now + patience, request.expires) if asks_later else now + patience
