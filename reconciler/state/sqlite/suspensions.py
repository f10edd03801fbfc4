"""Suspensions in SQLite. Mail waiting for a suspended server is due when the suspension ends, and not before."""

from __future__ import annotations

from sqlite3 import Connection

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.suspension import Suspension
from reconciler.model.journal import Entry, from_timestamp, timestamp
from reconciler.state.sqlite.connection import Database
from reconciler.state.sqlite.journal import append
from reconciler.state.sqlite.rows import insert, suspension_columns, suspension_from
from reconciler.state.sqlite.servers import hold_back, retry_messages

_ONE = "SELECT * FROM suspensions WHERE kind = ? AND name = ?"


class SqliteSuspensions:
    """Implements `reconciler.state.protocols.Suspensions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Suspension]:
        def work(connection: Connection) -> list[Suspension]:
            return [suspension_from(row) for row in connection.execute("SELECT * FROM suspensions ORDER BY kind, name")]

        return self._database.read(work, [])

    def get(self, address: Address) -> Suspension | None:
        def work(connection: Connection) -> Suspension | None:
            row = connection.execute(_ONE, (address.kind, address.name)).fetchone()
            return suspension_from(row) if row else None

        return self._database.read(work, None)

    def put(self, suspension: Suspension, entry: Entry) -> None:
        columns = suspension_columns(suspension)
        changes = ", ".join(f"{name} = :{name}" for name in columns if name not in ("kind", "name"))

        def work(connection: Connection) -> None:
            _release(connection, suspension.address, timestamp(suspension.at))
            query = insert("suspensions", columns) + f" ON CONFLICT (kind, name) DO UPDATE SET {changes}"
            connection.execute(query, columns)
            if suspension.address.kind == "SmtpServer":
                hold_back(connection, suspension.address.name, timestamp(suspension.end))
            append(connection, entry)

        self._database.write(work)

    def lift(self, address: Address, entry: Entry) -> bool:
        def work(connection: Connection) -> bool:
            if not connection.execute(_ONE, (address.kind, address.name)).fetchone():
                return False
            _release(connection, address, timestamp(entry.at))
            append(connection, entry)
            return True

        return self._database.write(work) if self.get(address) else False


def _release(connection: Connection, address: Address, at: str) -> None:
    """Forget the suspension; mail that waited for it is due at once."""
    gone = connection.execute("DELETE FROM suspensions WHERE kind = ? AND name = ?", (address.kind, address.name))
    if gone.rowcount and address.kind == "SmtpServer":
        retry_messages(connection, address.name, from_timestamp(at))
