"""A state on any store: what operations ask of it (`protocols`), each a rule, or the method of a table, in one transaction.

Whoever looks and finds nothing takes no turn from those who write: where nothing may be left to do, that is read first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from reconciler.model.approvals.request import Request
from reconciler.model.canonical import hash_bytes
from reconciler.model.condition import Figures
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.revision import Revision
from reconciler.model.configuration.snapshot import Commit, Committed, Snapshot
from reconciler.model.configuration.suspension import Suspension
from reconciler.model.errors import NotFound, report_damage
from reconciler.model.journal import Entry, JournalEntry
from reconciler.model.mail.message import Attempt, Claimed, Lease, Message
from reconciler.model.wording import Given, Sentence
from reconciler.state.protocols import Holder, Lock
from reconciler.state.rules import commits, mail, moving, names, requests, stops
from reconciler.state.rules.journal import read_entries
from reconciler.state.tables import Blob, Store, Transaction

P = ParamSpec("P")
T = TypeVar("T")


class _Stored:
    def __init__(self, store: Store) -> None:
        self._store = store


_Method = Callable[Concatenate[_Stored, P], T]


def _writes(rule: Callable[Concatenate[Transaction, P], T], *, alone: bool = True) -> _Method[P, T]:
    """The rule in a transaction of its own; ``alone``: see `Store.write`."""

    def method(self: _Stored, /, *arguments: P.args, **named: P.kwargs) -> T:
        return self._store.write(lambda rows: rule(rows, *arguments, **named), alone=alone)

    return method


def _reads(rule: Callable[Concatenate[Transaction, P], T], empty: Callable[[], T]) -> _Method[P, T]:
    """The rule, which only reads, at one moment; ``empty`` makes what it gives where nothing is stored."""

    def method(self: _Stored, /, *arguments: P.args, **named: P.kwargs) -> T:
        return self._store.read(lambda rows: rule(rows, *arguments, **named), empty())

    return method


def _asks(question: Callable[[Transaction], Callable[P, T]], empty: Callable[[], T]) -> _Method[P, T]:
    """`_reads`, of a table's own method."""

    def method(self: _Stored, /, *arguments: P.args, **named: P.kwargs) -> T:
        return self._store.read(lambda rows: question(rows)(*arguments, **named), empty())

    return method


def _none() -> None:
    """What is there where nothing is stored."""


class StoredSnapshots(_Stored):
    """Implements `reconciler.state.protocols.Snapshots`."""

    read = _reads(commits.read_snapshot, Snapshot)
    part = _reads(commits.read_part, Snapshot)
    addresses = _asks(lambda rows: rows.resources.addresses, list[Address])

    def blobs(self, digests: Iterable[str]) -> Mapping[str, bytes]:
        wanted = sorted(set(digests))
        nothing: list[Blob | None] = [None] * len(wanted)
        found = self._store.read(lambda rows: [rows.blobs.get(digest) for digest in wanted], nothing)
        return {digest: _whole(digest, blob) for digest, blob in zip(wanted, found, strict=True)}

    needed = _reads(names.needed, dict[Address, str])
    last_uses = _reads(names.last_uses, dict[Address, datetime | None])

    def commit(self, commit: Commit) -> Committed:
        commits.require_whole(commit)
        return self._store.write(lambda rows: commits.carry_out(rows, commit))


class StoredHistory(_Stored):
    """Implements `reconciler.state.protocols.History`."""

    revisions = _asks(lambda rows: rows.revisions.find, list[Revision])
    since = _asks(lambda rows: rows.revisions.since, list[Revision])
    of = _reads(commits.traced, list[Revision])


class StoredRequests(_Stored):
    """Implements `reconciler.state.protocols.Requests`."""

    add = _writes(requests.add_request)
    move = _writes(requests.move_request)
    get = _asks(lambda rows: rows.requests.get, _none)
    find = _asks(lambda rows: rows.requests.find, list[Request])
    due = _asks(lambda rows: rows.requests.due, list[Request])


class StoredOutbox(_Stored):
    """Implements `reconciler.state.protocols.Outbox`."""

    add = _writes(mail.write_messages)
    get = _asks(lambda rows: rows.messages.get, _none)
    find = _asks(lambda rows: rows.messages.find, list[Message])
    attempts = _asks(lambda rows: rows.attempts.of, list[Attempt])


class StoredDeliveries(_Stored):
    """Implements `reconciler.state.protocols.Deliveries`."""

    def claim(
        self, now: datetime, *, token: str, until: datetime, limit: int, only: str | None = None
    ) -> list[Claimed]:
        if not self._store.read(lambda rows: bool(mail.candidates(rows, now, limit, only)), False):
            return []
        taken: list[Claimed] = []

        def work(rows: Transaction) -> list[Claimed]:
            """What the token holds already was taken by a try of which nobody heard that it was carried out."""
            if not (taken and rows.leases.of(token)):
                taken[:] = mail.claim(rows, now, Lease(token, until), limit, only)
            return taken

        return self._store.write(work, alone=False)

    renew = _writes(mail.renew, alone=False)
    settle = _writes(mail.settle)

    def release(self, token: str, now: datetime, *, keep: Collection[str] = ()) -> None:
        if self._store.read(lambda rows: bool(mail.untried(rows, token, keep)), False):
            self._store.write(lambda rows: mail.release(rows, token, now, keep), alone=False)


