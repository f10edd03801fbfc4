"""Messages: e-mail frozen to bytes, waiting in the outbox, with a fate per recipient."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

HELD = datetime(9999, 1, 1, tzinfo=UTC)
"""When mail falls due that waits for a person to let it go."""


class MessageState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    FAILED = "failed"
    AMBIGUOUS = "ambiguous"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to the message."""
        return self in _FINAL


_FINAL = {MessageState.DELIVERED, MessageState.FAILED, MessageState.CANCELLED}


class Verdict(StrEnum):
    """What one delivery attempt meant for one recipient."""

    DELIVERED = "delivered"
    RETRY = "retry"
    FAILED = "failed"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class RecipientVerdict:
    """``reply``: the server's words (``550 5.1.1 No such user``) or ours, one line, safe to print. ``phase``: where it fell."""

    address: str
    verdict: Verdict
    reply: str = ""
    phase: str = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """Where one envelope recipient stands: ``verdict`` None until something final or a try happened."""

    address: str
    verdict: Verdict | None = None
    reply: str = ""
    at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether the message still has to reach this recipient."""
        return self.verdict in (None, Verdict.RETRY, Verdict.AMBIGUOUS)


@dataclass(frozen=True, slots=True)
class About:
    """What a message of an approval is about; checked again before it is sent. ``person`` is a person key."""

    request: str
    stage: int
    person: str
    slot: str


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the outbox. ``data`` is frozen: every attempt sends the same bytes, Message-ID and Date.

    ``key`` is unique, so that no restart makes a message twice: ``approval:REQUEST:STAGE:PERSON:EVENT:ROUND``,
    ``outcome:REQUEST:EVENT``, ``manual:ID``. ``due`` is the next attempt; ``give_up`` the end of its usefulness.
    ``task`` is the address of its EmailTask, or ``builtin:NAME``; ``server`` the name of its SmtpServer.
    """

    id: str
    key: str
    task: str
    server: str
    subject: str
    envelope_from: str
    data: bytes
    fates: tuple[Fate, ...]
    created: datetime
    due: datetime
    give_up: datetime
    state: MessageState = MessageState.QUEUED
    attempts: int = 0
    about: About | None = None

    @property
    def open_recipients(self) -> tuple[str, ...]:
        """Envelope recipients that still have to be reached."""
        return tuple(fate.address for fate in self.fates if fate.open)


@dataclass(frozen=True, slots=True)
class Lease:
    """A claim on a message: only the holder of ``token`` may settle it, until ``until`` (renewable)."""

    token: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message with the lease it was claimed under. ``recovered``: an earlier holder vanished with the outcome unrecorded."""

    message: Message
    lease: Lease
    recovered: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery attempt as recorded."""

    message: str
    at: datetime
    server: str
    verdicts: tuple[RecipientVerdict, ...] = field(default_factory=tuple)
    fault: str = ""
