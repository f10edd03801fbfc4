"""What a state backend offers. Every method that writes is one transaction; `at`, ids and tokens arrive as arguments.

Errors of all of them: `StateFault` (cannot be read or written), `Conflict` (something moved since it was read).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from reconciler.model.approvals.request import Request, RequestState
from reconciler.model.condition import Figures
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.revision import Revision
from reconciler.model.configuration.snapshot import Commit, Committed, Snapshot
from reconciler.model.configuration.suspension import Freeze, Suspension
from reconciler.model.journal import Entry, JournalEntry
from reconciler.model.mail.message import Attempt, Claimed, Message, MessageState


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock. ``started`` is the process's own start time as the kernel tells it, so that a reused process id
    is not taken for the holder; ``host`` names the machine and its boot."""

    token: str
    actor: str
    host: str
    process: int
    started: str
    operation: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Dump:
    """All rows of a state of one moment. ``rows`` gives them anew with each call, by table, each after what it refers to."""

    lineage: str | None
    serial: int
    rows: Callable[[], Iterable[tuple[str, Mapping[str, object]]]]


class Snapshots(Protocol):
    """Resources at one serial. A backend that does not exist yet reads as the empty snapshot, and reading creates nothing."""

    def read(self) -> Snapshot: ...

    def part(self, addresses: Collection[Address] = (), *, kinds: Collection[str] = ()) -> Snapshot:
        """Lineage and serial, and of the resources only these, where they are there, and those of these kinds."""

    def addresses(self) -> list[Address]:
        """Of all resources, in order, without reading them."""

    def blobs(self, digests: Iterable[str]) -> Mapping[str, bytes]:
        """Stored contents by SHA-256. A digest that is not stored is a `StateFault`: the state is damaged."""

    def needed(self, addresses: Iterable[Address]) -> Mapping[Address, str]:
        """Which of these open requests or unfinished messages still need, and why in a few words: what `commit` would
        refuse to delete."""

    def last_uses(self, addresses: Iterable[Address]) -> Mapping[Address, datetime | None]:
        """When a request or a message last came about through each of these, None for never; kinds of which nothing
        remembers that are left out."""

    def commit(self, commit: Commit) -> Committed:
        """All of the commit or nothing, kept as a revision. `StateFrozen` while a freeze stands, `Conflict` when lineage or
        serial moved, `Refused` when what it deletes is needed by an open request or an unfinished message."""


class History(Protocol):
    """Every commit of resources, with the records before and after it."""

    def revisions(self, *, limit: int | None = None, before: int | None = None) -> list[Revision]:
        """Newest first; ``before``: only those of a smaller serial."""

    def since(self, serial: int) -> list[Revision]:
        """Those of a larger serial, newest first: undone in this order they lead back to the serial."""

    def of(self, address: Address) -> list[Revision]:
        """Those that changed the resource now of this address, under earlier names too, newest first. Each has that one
        change alone."""


class Suspensions(Protocol):
    """Stops put on resources from outside the manifests. One whose time has passed stops nothing and stays until lifted."""

    def all(self) -> list[Suspension]:
        """By address."""

    def get(self, address: Address) -> Suspension | None: ...

    def put(self, suspension: Suspension, entry: Entry) -> None:
        """Suspend, or replace what was said before. Mail waiting for a server is due no earlier than its end."""

    def lift(self, address: Address, entry: Entry) -> bool:
        """Resume; mail waiting for a server is due at once. False, and no entry, when nothing was suspended."""


class Freezes(Protocol):
    """A person's stop on all applies: one, or none."""

    def current(self) -> Freeze | None: ...

    def freeze(self, freeze: Freeze, entry: Entry) -> None:
        """Stop all applies; `StateFrozen` when they are stopped already."""

    def thaw(self, entry: Entry) -> bool:
        """Let applies go on. False, and no entry, when nothing was frozen."""


class Upkeep(Protocol):
    """The state as a thing that is made, copied and brought to a newer schema."""

    def versions(self) -> tuple[int, int]:
        """The schema version that is stored, 0 for none, and the one this reconciler writes."""

    def prepare(self) -> int:
        """Make the state, or upgrade it; the version that was stored before."""

    def backup(self, to: Path) -> None:
        """A consistent copy in a new file that only its owner can read. `UserError` where the file exists."""

    def hand_over(
        self,
        fill: Callable[[Dump], None],
        at: datetime,
        stop: tuple[Freeze, Entry],
        suspended: Callable[[Address], tuple[Suspension, Entry]],
    ) -> None:
        """``fill`` takes all rows; then applies are frozen here and all mail servers suspended, each as ``suspended`` says, in
        the same transaction, in which nobody else writes. `Refused` while mail is being sent."""

    def fill(self, dump: Dump) -> None:
        """All rows of another state, in one transaction. `Refused` where this one is not empty."""

    def figures(self, *, late: datetime, since: datetime) -> Figures:
        """Counts: due before ``late`` is late, failed after ``since`` is lately."""


