"""Eligibility: may this person decide, and if not, why, in words for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reconciler.model.approvals.person import Member, make_person_key
from reconciler.model.approvals.request import Choice, Decision, Request, RequestState, Rules
from reconciler.model.errors import Refused
from reconciler.model.journal import format_timestamp
from reconciler.model.mail.mailbox import Mailbox
from reconciler.model.wording import Given, Sentence

NAMES_SHOWN = 10
"""How many people a sentence names before it only counts."""

_DID = {Choice.APPROVE: "approved", Choice.DENY: "denied"}


def list_eligible_people(rules: Rules, requester: Mailbox, people: Sequence[Member]) -> tuple[Member, ...]:
    """Those of a stage's people who may decide: each person once, and not the requester unless ``selfApproval``."""
    own = make_person_key(requester.address)
    first: dict[str, Member] = {}
    for member in people:
        first.setdefault(member.key, member)
    return tuple(member for key, member in first.items() if rules.self_approval or key != own)


def list_undecided(request: Request, people: Sequence[Member]) -> tuple[Member, ...]:
    """Those who may decide and have not yet: the people to ask."""
    decided = {make_person_key(decision.person.address) for decision in request.decisions}
    eligible = list_eligible_people(request.rules, request.requester, people)
    return tuple(member for member in eligible if member.key not in decided)


def find_member(address: str, people: Sequence[Member]) -> Member | None:
    """The member behind an address, however it is spelled."""
    key = make_person_key(address)
    return next((member for member in people if member.key == key), None)


def find_refusal(request: Request, decision: Decision, people: Sequence[Member]) -> Refused | None:
    """Why the decision may not be taken; None when it may. ``people``: the open stage's approvers, groups expanded."""
    return (
        refuse_finished(request)
        or _person_refusal(request, decision.person, people)
        or _repeat_refusal(request, decision.person)
        or _comment_refusal(request.rules, decision)
    )


def refuse_finished(request: Request) -> Refused | None:
    """Why nothing moves the request any more: who ended it, how and when; None while it is pending."""
    if request.state is RequestState.PENDING:
        return None
    return Refused(f"Request {request.id} is already {request.state}", _ending(request), "Nothing was changed.")


def names(people: Sequence[Member | Mailbox]) -> str:
    """People for a sentence: at most `NAMES_SHOWN` by name, the rest as a number."""
    shown = [str(p.mailbox if isinstance(p, Member) else p) for p in people[:NAMES_SHOWN]]
    more = len(people) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "") if shown else "nobody"


def format_moment(at: datetime) -> str:
    """A point in time as plain sentences print it: UTC, to the minute."""
    return format_timestamp(at)[:16].replace("T", " ") + " UTC"


def _ending(request: Request) -> str:
    when = format_moment(request.completed or request.opened)
    if request.state is RequestState.CANCELLED:
        return f"It was cancelled at {when}."
    if request.state is RequestState.EXPIRED:
        return f"Its deadline passed without enough decisions; it expired at {when}."
    said = [f"{d.person} {_DID[d.choice]} it at {format_moment(d.at)}" for d in request.decisions]
    return f"{'; '.join(said)}. It was {request.state} at {when}."


def _person_refusal(request: Request, person: Mailbox, people: Sequence[Member]) -> Refused | None:
    member = find_member(person.address, people)
    if member is None:
        may = names(list_eligible_people(request.rules, request.requester, people))
        return Refused(
            f"{person.address} is not an approver of request {request.id}",
            f"Those who may decide it are {may}.",
            "Decide as one of them, or add the person to the process's approvers and apply.",
        )
    if not request.rules.self_approval and member.key == make_person_key(request.requester.address):
        return Refused(
            f"{person.address} made request {request.id} and cannot decide it",
            f"{member.mailbox} and the requester {request.requester} are one person, and the process has no selfApproval.",
            "Let another approver decide.",
        )
    return None


def _repeat_refusal(request: Request, person: Mailbox) -> Refused | None:
    key = make_person_key(person.address)
    for earlier in request.decisions:
        if make_person_key(earlier.person.address) == key:
            return Refused(
                f"{person.address} has already decided request {request.id}",
                f"{earlier.person} {_DID[earlier.choice]} it at {format_moment(earlier.at)}. A person decides once per request.",
                "Nothing was changed.",
            )
    return None


def _comment_refusal(rules: Rules, decision: Decision) -> Refused | None:
    demanded = {"always": True, "on-deny": decision.choice is Choice.DENY, "never": False}[rules.require_comment]
    if not demanded or decision.comment.strip():
        return None
    what = "every decision" if rules.require_comment == "always" else "a denial"
    return Refused(
        f"A comment is required to {decision.choice} the request",
        f"The process asks for a comment with {what} (requireComment: {rules.require_comment}).",
        Sentence("Say why with ", Given("comment"), "."),
    )
