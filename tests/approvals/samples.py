"""Small valid values for tests of the pure moves; what matters to a test is its own argument."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.approvals.transitions import Draft, open_request
from reconciler.model.approvals.person import Member
from reconciler.model.approvals.request import Choice, Decision, Request, Rules, Stage
from reconciler.model.duration import parse_duration
from reconciler.model.mail.mailbox import Mailbox
from reconciler.model.mail.message import About, Fate, Message, MessageState, Verdict

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
ASKER = Mailbox("asker@example.org")


def after(**units: float) -> datetime:
    return NOW + timedelta(**units)


def people(*addresses: str, via: tuple[str, ...] = ()) -> tuple[Member, ...]:
    return tuple(Member(Mailbox(address), via) for address in addresses)


def draft(quorum: Any = 1, *, requester: Mailbox = ASKER, reason: str = "Because", **rules: Any) -> Draft:
    stage = Stage("", (), quorum, parse_duration("2d"))
    return Draft("req_1", "type", "process", "Subject", requester, reason, {}, stage, Rules(**rules))


def request(*addresses: str, quorum: Any = 1, **rules: Any) -> Request:
    """A pending request, opened now, that these people may decide."""
    return open_request(draft(quorum, **rules), people(*addresses), NOW).request


def word(address: str, choice: Choice = Choice.APPROVE, comment: str = "said", at: datetime = NOW) -> Decision:
    return Decision(Mailbox(address), choice, comment, at, 0)


def ask(
    person: str,
    state: MessageState = MessageState.QUEUED,
    verdict: Verdict | None = None,
    at: datetime | None = None,
    *,
    stage: int = 0,
    slot: str = "start",
) -> Message:
    return Message(
        id=f"msg_{person}",
        key=f"approval:req_1:{stage}:{person}:{slot}:0",
        task="builtin:approval-request",
        server="relay",
        subject="x",
        envelope_from="desk@example.com",
        data=b"",
        fates=(Fate(person, verdict, "", at),),
        created=NOW,
        due=NOW,
        give_up=after(days=5),
        state=state,
        about=About("req_1", stage, person, slot),
    )
