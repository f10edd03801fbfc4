"""The lock of a state: an advisory lock of the server, which ends with the connection that took it, and a row that tells who."""

from __future__ import annotations

import time

from reconciler.model.errors import StateFault
from reconciler.state.postgres.connection import Connection, Database
from reconciler.state.protocols import Holder
from reconciler.state.tables import Store, Transaction

_HOLDERS = (
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND ((classid::bigint << 32) | objid::bigint) = %s"
)

_LOOKS = 20
_PAUSE = 0.05


class PostgresLock:
    """Implements `reconciler.state.protocols.Lock`.

    Who has it is the server's word alone: the row of a holder whose connection has ended means nothing.
    """

    def __init__(self, database: Database, store: Store) -> None:
        self._database = database
        self._store = store
        self._key = database.target.key

    def holder(self) -> Holder | None:
        return self._told() if self._database.use(self._holding) else None

    def acquire(self, holder: Holder) -> Holder | None:
        if not self._database.use(self._holding):  # who waits for another takes no turn from those who write
            self._database.locked = False
            self._store.write(lambda rows: None)  # makes the state where there is none
            if self._database.use(self._try):
                self._database.locked = True
                self._store.write(lambda rows: _name_holder(rows, holder))
                return None
        return self._told() or _somebody(holder)

    def release(self, token: str) -> None:
        taken = self._database.locked
        self._database.locked = taken and self._database.use(self._is_mine)  # not where somebody else has removed it
        named = self._told()
        if named is None or named.token != token:
            return
        if self._database.locked:
            self._database.locked = False
            self._database.use(lambda connection: connection.execute("SELECT pg_advisory_unlock(%s)", [self._key]))
        elif not taken:
            self._end_holder()
        self._store.write(lambda rows: rows.locks.delete(token))

    def seize(self, holder: Holder, *, token: str) -> bool:
        """The connection of a dead process ends by itself. Only after a while is whoever has the lock taken to be that one: it
        may be the next, who says a moment later who he is."""
        for _ in range(_LOOKS):
            named = self._told()
            if named is None or named.token != token:
                return False
            if self.acquire(holder) is None:
                return True
            time.sleep(_PAUSE)
        self._end_holder()
        return self.acquire(holder) is None

    def _told(self) -> Holder | None:
        return self._store.read(lambda rows: next(iter(rows.locks.all()), None), None)

    def _holding(self, connection: Connection) -> list[int]:
        """Of which server processes one has the lock."""
        return [row["pid"] for row in connection.execute(_HOLDERS, [self._key])]

    def _is_mine(self, connection: Connection) -> bool:
        own = connection.execute("SELECT pg_backend_pid() AS pid").fetchone()
        return own is not None and own["pid"] in self._holding(connection)

    def _try(self, connection: Connection) -> bool:
        row = connection.execute("SELECT pg_try_advisory_lock(%s) AS got", [self._key]).fetchone()
        if row is None or not row["got"]:
            return False
        if not self._is_mine(connection):
            raise StateFault(
                f"The lock of {self._database.target.name} does not hold",
                "A pooler stands in between and gives each statement another connection of the server.",
                "Name the server itself in the state's URL: the lock and being told of changes need a connection of their own.",
            )
        return True

    def _end_holder(self) -> None:
        """The server ends the holder's connection, which gives back the lock: whoever thinks to hold it can commit no more."""
        end = f"SELECT pg_terminate_backend(pid, 5000) FROM ({_HOLDERS}) AS holding"
        self._database.use(lambda connection: connection.execute(end, [self._key]).fetchall())


def _name_holder(rows: Transaction, holder: Holder) -> None:
    for other in rows.locks.all():
        rows.locks.delete(other.token)
    rows.locks.add(holder)


def _somebody(asking: Holder) -> Holder:
    """Who took the lock a moment ago and has not said yet who he is."""
    return Holder("", "somebody", "", 0, "", "just begun", asking.since)
