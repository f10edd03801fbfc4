"""The transition table of requests, and the moves. Everything that moves a request lives here.

Each move is pure: it takes the request, the facts and `now`, and returns a `Move`: the request as it is afterwards and
what follows from it. The operations write both in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from reconciler.approvals.eligibility import (
    find_member,
    find_refusal,
    list_eligible_people,
    list_undecided,
    names,
    refuse_finished,
)
from reconciler.approvals.mail_facts import MailFacts
from reconciler.approvals.quorum import collect_keys, count_approvals, count_needed, judge_reach
from reconciler.model.approvals.person import Member
from reconciler.model.approvals.request import Choice, Decision, Request, RequestState, Rules, Stage
from reconciler.model.errors import Refused
from reconciler.model.mail.mailbox import Mailbox
from reconciler.model.wording import Given, Sentence


class RequestEvent(StrEnum):
    """What happens to a request; the journal writes it as ``approval.EVENT``."""

    REQUESTED = "requested"
    DECIDED = "decided"  # a person's word that does not end the request
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    ACCEPTED = "mail-accepted"  # a mail server took the first mail: the clock runs from then
    UNREACHABLE = "unreachable"  # every first mail failed for good: the clock runs from then
    WAITING = "waiting"  # at the deadline no mail has been taken yet
    APPROVERS = "approvers-changed"
    STRANDED = "stranded"  # too few people are left to reach the quorum


TABLE: Mapping[tuple[RequestState | None, RequestEvent], RequestState] = {
    (None, RequestEvent.REQUESTED): RequestState.PENDING,
    (RequestState.PENDING, RequestEvent.DECIDED): RequestState.PENDING,
    (RequestState.PENDING, RequestEvent.ACCEPTED): RequestState.PENDING,
    (RequestState.PENDING, RequestEvent.UNREACHABLE): RequestState.PENDING,
    (RequestState.PENDING, RequestEvent.WAITING): RequestState.PENDING,
    (RequestState.PENDING, RequestEvent.APPROVERS): RequestState.PENDING,
    (RequestState.PENDING, RequestEvent.STRANDED): RequestState.PENDING,
    (RequestState.PENDING, RequestEvent.APPROVED): RequestState.APPROVED,
    (RequestState.PENDING, RequestEvent.DENIED): RequestState.DENIED,
    (RequestState.PENDING, RequestEvent.EXPIRED): RequestState.EXPIRED,
    (RequestState.PENDING, RequestEvent.CANCELLED): RequestState.CANCELLED,
}
"""State and event -> state. A pair that is not here cannot happen; a finished state has no way out."""

OUTCOMES = {
    RequestEvent.APPROVED: "the request was approved",
    RequestEvent.DENIED: "the request was denied",
    RequestEvent.EXPIRED: "the request expired",
    RequestEvent.CANCELLED: "the request was cancelled",
}
"""Events that end a request, with why mail about it that was not sent yet is cancelled."""

LOOK_AGAIN = timedelta(hours=1)
"""How long at most a deadline waits, while mails are on their way, before the outbox is looked at again."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A request before it is opened: everything but its times and its state."""

    id: str
    type: str
    process: str
    subject: str
    requester: Mailbox
    reason: str
    fields: Mapping[str, Any]
    stage: Stage
    rules: Rules
    submitted_by: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A request after an event, and what follows.

    ``ask``: people who get a first mail. ``tell``: the outcome the requester is told. ``cancel``: why unsent mail about
    the request is cancelled, that to ``persons`` (person keys) only, or all of it where ``persons`` is empty.
    ``decision``: the word that made the move.
    """

    request: Request
    event: RequestEvent
    ask: tuple[Member, ...] = ()
    tell: RequestEvent | None = None
    cancel: str | None = None
    persons: tuple[str, ...] = ()
    decision: Decision | None = None

    @property
    def matters(self) -> bool:
        """Whether anything follows for anybody: mail to send or to cancel, an outcome to tell."""
        return bool(self.ask or self.tell or self.cancel)


def open_request(draft: Draft, people: Sequence[Member], now: datetime) -> Move:
    """A new request. ``people``: the stage's approvers, groups expanded. Raises `Refused` when nobody can answer it."""
    if draft.rules.require_reason and not draft.reason.strip():
        raise Refused(
            "A reason is required",
            f"Process {draft.process} asks for a reason with every request (requireReason).",
            Sentence("Say why with ", Given("reason"), "."),
        )
    eligible = list_eligible_people(draft.rules, draft.requester, people)
    if len(eligible) < count_needed(draft.stage, eligible):
        raise _unanswerable(draft, people, eligible)
    expires = now + draft.stage.expire_after.elapsed
    request = Request(
        id=draft.id,
        type=draft.type,
        process=draft.process,
        subject=draft.subject,
        requester=draft.requester,
        reason=draft.reason,
        fields=draft.fields,
        stages=(draft.stage,),
        rules=draft.rules,
        created=now,
        opened=now,
        expires=expires,
        due=expires,
        state=TABLE[None, RequestEvent.REQUESTED],
        submitted_by=draft.submitted_by,
    )
    return Move(request, RequestEvent.REQUESTED, ask=eligible)


