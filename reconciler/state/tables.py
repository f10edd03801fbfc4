"""What a transaction on a state offers: tables of rows, each behind a narrow protocol, with rows as values of `model`.

A table does what it is told, or tells that there was no such row: what may be done stands in `rules`. Where a row could have
moved since it was read, what changes it compares first (a serial, a revision, a lease) and tells whether it was the one meant:
correctness rests on that and on no lock. Everything raises `StateFault` for rows that are not as they were written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from reconciler.model.approvals.request import Decision, Request, RequestState
from reconciler.model.condition import Figures, ServerTrouble
from reconciler.model.configuration.address import Address, NamedIn
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.revision import Revision
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.configuration.suspension import Freeze, Suspension
from reconciler.model.journal import JournalEntry
from reconciler.model.mail.message import Attempt, Fate, Lease, Message, MessageState
from reconciler.state.protocols import Holder

T = TypeVar("T")
K_contra = TypeVar("K_contra", contravariant=True)
V = TypeVar("V")


class Serials(Protocol):
    """The one row that tells of which lineage and serial the state is."""

    def current(self) -> Snapshot:
        """Lineage and serial, and no resource."""

    def confirm(self, serial: int) -> bool:
        """Whether it is still this serial, and stays so until the transaction ends."""

    def advance(self, expected: tuple[str | None, int], lineage: str) -> bool:
        """To the lineage and the serial after the ``expected``; False when it is not there any more."""


class Rows(Protocol[K_contra, V]):
    """Values, each with a key of its own."""

    def all(self) -> list[V]:
        """In the order of their keys."""

    def get(self, key: K_contra) -> V | None: ...

    def has(self, key: K_contra) -> bool: ...

    def add(self, value: V) -> bool:
        """False, and no change, where it has no room beside what is there."""

    def put(self, value: V) -> None:
        """In place of what has its key."""

    def delete(self, key: K_contra) -> bool:
        """Whether there was one."""

    def rename(self, old: K_contra, new: K_contra) -> None: ...


class Resources(Rows[Address, Record], Protocol):
    """Records as applied last."""

    def of(self, kind: str) -> list[Record]:
        """By name."""

    def addresses(self) -> list[Address]:
        """Of all, in order."""


class Blob(NamedTuple):
    """A content under its SHA-256."""

    digest: str
    content: bytes


class Revisions(Protocol):
    """Commits of resources, never changed."""

    def add(self, revision: Revision) -> None: ...

    def find(self, *, limit: int | None = None, before: int | None = None) -> list[Revision]:
        """Newest first; ``before``: only those of a smaller serial."""

    def since(self, serial: int) -> list[Revision]:
        """Those of a larger serial, newest first."""

    def latest(self, address: Address, before: int) -> Revision | None:
        """The last one below the serial that changed the address, with that change alone."""

    def moved_to(self, address: Address) -> Address | None:
        """Where a resource of the address was moved last."""


class Names(Protocol):
    """The rows of requests and messages, by what they name. ``name`` is as such a row holds it."""

    def unfinished(self, place: NamedIn, name: str | None) -> list[str]:
        """Ids of the pending requests, or of the messages that are not final, that name it there; None for anything."""

    def newest(self, place: NamedIn, name: str) -> datetime | None:
        """When the newest that names it there came about. Not asked of groups."""

    def rename(self, place: NamedIn, old: str, new: str) -> None:
        """All of them name it anew. The revision of a pending request grows, so that a move worked out under the old name is
        worked out again."""


class Requests(Protocol):
    """Requests, each read with its decisions and written without them."""

    def get(self, id: str) -> Request | None: ...

    def find(
        self, state: RequestState | None = None, *, limit: int = 100, before: str | None = None
    ) -> list[Request]: ...

    def due(self, now: datetime, limit: int) -> list[Request]: ...

    def add(self, request: Request) -> bool:
        """False when there is one of this id."""

    def move(self, request: Request) -> bool:
        """What is pinned stays. False when the stored revision is not the one before the request's."""

    def look_again(self, at: datetime) -> None:
        """Every pending one is due then at the latest; its revision grows, so that no earlier move can put that off."""


class Decisions(Protocol):
    """Decisions, by request and position from 0."""

    def count(self, request: str) -> int: ...

    def add(self, request: str, position: int, decision: Decision) -> bool:
        """False when the person, in whatever spelling, has decided on the request."""


class Messages(Protocol):
    """Messages, each with its bytes."""

    def get(self, id: str) -> Message | None: ...

    def find(
        self,
        states: Sequence[MessageState] = (),
        *,
        request: str | None = None,
        limit: int | None = 100,
        before: str | None = None,
    ) -> list[Message]:
        """Newest first; None for no limit."""

    def add(self, message: Message, due: datetime) -> None:
        """``due``: not before the message's own. One whose key is there already is left as it is."""

    def cancel(self, id: str, fates: Sequence[Fate]) -> None:
        """Where it still waits; one that somebody is sending meanwhile stays."""


