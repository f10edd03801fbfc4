"""Mail that the project's settings keep back, in SQLite: letting it go again."""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection

from reconciler.model.journal import timestamp
from reconciler.model.mail.message import HELD
from reconciler.state.sqlite.outbox import paused_due


def release_held(connection: Connection, at: datetime) -> None:
    """All mail that was held back is due; what waits for its server goes on waiting for that."""
    query = "state IN ('queued', 'deferred', 'ambiguous') AND wanted >= ?"
    _let_go(connection, query, (timestamp(HELD),), at)


def retry_ambiguous(connection: Connection, at: datetime) -> None:
    """All mail whose delivery was left unknown is due; what waits for its server goes on waiting for that."""
    _let_go(connection, "state = 'ambiguous' AND wanted < ?", (timestamp(HELD),), at)


def _let_go(connection: Connection, which: str, values: tuple[str, ...], at: datetime) -> None:
    found = connection.execute(f"SELECT id, server FROM messages WHERE {which}", values).fetchall()  # noqa: S608
    for row in found:
        due = paused_due(connection, row["server"], at)
        connection.execute("UPDATE messages SET wanted = ?, due = ? WHERE id = ?", (timestamp(at), due, row["id"]))