def record_decision(request: Request, decision: Decision, people: Sequence[Member]) -> Move:
    """One person's word. ``decision.person`` may be any spelling of the approver; what is stored is the approver's own
    address and groups. Raises `Refused` with the reason in plain words."""
    reason = find_refusal(request, decision, people)
    if reason:
        raise reason
    member = find_member(decision.person.address, people)
    assert member is not None, "refusal() lets approvers through only"
    at = _in_order(request, decision.at)
    word = replace(decision, person=member.mailbox, via=member.via, stage=request.stage, at=at)
    after = replace(request, decisions=(*request.decisions, word))
    if word.choice is Choice.DENY:
        return _end(after, RequestEvent.DENIED, word.at, word)
    if count_approvals(after, list_eligible_people(after.rules, after.requester, people)).reached:
        return _end(after, RequestEvent.APPROVED, word.at, word)
    return Move(
        _advance(after, RequestEvent.DECIDED),
        RequestEvent.DECIDED,
        cancel="the person has decided",
        persons=(member.key,),
        decision=word,
    )


def withdraw(request: Request, now: datetime) -> Move:
    """The request is taken back. Raises `Refused` when it is finished already."""
    reason = refuse_finished(request)
    if reason:
        raise reason
    return _end(request, RequestEvent.CANCELLED, now)


def settle_mails(request: Request, facts: MailFacts) -> Move | None:
    """What the fates of the first mails change: `mail_accepted`, `fail_mails`, or nothing. May be asked again and again."""
    if request.state is not RequestState.PENDING or request.accepted:
        return None
    if facts.accepted:
        return mail_accepted(request, facts.accepted)
    return fail_mails(request, facts.failed) if facts.failed else None


def mail_accepted(request: Request, at: datetime) -> Move:
    """A mail server took the stage's first mail: the deadline moves out by the time that took, never closer."""
    at = max(at, request.opened)
    after = _clock_from(replace(request, accepted=at), at)
    return Move(_advance(after, RequestEvent.ACCEPTED), RequestEvent.ACCEPTED)


def fail_mails(request: Request, at: datetime) -> Move | None:
    """Every first mail failed for good, the last one at ``at``: the clock runs from then. None when it already does."""
    after = _clock_from(request, at)
    if after.expires == request.expires:
        return None
    return Move(_advance(after, RequestEvent.UNREACHABLE), RequestEvent.UNREACHABLE)


def fall_due(request: Request, facts: MailFacts, now: datetime) -> Move | None:
    """The request's due time has come; what follows, one step at a time. None when there is nothing to do before its deadline.

    The facts come from the outbox, so what a crash kept from being noted is made good here, as a step of its own. While no
    mail was taken and some are on their way, the request does not expire: it is looked at again later.
    """
    settled = settle_mails(request, facts)
    if settled:
        return settled
    if now < request.expires:
        return None
    if request.accepted is None and facts.on_the_way:
        pause = max(timedelta(minutes=1), min(LOOK_AGAIN, request.current.expire_after.elapsed))
        return Move(replace(_advance(request, RequestEvent.WAITING), due=now + pause), RequestEvent.WAITING)
    return _end(request, RequestEvent.EXPIRED, now)


def change_approvers(request: Request, people: Sequence[Member], facts: MailFacts, now: datetime) -> Move:
    """Who is in the stage's groups may have changed: new people are asked, those who left lose their unsent mail.

    Where ``all`` must agree and everyone left has approved, the request is approved. Too few people left to reach the
    quorum is `Event.STRANDED`, said when somebody leaves; the request then waits for its deadline or for new people.
    """
    eligible = list_eligible_people(request.rules, request.requester, people)
    count = count_approvals(request, eligible)
    if count.reached and count.given:
        return _end(request, RequestEvent.APPROVED, now)
    waiting = list_undecided(request, people)
    gone = tuple(sorted(facts.asked - collect_keys(people)))
    event = RequestEvent.STRANDED if gone and not judge_reach(request, people).enough else RequestEvent.APPROVERS
    # Past its deadline the request waits for mail on its way, and looks again when `fall_due` said.
    due = request.expires if now < request.expires else request.due
    return Move(
        replace(_advance(request, event), due=due),
        event,
        ask=tuple(member for member in waiting if member.key not in facts.asked),
        cancel="no longer an approver" if gone else None,
        persons=gone,
    )


def _clock_from(request: Request, at: datetime) -> Request:
    """The deadline, and the due time with it; a due time set for another reason (approvers changed) stays."""
    expires = max(request.expires, at + request.current.expire_after.elapsed)
    return replace(request, expires=expires, due=expires if request.due == request.expires else request.due)


def _advance(request: Request, event: RequestEvent) -> Request:
    return replace(request, state=TABLE[request.state, event], revision=request.revision + 1)


def _in_order(request: Request, at: datetime) -> datetime:
    """The time that is recorded for what happens now: where the clock was set back, not before what happened earlier."""
    earlier = [request.created, request.opened, *(each.at for each in request.decisions)]
    return max(at, request.accepted or at, *earlier)


def _end(request: Request, event: RequestEvent, now: datetime, decision: Decision | None = None) -> Move:
    after = replace(_advance(request, event), completed=_in_order(request, now), due=None)
    return Move(after, event, tell=event, cancel=OUTCOMES[event], decision=decision)


def _unanswerable(draft: Draft, people: Sequence[Member], eligible: Sequence[Member]) -> Refused:
    wanted = count_needed(draft.stage, eligible)
    own = len(collect_keys(people)) > len(eligible)
    without = " (the requester, an approver too, cannot decide it)" if own else ""
    return Refused(
        "Nobody could answer this request",
        f"Process {draft.process} needs {wanted} {'approvals' if wanted > 1 else 'approval'}; "
        f"{draft.requester} could be answered by {len(eligible)}: {names(eligible)}{without}.",
        "Add approvers to the process or its groups and apply, or let somebody else make the request.",
    )
