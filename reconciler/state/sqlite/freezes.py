"""The freeze in SQLite: one row, or none. A commit looks at it in its own transaction."""

from __future__ import annotations

from sqlite3 import Connection, Row

from reconciler.model.configuration.suspension import Freeze
from reconciler.model.journal import Entry, timestamp
from reconciler.state.sqlite.connection import Database
from reconciler.state.sqlite.journal import append
from reconciler.state.sqlite.stored_values import moment, stored


class SqliteFreezes:
    """Implements `reconciler.state.protocols.Freezes`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self) -> Freeze | None:
        return self._database.read(_current, None)

    def freeze(self, freeze: Freeze, entry: Entry) -> None:
        def work(connection: Connection) -> None:
            require_thawed(connection)
            values = (freeze.actor, freeze.operator, timestamp(freeze.at), freeze.reason)
            connection.execute("INSERT INTO freeze VALUES (1, ?, ?, ?, ?)", values)
            append(connection, entry)

        self._database.write(work)

    def thaw(self, entry: Entry) -> bool:
        def work(connection: Connection) -> bool:
            if not connection.execute("DELETE FROM freeze").rowcount:
                return False
            append(connection, entry)
            return True

        return self._database.write(work) if self.current() else False


def require_thawed(connection: Connection) -> None:
    """`StateFrozen`, with who and why, while applies are stopped."""
    freeze = _current(connection)
    if freeze is not None:
        raise freeze.fault()


def _current(connection: Connection) -> Freeze | None:
    row = connection.execute("SELECT * FROM freeze").fetchone()
    return _freeze(row) if row else None


@stored("freeze")
def _freeze(row: Row) -> Freeze:
    return Freeze(row["actor"], row["operator"], moment(row["at"]), row["reason"])
