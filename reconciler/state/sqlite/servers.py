"""How mail servers have been doing, in SQLite: a row per server that could not be used when last tried."""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection

from reconciler.model.configuration.suspension import UNTIL_RESUMED
from reconciler.model.journal import Entry, timestamp
from reconciler.state.sqlite.connection import Database
from reconciler.state.sqlite.journal import append
from reconciler.state.sqlite.stored_values import number, text

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
            return number(row["failures"]) if row else 0

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
            _keep_suspended(connection, server)

        if self.failures(server):
            self._database.write(work)


def hold_back(connection: Connection, server: str, until: str) -> None:
    """The server's waiting mail is due no earlier than ``until``; when the messages themselves want to be tried stays."""
    values = {"server": server, "until": until}
    connection.execute(f"UPDATE messages SET due = :until WHERE {_WAITING} AND due < :until", values)  # noqa: S608


def suspended_until(connection: Connection, server: str) -> str:
    """When the server's suspension ends; empty where there is none."""
    row = connection.execute(
        "SELECT until FROM suspensions WHERE kind = 'SmtpServer' AND name = ?", (server,)
    ).fetchone()
    return text(row["until"] or timestamp(UNTIL_RESUMED)) if row else ""


def retry_messages(connection: Connection, server: str, at: datetime) -> None:
    """The server is another one now: its failures are forgotten and all its waiting mail is due at once.

    While the server is suspended its mail stays where it is: only a person lifts a suspension.
    """
    values = {"server": server, "at": timestamp(at)}
    connection.execute("DELETE FROM servers WHERE name = :server", values)
    connection.execute(
        f"UPDATE messages SET wanted = min(wanted, :at), due = :at WHERE {_WAITING} AND due > :at",  # noqa: S608
        values,
    )
    _keep_suspended(connection, server)


def _keep_suspended(connection: Connection, server: str) -> None:
    if until := suspended_until(connection, server):
        hold_back(connection, server, until)