class StoredServers(_Stored):
    """Implements `reconciler.state.protocols.Servers`."""

    postpone = _writes(mail.postpone)
    failures = _reads(mail.failures, int)

    def recovered(self, server: str, now: datetime) -> None:
        if self.failures(server):
            self._store.write(lambda rows: mail.recover(rows, server, now))


class StoredSuspensions(_Stored):
    """Implements `reconciler.state.protocols.Suspensions`."""

    all = _asks(lambda rows: rows.suspensions.all, list[Suspension])
    get = _asks(lambda rows: rows.suspensions.get, _none)
    put = _writes(stops.suspend)

    def lift(self, address: Address, entry: Entry) -> bool:
        return self.get(address) is not None and self._store.write(lambda rows: stops.resume(rows, address, entry))


class StoredFreezes(_Stored):
    """Implements `reconciler.state.protocols.Freezes`."""

    current = _reads(stops.current_freeze, _none)
    freeze = _writes(stops.freeze)

    def thaw(self, entry: Entry) -> bool:
        return self.current() is not None and self._store.write(lambda rows: stops.thaw(rows, entry))


class StoredJournal(_Stored):
    """Implements `reconciler.state.protocols.Journal`."""

    def entries(
        self, *, after: int = 0, limit: int | None = None, event: str | None = None, subject: str | None = None
    ) -> Iterator[JournalEntry]:
        return read_entries(self._store, after, limit, event, subject)

    head = _reads(lambda rows: rows.journal.last(), _none)
    last = _asks(lambda rows: rows.journal.last, _none)


class StoredLock(_Stored):
    """Implements `reconciler.state.protocols.Lock` by a row: for a state whose holders can be seen on one machine."""

    holder = _reads(lambda rows: next(iter(rows.locks.all()), None), _none)

    def acquire(self, holder: Holder) -> Holder | None:
        def work(rows: Transaction) -> Holder | None:
            return None if rows.locks.add(holder) else rows.locks.all()[0]

        return self.holder() or self._store.write(work)

    def release(self, token: str) -> None:
        if self._store.read(lambda rows: rows.locks.has(token), False):
            self._store.write(lambda rows: rows.locks.delete(token))

    def seize(self, holder: Holder, *, token: str) -> bool:
        return self._store.write(lambda rows: rows.locks.delete(token) and rows.locks.add(holder))


class StoredState(_Stored):
    """All of `reconciler.state.protocols.State` but what is a backend's own: name, clock, lock, ``upkeep`` and how to wait."""

    def __init__(self, store: Store, lock: Lock) -> None:
        super().__init__(store)
        self.snapshots = StoredSnapshots(store)
        self.history = StoredHistory(store)
        self.requests = StoredRequests(store)
        self.outbox = StoredOutbox(store)
        self.deliveries = StoredDeliveries(store)
        self.servers = StoredServers(store)
        self.suspensions = StoredSuspensions(store)
        self.freezes = StoredFreezes(store)
        self.journal = StoredJournal(store)
        self.lock = lock

    next_due = _asks(lambda rows: rows.counts.earliest, _none)
    change_mark = _asks(lambda rows: rows.counts.writes, int)


class StoredUpkeep(_Stored):
    """What is the same in every backend's ``upkeep``. ``stored`` reads the version that is there, 0 for none; ``written`` is
    ours."""

    def __init__(self, store: Store, stored: Callable[[], int], written: int) -> None:
        super().__init__(store)
        self._stored = stored
        self._written = written

    def versions(self) -> tuple[int, int]:
        return self._stored(), self._written

    def prepare(self) -> int:
        before = self._stored()
        if before < self._written:
            self._store.write(lambda rows: None)
        return before

    def _require_made(self, name: str) -> None:
        """`NotFound` where there is nothing to back up; a place that is somebody else's is refused by its own fault."""
        if self._stored() == 0:
            hint = Sentence("Apply first, or check ", Given("state"), ".")
            raise NotFound("Nothing to back up", f"There is no state at {name} yet.", hint)

    figures = _reads(mail.figures, Figures)
    hand_over = _writes(moving.hand_over)
    fill = _writes(moving.fill)


def _whole(digest: str, blob: Blob | None) -> bytes:
    if blob is None or hash_bytes(blob.content) != digest:
        how = "is missing" if blob is None else "does not match its digest"
        raise report_damage(f"The stored content {digest[:12]}… of a template or file {how}.")
    return blob.content
