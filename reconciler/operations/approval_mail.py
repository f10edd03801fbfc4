"""The mail a move of a request causes: one to each person asked, one to the requester when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.approvals.mail_facts import START, MailFacts
from reconciler.approvals.transitions import Event, Move
from reconciler.kinds.activities import Event as Told
from reconciler.kinds.activities import Slot, activity_for
from reconciler.kinds.mail_words import task_view
from reconciler.model.duration import parse_duration
from reconciler.model.errors import Refused
from reconciler.model.mailbox import Mailbox
from reconciler.model.message import About, Message
from reconciler.model.person import Member
from reconciler.model.request import Request
from reconciler.model.resource import Resource
from reconciler.operations.applied_state import AppliedState
from reconciler.operations.approval_context import Reading, approval_context
from reconciler.operations.workspace import Workspace
from reconciler.operations.write_mail import (
    Envelope,
    MailUnwritable,
    Words,
    built_in_words,
    server_for,
    words_of,
    write_mail,
)

BUILT_IN_EXPIRES = parse_duration("5d").elapsed
"""How long delivery of a built-in message is tried; what a task's ``expireAfter`` is by default."""

_TOLD: dict[Event, Told] = {
    Event.APPROVED: "approved",
    Event.DENIED: "denied",
    Event.EXPIRED: "expired",
    Event.CANCELLED: "cancelled",
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
    told: Told
    key: str
    round: int = 1
    about: About | None = None


def approval_mail(
    workspace: Workspace, applied: AppliedState, move: Move, now: datetime, facts: MailFacts | None = None
) -> ApprovalMail:
    """Everything the move has to say, written. ``facts``: the mails there are already, for people asked anew.

    A task whose words fail gives way to the built-in message, and what cannot be written at all is left out: each is a
    fault for the journal, for a request never sticks.
    """
    messages: list[Message] = []
    faults: list[str] = []
    for letter in _letters(move, facts or MailFacts()):
        found = _written(workspace, applied, move.request, letter, now, faults)
        messages += [found] if found else []
    return ApprovalMail(tuple(messages), tuple(dict.fromkeys(faults)))


def _letters(move: Move, facts: MailFacts) -> Iterator[_Letter]:
    request = move.request
    for member in move.ask:
        before = facts.rounds.get(member.key, 0)
        key = f"approval:{request.id}:{request.stage}:{member.key}:{START}:{before}"
        about = About(request.id, request.stage, member.key, START)
        yield _Letter(member, "start", key, before + 1, about)
    if move.tell:
        requester = Member(request.requester)
        about = About(request.id, request.stage, requester.key, "completed")
        yield _Letter(requester, _TOLD[move.tell], f"outcome:{request.id}:{move.tell}", about=about)


def _written(
    workspace: Workspace, applied: AppliedState, request: Request, letter: _Letter, now: datetime, faults: list[str]
) -> Message | None:
    """The letter in the task's words, else in the built-in ones, else None."""
    process = applied.world.get("ApprovalProcess", request.process)
    name = activity_for(process.spec, letter.told) if process else None
    task = applied.world.get("EmailTask", name) if name else None
    for chosen in (task, None) if task else (None,):
        try:
            return _write(workspace, applied, request, letter, now, (process, task, chosen))
        except (MailUnwritable, Refused) as fault:
            faults.append(f"{fault.summary}: {fault.detail}")
    return None


def _write(
    workspace: Workspace,
    applied: AppliedState,
    request: Request,
    letter: _Letter,
    now: datetime,
    chosen: tuple[Resource | None, Resource | None, Resource | None],
) -> Message:
    """One try. ``chosen``: the process, the task that sends, and whose words: the task, or None for the built-in ones."""
    process, task, speaker = chosen
    slot: Slot = "start" if letter.told == "start" else "completed"
    words: Words = words_of(applied, speaker, slot) if speaker else built_in_words(applied, process, slot)
    reading = Reading(letter.recipient, slot, now, letter.round)
    context = approval_context(applied, request, reading, speaker, task_view(speaker, slot))
    envelope = Envelope(
        id=workspace.new_id("msg"),
        key=letter.key,
        to=(letter.recipient.mailbox,),
        created=now,
        give_up=_give_up(request, task, letter, now),
        sender=task.spec.sender if task else None,
        reply_to=_reply_to(request, task, letter),
        about=letter.about,
    )
    return write_mail(server_for(applied, process, task), words, context, envelope)


def _give_up(request: Request, task: Resource | None, letter: _Letter, now: datetime) -> datetime:
    """The end of the mail's usefulness.

    While nobody has been reached the deadline waits for the first mail, so that mail is of use past what it prints; once
    somebody has, mail that asks is of no use after the deadline.
    """
    patience: timedelta = task.spec.expire_after.elapsed if task else BUILT_IN_EXPIRES
    asks_later = letter.told == "start" and request.accepted is not None
    return min(now + patience, request.expires) if asks_later else now + patience


def _reply_to(request: Request, task: Resource | None, letter: _Letter) -> Mailbox | None:
    own: Mailbox | None = task.spec.reply_to if task else None
    return own or (request.requester if letter.told == "start" else None)
