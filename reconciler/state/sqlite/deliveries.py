"""Claims on due messages in SQLite: a lease per message, fenced by its token."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from sqlite3 import Connection, Row

from reconciler.model.errors import Conflict
from reconciler.model.journal import Entry, timestamp
from reconciler.model.mail.message import Attempt, Claimed, Lease, Message
from reconciler.state.sqlite.connection import Database
from reconciler.state.sqlite.journal import append
from reconciler.state.sqlite.outbox import SELECT, paused_due
from reconciler.state.sqlite.rows import attempt_columns, fates_text, insert, message_from
from reconciler.state.sqlite.stored_values import text

DUE = (
    "SELECT id, due, 0 AS recovered FROM messages INDEXED BY messages_due "
    "WHERE state IN ('queued', 'deferred', 'ambiguous') AND due <= :now ORDER BY due, id LIMIT :limit"
)
"""Waiting messages that have come due."""

ABANDONED = (
    "SELECT id, due, 1 AS recovered FROM messages INDEXED BY messages_leased "
    "WHERE state = 'sending' AND lease_until <= :now ORDER BY lease_until, id LIMIT :limit"
)
"""Messages whose lease ran out."""

_ONE = (
    "SELECT id, due, state = 'sending' AS recovered FROM messages WHERE id = :only AND ("
    "state IN ('queued', 'deferred', 'ambiguous') AND wanted <= :now OR state = 'sending' AND lease_until <= :now) "
    "AND NOT EXISTS (SELECT 1 FROM suspensions WHERE kind = 'SmtpServer' AND name = messages.server "
    "AND (until IS NULL OR until > :now))"
)

# Of an abandoned message nobody knows whether it was sent: given back untried, it is ambiguous and not what it was before.
_CLAIM = (
    "UPDATE messages SET state_before = CASE state WHEN 'sending' THEN 'ambiguous' ELSE state END, "
    "state = 'sending', lease_token = :token, lease_until = :until WHERE id = :id"
)

_SETTLE = (
    "UPDATE messages SET state = :state, fates = :fates, attempts = :attempts, wanted = :wanted, due = :due, "
    "give_up = :give_up, state_before = NULL, lease_token = NULL, lease_until = NULL "
    "WHERE id = :id AND lease_token = :token"
)


class SqliteDeliveries:
    """Implements `reconciler.state.protocols.Deliveries`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(
        self, now: datetime, *, token: str, until: datetime, limit: int, only: str | None = None
    ) -> list[Claimed]:
        """See the protocol. With ``only`` a pause of its server does not count, a suspension does: somebody asked for it."""
        values: dict[str, str | int | None] = {
            "now": timestamp(now),
            "token": token,
            "until": timestamp(until),
            "limit": limit,
            "only": only,
        }
        nothing: list[Row] = []

        def candidates(connection: Connection) -> list[Row]:
            queries = (DUE, ABANDONED) if only is None else (_ONE,)
            rows = [row for query in queries for row in connection.execute(query, values)]
            return sorted(rows, key=lambda row: (text(row["due"]), text(row["id"])))[:limit]

        def work(connection: Connection) -> list[Claimed]:
            return [_claim(connection, row, values, Lease(token, until)) for row in candidates(connection)]

        # A runner that looks and finds nothing takes no turn from those who write.
        return self._database.write(work) if self._database.read(candidates, nothing) else []

    def renew(self, token: str, until: datetime) -> int:
        query = "UPDATE messages SET lease_until = ? WHERE state = 'sending' AND lease_token = ?"
        return self._database.write(lambda connection: connection.execute(query, (timestamp(until), token)).rowcount)

    def settle(self, message: Message, token: str, attempt: Attempt | None, entry: Entry | None) -> None:
        def work(connection: Connection) -> None:
            values = {
                "id": message.id,
                "token": token,
                "state": message.state.value,
                "fates": fates_text(message.fates),
                "attempts": message.attempts,
                "wanted": timestamp(message.due),
                "due": paused_due(connection, message.server, message.due),
                "give_up": timestamp(message.give_up),
            }
            if not connection.execute(_SETTLE, values).rowcount:
                raise _taken_over(message.id)
            if attempt is not None:
                columns = attempt_columns(attempt)
                connection.execute(insert("attempts", columns), columns)
            if entry is not None:
                append(connection, entry)

        self._database.write(work)

    def release(self, token: str, now: datetime, *, keep: Collection[str] = ()) -> None:
        def untried(connection: Connection) -> list[Row]:
            return [row for row in _held(connection, token) if row["id"] not in keep]

        def work(connection: Connection) -> None:
            for row in untried(connection):
                connection.execute(
                    "UPDATE messages SET state = state_before, wanted = :now, due = :due, "
                    "state_before = NULL, lease_token = NULL, lease_until = NULL WHERE id = :id",
                    {"id": row["id"], "now": timestamp(now), "due": paused_due(connection, row["server"], now)},
                )

        if self._database.read(lambda connection: bool(untried(connection)), False):
            self._database.write(work)


def _held(connection: Connection, token: str) -> Sequence[Row]:
    query = "SELECT id, server FROM messages WHERE state = 'sending' AND lease_token = ?"
    return connection.execute(query, (token,)).fetchall()


def _claim(connection: Connection, row: Row, values: dict[str, str | int | None], lease: Lease) -> Claimed:
    connection.execute(_CLAIM, values | {"id": row["id"]})
    stored = connection.execute(f"{SELECT} WHERE messages.id = ?", (row["id"],)).fetchone()
    return Claimed(message_from(stored), lease, bool(row["recovered"]))


def _taken_over(id: str) -> Conflict:
    return Conflict(
        f"The message {id} has been taken over",
        "The lease it was sent under has ended and is somebody else's now; this outcome was not recorded.",
        f"See what became of it with `reconciler deliveries show {id}`.",
    )