class Requests(Protocol):
    """Running and finished approvals. A request is written with the messages it causes, or not at all."""

    def add(self, request: Request, messages: Sequence[Message], entry: Entry, *, serial: int) -> None:
        """A new request. `Conflict` when the snapshot is no longer at ``serial``: its pinned stages may be outdated."""

    def move(
        self,
        request: Request,
        messages: Sequence[Message],
        entry: Entry,
        *,
        cancel: str | None,
        persons: Sequence[str] = (),
    ) -> None:
        """Write the request as it is after a move: ``request.revision`` must be one above the stored, else `Conflict`.

        New decisions are stored with it; messages whose key is stored already are left as they are. ``cancel``: a reason;
        unsent messages about this request (a message once sent or being sent stays) are cancelled with it, those to
        ``persons`` (person keys) only, or all where ``persons`` is empty; new ``messages`` are never cancelled by it.
        """

    def get(self, id: str) -> Request | None: ...

    def find(self, state: RequestState | None = None, *, limit: int = 100, before: str | None = None) -> list[Request]:
        """Newest first; ``before`` is the id the page before ended with."""

    def due(self, now: datetime, limit: int) -> list[Request]:
        """Pending requests whose ``due`` has come, earliest first."""


class Outbox(Protocol):
    """Messages and what became of them."""

    def add(self, messages: Sequence[Message], entry: Entry) -> None: ...

    def get(self, id: str) -> Message | None: ...

    def find(
        self,
        states: Sequence[MessageState] = (),
        *,
        request: str | None = None,
        limit: int = 100,
        before: str | None = None,
    ) -> list[Message]:
        """Newest first; ``before`` is the id the page before ended with."""

    def attempts(self, message: str) -> list[Attempt]: ...


class Deliveries(Protocol):
    """Claims on messages that are due: what makes two runners share the work and never do it twice."""

    def claim(
        self, now: datetime, *, token: str, until: datetime, limit: int, only: str | None = None
    ) -> list[Claimed]:
        """Due messages, earliest first, now ``sending`` under a lease: queued, deferred or ambiguous ones, and those whose
        lease ran out (``recovered``). ``only``: the one message with this id."""

    def renew(self, token: str, until: datetime) -> int:
        """Every lease of the token lasts until then; how many there still are."""

    def settle(self, message: Message, token: str, attempt: Attempt | None, entry: Entry | None) -> None:
        """Write the message as an attempt (or a cancellation) left it and drop its lease. `Conflict` when the lease is not
        the token's any more: somebody else has taken over and this outcome must not be written."""

    def release(self, token: str, now: datetime, *, keep: Collection[str] = ()) -> None:
        """Give back what was claimed and not tried: the states before the claim, due at once.

        ``keep``: ids of messages that were tried and whose outcome could not be written. Their leases run out, so that
        whoever claims them next knows that they were (``recovered``)."""


class Servers(Protocol):
    """How mail servers have been doing, so that an outage costs one connection at a time and burns no attempt."""

    def postpone(self, server: str, until: datetime, fault: str, entry: Entry | None) -> None:
        """A server could not be used: its waiting messages are due no earlier than ``until``; one more failure is counted."""

    def failures(self, server: str) -> int:
        """How many times in a row the server could not be used."""

    def recovered(self, server: str, now: datetime) -> None:
        """The server answered again: failures are forgotten and what waited for it is due."""


class Journal(Protocol):
    def entries(
        self, *, after: int = 0, limit: int | None = None, event: str | None = None, subject: str | None = None
    ) -> Iterable[JournalEntry]:
        """By sequence number, from the one after ``after``; ``event``, ``subject``: those of that one alone."""

    def head(self) -> JournalEntry | None: ...

    def last(self, event: str) -> JournalEntry | None:
        """The latest entry of that event."""


class Lock(Protocol):
    """The exclusive right to commit resources."""

    def holder(self) -> Holder | None:
        """Who holds it now."""

    def acquire(self, holder: Holder) -> Holder | None:
        """None when it is now held; else the holder in the way."""

    def release(self, token: str) -> None: ...

    def seize(self, holder: Holder, *, token: str) -> bool:
        """Take over from the holder whose token this is, because that process is dead. False when it changed meanwhile."""


class State(Protocol):
    """One state backend."""

    @property
    def name(self) -> str:
        """For people: ``sqlite:.reconciler/state.db``."""

    @property
    def snapshots(self) -> Snapshots: ...

    @property
    def history(self) -> History: ...

    @property
    def requests(self) -> Requests: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def deliveries(self) -> Deliveries: ...

    @property
    def servers(self) -> Servers: ...

    @property
    def suspensions(self) -> Suspensions: ...

    @property
    def journal(self) -> Journal: ...

    @property
    def lock(self) -> Lock: ...

    @property
    def freezes(self) -> Freezes: ...

    @property
    def upkeep(self) -> Upkeep: ...

    def now(self) -> datetime:
        """The time in UTC, by the one clock of all who share the state. `StateFault` where nobody tells it."""

    def next_due(self) -> datetime | None:
        """When the earliest request or message falls due; None when nothing waits."""

    def change_mark(self) -> int:
        """A number that differs after anybody committed something a waiting runner has to look at."""

    def await_change(self, mark: int, seconds: float, pause: Callable[[float], object]) -> bool:
        """Whether the mark is another one, or becomes it within the time. ``pause`` waits so many seconds, or less."""
