"""Requests: one running approval each, with the stage pinned when it was made and the decisions taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from reconciler.model.approvals.person import Member, make_person_key
from reconciler.model.duration import Duration
from reconciler.model.mail.mailbox import Mailbox, Recipient
from reconciler.model.mail.message import Message, MessageState


class RequestState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Choice(StrEnum):
    APPROVE = "approve"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as pinned. ``approvers`` keep their groups: who is in a group is looked up when it matters."""

    name: str
    approvers: tuple[Recipient, ...]
    quorum: int | Literal["all"]
    expire_after: Duration


@dataclass(frozen=True, slots=True)
class Rules:
    """What a decision must obey, as pinned."""

    self_approval: bool = False
    require_reason: bool = True
    require_comment: Literal["always", "on-deny", "never"] = "on-deny"


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's word. ``identity`` says how we know who it was; ``operator`` OS user and host for the command line."""

    person: Mailbox
    choice: Choice
    comment: str
    at: datetime
    stage: int
    via: tuple[str, ...] = ()
    identity: str = "operator"
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A row moved only by `reconciler.approvals.transitions`. ``revision`` grows by one with every move.

    ``opened``: when the current stage opened. ``expires``: its deadline, never earlier than any mail printed. ``due``:
    when the runner has to look at it next, None when only a person can move it. ``accepted``: when a mail server first
    took a mail to one of the stage's approvers.
    """

    id: str
    type: str
    process: str
    subject: str
    requester: Mailbox
    reason: str
    fields: Mapping[str, Any]
    stages: tuple[Stage, ...]
    rules: Rules
    created: datetime
    opened: datetime
    expires: datetime
    due: datetime | None
    state: RequestState = RequestState.PENDING
    stage: int = 0
    revision: int = 1
    submitted_by: str = ""
    accepted: datetime | None = None
    completed: datetime | None = None
    decisions: tuple[Decision, ...] = ()

    @property
    def current(self) -> Stage:
        """The stage that is open, or was open last."""
        return self.stages[self.stage]


@dataclass(frozen=True, slots=True)
class RequestOverview:
    """A request, the ``approvers`` who may decide now, and every message about it.

    ``given`` of ``needed`` people have approved in the open stage, or in the one that was open last. ``titles``: what people
    call the fields of the request, and ``groups`` those the approvers come through, by name.
    """

    request: Request
    approvers: Sequence[Member]
    messages: Sequence[Message]
    given: int
    needed: int
    titles: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    def decision(self, member: Member) -> Decision | None:
        """What the person said in the stage, if anything."""
        said = (d for d in self.request.decisions if d.stage == self.request.stage)
        return next((d for d in said if make_person_key(d.person.address) == member.key), None)

    def mail(self, member: Member) -> Message | None:
        """The newest message that asked the person."""
        stage = self.request.stage
        asked = [m for m in self.messages if m.about and (m.about.person, m.about.stage) == (member.key, stage)]
        return max(asked, key=lambda message: (message.created, message.id), default=None)

    def unreached(self) -> list[Member]:
        """Who may decide, has not, and was never asked: the mail failed for good."""
        asked = ((member, self.mail(member)) for member in self.approvers if self.decision(member) is None)
        return [member for member, mail in asked if mail and mail.state is MessageState.FAILED]
