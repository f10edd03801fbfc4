"""Requests: one running approval each, with the stage pinned when it was made and the decisions taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from reconciler.model.duration import Duration
from reconciler.model.mailbox import Mailbox
from reconciler.model.recipient import Recipient


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
