"""The lock in SQLite: one row."""

from __future__ import annotations

from sqlite3 import Connection

from reconciler.state.protocols import Holder
from reconciler.state.sqlite.connection import Database
from reconciler.state.sqlite.rows import holder_columns, holder_from, insert


class SqliteLock:
    """Implements `reconciler.state.protocols.Lock`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def holder(self) -> Holder | None:
        return self._database.read(_held, None)

    def acquire(self, holder: Holder) -> Holder | None:
        def work(connection: Connection) -> Holder | None:
            other = _held(connection)
            if other is not None:
                return other
            columns = holder_columns(holder)
            connection.execute(insert("lock", columns), columns)
            return None

        # Who waits for the lock asks often, and takes no turn from those who write.
        return self.holder() or self._database.write(work)

    def release(self, token: str) -> None:
        def held(connection: Connection) -> bool:
            return connection.execute("SELECT 1 FROM lock WHERE token = ?", (token,)).fetchone() is not None

        if self._database.read(held, False):
            self._database.write(lambda connection: connection.execute("DELETE FROM lock WHERE token = ?", (token,)))

    def seize(self, holder: Holder, *, token: str) -> bool:
        def work(connection: Connection) -> bool:
            if not connection.execute("DELETE FROM lock WHERE token = ?", (token,)).rowcount:
                return False
            columns = holder_columns(holder)
            connection.execute(insert("lock", columns), columns)
            return True

        return self._database.write(work)


def _held(connection: Connection) -> Holder | None:
    row = connection.execute("SELECT * FROM lock").fetchone()
    return holder_from(row) if row else None