class Attempts(Protocol):
    """Attempts to deliver messages."""

    def of(self, message: str) -> list[Attempt]: ...

    def add(self, attempt: Attempt) -> None: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that can be claimed or is: the id, the server it goes to and its due time. ``recovered``: see `Claimed`."""

    id: str
    server: str
    due: datetime
    recovered: bool = False


class Waiting(Protocol):
    """When messages that wait are due: each when it wants to be itself, or later where its server cannot take it."""

    def delay(self, server: str, until: datetime) -> None:
        """Those for the server are due no earlier; when they want to be tried stays."""

    def resume(self, server: str, now: datetime) -> None:
        """Those for the server are due when they want to be, and not before ``now``."""

    def hurry(self, server: str, at: datetime) -> None:
        """Those for the server want to be tried, and are due, at the time at the latest."""

    def held(self) -> list[Candidate]:
        """Those that wait for a person to let them go."""

    def ambiguous(self) -> list[Candidate]:
        """Those whose delivery was left unknown and that are not held."""

    def reschedule(self, id: str, wanted: datetime, due: datetime) -> None: ...


class Leases(Protocol):
    """Claims on messages."""

    def claimable(self, now: datetime, limit: int) -> list[Candidate]:
        """Those that wait and are due, and those whose lease ran out, earliest first."""

    def one(self, id: str, now: datetime) -> Candidate | None:
        """The message if it wants to be tried by now, whatever it waits for besides, or its lease ran out."""

    def take(self, id: str, lease: Lease, now: datetime) -> Message | None:
        """The message, being sent from here on; None when somebody else has it."""

    def of(self, token: str) -> list[Candidate]: ...

    def renew(self, token: str, until: datetime) -> int:
        """How many there are."""

    def give_back(self, token: str, candidate: Candidate, wanted: datetime) -> None:
        """The message as it was before the claim, due when the candidate is."""

    def settle(self, message: Message, token: str, due: datetime) -> bool:
        """The message as an attempt left it; False when the token does not hold it."""


class Journal(Protocol):
    def end(self) -> tuple[int, str] | None:
        """Sequence number and hash of the last entry, of which nothing else is read."""

    def last(self, event: str | None = None) -> JournalEntry | None: ...

    def page(self, after: int, limit: int, event: str | None, subject: str | None) -> list[JournalEntry]: ...

    def add(self, item: JournalEntry) -> None: ...


class Counts(Protocol):
    def figures(self, late: datetime, since: datetime) -> Figures:
        """Of all but servers."""

    def earliest(self) -> datetime | None:
        """When the first request, message or lease falls due."""

    def writes(self) -> int:
        """How many transactions have written."""


class Raw(Protocol):
    """All tables as they are, for a copy in another state: rows as columns by name, in values every database has."""

    def page(self, table: str, after: Mapping[str, object] | None) -> list[Mapping[str, object]]:
        """The rows after this one, in the order of their keys; some at a time, and none at the end."""

    def add(self, table: str, row: Mapping[str, object]) -> None: ...

    def begin(self, lineage: str | None, serial: int) -> None:
        """Of this lineage and at this serial from here on."""

    @property
    def tables(self) -> Sequence[str]:
        """Those that hold what a state is, each after what its rows refer to."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """Where the rows name resources, by kind, as the kinds declare it; kinds that no row names are left out."""

    named_in: Mapping[str, NamedIn]

    def address(self, place: NamedIn, name: str) -> Address | None:
        """What a row means that holds the name there; None where that is no resource (a task ``builtin:NAME``)."""
        kind: str | None
        if place is NamedIn.MESSAGE_TASK:
            kind, slash, rest = name.partition("/")
            return Address(kind, rest) if slash else None
        kind = next((kind for kind, named in self.named_in.items() if named is place), None)
        return Address(kind, name) if kind else None

    def name(self, address: Address) -> str:
        """The resource as rows name it."""
        whole = self.named_in.get(address.kind) is NamedIn.MESSAGE_TASK
        return str(address) if whole else address.name


@dataclass(frozen=True, slots=True)
class Transaction:
    """All tables at one moment. What is written is there when the transaction ends, all of it or nothing."""

    kinds: Kinds
    serials: Serials
    resources: Resources
    blobs: Rows[str, Blob]
    revisions: Revisions
    names: Names
    requests: Requests
    decisions: Decisions
    messages: Messages
    attempts: Attempts
    waiting: Waiting
    leases: Leases
    servers: Rows[str, ServerTrouble]
    """Those that could not be used when last tried."""
    suspensions: Rows[Address, Suspension]
    freezes: Rows[None, Freeze]
    """One, or none."""
    locks: Rows[str, Holder]
    """One, or none; by its token."""
    journal: Journal
    counts: Counts
    raw: Raw


class Store(Protocol):
    """Where transactions come from. What is done in one is handed over as a function, so that a backend can wait for its turn
    first, and do it all again where that did not work out: it must change nothing besides."""

    def read(self, work: Callable[[Transaction], T], empty: T) -> T:
        """``work`` on one moment; ``empty`` where nothing is stored yet. Nothing may be written."""

    def write(self, work: Callable[[Transaction], T], *, alone: bool = True) -> T:
        """``work`` as one transaction; nothing of it stays when it raises. It is on the disk when this returns.

        ``alone``: one after the other. Work that only changes single rows which it compares, and tells the journal nothing, may
        run beside others, where a backend can do that."""
