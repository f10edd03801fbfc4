"""Messages in SQLite: writing them with what causes them, and finding them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from sqlite3 import Connection

from reconciler.model.journal import Entry, timestamp
from reconciler.model.mail.message import Attempt, Fate, Message, MessageState
from reconciler.state.sqlite.connection import Database
from reconciler.state.sqlite.history import current_name
from reconciler.state.sqlite.journal import append
from reconciler.state.sqlite.rows import attempt_from, fates_from, fates_text, insert, message_columns, message_from
from reconciler.state.sqlite.servers import suspended_until
from reconciler.state.sqlite.stored_values import moment, text

SELECT = "SELECT messages.*, message_data.data FROM messages JOIN message_data ON message_data.message = messages.id"
"""Whole messages, as `rows.message_from` wants them."""


def insert_messages(connection: Connection, messages: Sequence[Message]) -> None:
    """New messages; one whose key is stored already is left as it is. Where the server is paused they wait for it.

    A server or task that was renamed since the message was written goes by its new name.
    """
    for message in messages:
        server = current_name(connection, "SmtpServer", message.server)
        columns = message_columns(message) | {
            "server": server,
            "task": _current_task(connection, message.task),
            "due": paused_due(connection, server, message.due),
        }
        added = connection.execute(insert("messages", columns) + " ON CONFLICT (key) DO NOTHING", columns)
        if added.rowcount:
            connection.execute("INSERT INTO message_data (message, data) VALUES (?, ?)", (message.id, message.data))


def paused_due(connection: Connection, server: str, wanted: datetime) -> str:
    """When a message wanted then is really due: not before the end of its server's pause, or suspension."""
    row = connection.execute("SELECT until FROM servers WHERE name = ?", (server,)).fetchone()
    paused = text(row["until"]) if row else ""
    return max(timestamp(wanted), paused, suspended_until(connection, server))


def cancel_unsent(
    connection: Connection, request: str, persons: Sequence[str], keep: Sequence[Message], reason: str, at: datetime
) -> None:
    """Cancel the request's messages that wait and were never taken by a server; the reason is kept per recipient.

    ``persons``: only those about these people, all where it is empty. ``keep`` are left alone.
    """
    kept = {message.key for message in keep}
    found = connection.execute(
        "SELECT id, key, person, fates, created FROM messages WHERE request = ? AND state IN ('queued', 'deferred')",
        (request,),
    ).fetchall()
    for row in found:
        if row["key"] in kept or (persons and row["person"] not in persons):
            continue
        written = moment(row["created"])
        fates = tuple(_cancelled(fate, reason, max(at, written)) for fate in fates_from(row["fates"]))
        connection.execute(
            "UPDATE messages SET state = 'cancelled', fates = ? WHERE id = ?", (fates_text(fates), row["id"])
        )


class SqliteOutbox:
    """Implements `reconciler.state.protocols.Outbox`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, messages: Sequence[Message], entry: Entry) -> None:
        def work(connection: Connection) -> None:
            insert_messages(connection, messages)
            append(connection, entry)

        self._database.write(work)

    def get(self, id: str) -> Message | None:
        def work(connection: Connection) -> Message | None:
            row = connection.execute(f"{SELECT} WHERE messages.id = ?", (id,)).fetchone()
            return message_from(row) if row else None

        return self._database.read(work, None)

    def find(
        self,
        states: Sequence[MessageState] = (),
        *,
        request: str | None = None,
        limit: int = 100,
        before: str | None = None,
    ) -> list[Message]:
        conditions: list[str] = []
        values: list[str | int] = []
        if states:
            conditions.append(f"messages.state IN ({', '.join('?' * len(states))})")
            values += [state.value for state in states]
        if request is not None:
            conditions.append("messages.request = ?")
            values.append(request)
        if before is not None:
            conditions.append("(messages.created, messages.id) < (SELECT created, id FROM messages WHERE id = ?)")
            values.append(before)
        where = " WHERE " + " AND ".join(conditions) if conditions else ""
        query = f"{SELECT}{where} ORDER BY messages.created DESC, messages.id DESC LIMIT ?"

        def work(connection: Connection) -> list[Message]:
            return [message_from(row) for row in connection.execute(query, (*values, limit))]

        return self._database.read(work, [])

    def attempts(self, message: str) -> list[Attempt]:
        def work(connection: Connection) -> list[Attempt]:
            found = connection.execute("SELECT * FROM attempts WHERE message = ? ORDER BY id", (message,))
            return [attempt_from(row) for row in found]

        return self._database.read(work, [])


def _current_task(connection: Connection, task: str) -> str:
    kind, slash, name = task.partition("/")
    return f"{kind}/{current_name(connection, kind, name)}" if slash else task


def _cancelled(fate: Fate, reason: str, at: datetime) -> Fate:
    return Fate(fate.address, fate.verdict, reason, max(at, fate.at or at)) if fate.open else fate
