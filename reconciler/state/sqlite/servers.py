"""How mail servers have been doing, in SQLite: a row per server that could not be used when last tried."""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection

from reconciler.model.journal import Entry, timestamp
from reconciler.state.sqlite.connection import Database
from reconciler.state.sqlite.journal import append

_WAITING = "server = :server AND state IN ('queued', 'deferred', 'ambiguous')"


class SqliteServers:
    """Implements `reconciler.state.protocols.Servers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def postpone(self, server: str, until: datetime, fault: str, entry: Entry | None) -> None:
        values = {"server": server, "until": timestamp(until), "fault": fault}

        def work(connection: Connection) -> None:
            connection.execute(
                "INSERT INTO servers (name, failures, fault, until) VALUES (:server, 1, :fault, :until) "
                "ON CONFLICT (name) DO UPDATE SET failures = failures + 1, fault = :fault, until = :until",
                values,
            )
            connection.execute(f"UPDATE messages SET due = :until WHERE {_WAITING} AND due < :until", values)  # noqa: S608
            if entry is not None:
                append(connection, entry)

        self._database.write(work)

    def failures(self, server: str) -> int:
        def work(connection: Connection) -> int:
            row = connection.execute("SELECT failures FROM servers WHERE name = ?", (server,)).fetchone()
            return int(row["failures"]) if row else 0

        return self._database.read(work, 0)

    def recovered(self, server: str, now: datetime) -> None:
        """The pause ends: what waited for the server is due, and what waits for a time of its own waits for that."""
        values = {"server": server, "now": timestamp(now)}

        def work(connection: Connection) -> None:
            connection.execute("DELETE FROM servers WHERE name = :server", values)
            connection.execute(
                f"UPDATE messages SET due = max(wanted, :now) WHERE {_WAITING} AND due > max(wanted, :now)",  # noqa: S608
                values,
            )

        if self.failures(server):
            self._database.write(work)


def retry_messages(connection: Connection, server: str, at: datetime) -> None:
    """The server is another one now: its failures are forgotten and all its waiting mail is due at once."""
    values = {"server": server, "at": timestamp(at)}
    connection.execute("DELETE FROM servers WHERE name = :server", values)
    connection.execute(
        f"UPDATE messages SET wanted = min(wanted, :at), due = :at WHERE {_WAITING} AND due > :at",  # noqa: S608
        values,
    )
