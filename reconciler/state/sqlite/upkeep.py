"""A SQLite state as a file: made, upgraded, copied, and counted."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from sqlite3 import Connection, Row

from reconciler.model.condition import Figures, ServerTrouble
from reconciler.model.journal import timestamp
from reconciler.model.mail.message import HELD
from reconciler.state.sqlite.connection import Database
from reconciler.state.sqlite.schema import VERSION
from reconciler.state.sqlite.stored_values import moment, stored, text

_FAILED = (
    "SELECT count(*) FROM messages WHERE state = 'failed' "
    "AND (SELECT max(json_extract(value, '$.at')) FROM json_each(fates)) >= ?"
)
_LATE_MESSAGES = (
    "SELECT (SELECT count(*) FROM messages WHERE state IN ('queued', 'deferred', 'ambiguous') AND due < :late) "
    "+ (SELECT count(*) FROM messages WHERE state = 'sending' AND lease_until < :late)"
)
_HELD = "SELECT count(*) FROM messages WHERE state IN ('queued', 'deferred', 'ambiguous') AND wanted >= ?"
_LATE_REQUESTS = "SELECT count(*) FROM requests WHERE state = 'pending' AND due IS NOT NULL AND due < ?"


class SqliteUpkeep:
    """Implements `reconciler.state.protocols.Upkeep`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def versions(self) -> tuple[int, int]:
        return self._database.version(), VERSION

    def prepare(self) -> int:
        before = self._database.version()
        if before < VERSION:
            self._database.write(lambda connection: None)
        return before

    def backup(self, to: Path) -> None:
        self._database.backup(to)

    def figures(self, *, late: datetime, since: datetime) -> Figures:
        def work(connection: Connection) -> Figures:
            by_state = connection.execute("SELECT state, count(*) FROM messages GROUP BY state ORDER BY state")
            pending = "SELECT count(*) FROM requests WHERE state = 'pending'"
            return Figures(
                messages={text(row[0]): row[1] for row in by_state},
                failed=_count(connection, _FAILED, (timestamp(since),)),
                late_messages=_count(connection, _LATE_MESSAGES, {"late": timestamp(late)}),
                pending=_count(connection, pending, ()),
                late_requests=_count(connection, _LATE_REQUESTS, (timestamp(late),)),
                servers=_troubles(connection),
                held=_count(connection, _HELD, (timestamp(HELD),)),
            )

        return self._database.read(work, Figures())


def _count(connection: Connection, query: str, values: tuple[str, ...] | dict[str, str]) -> int:
    return int(connection.execute(query, values).fetchone()[0])


def _troubles(connection: Connection) -> tuple[ServerTrouble, ...]:
    rows = connection.execute(
        "SELECT servers.* FROM servers JOIN resources ON kind = 'SmtpServer' AND resources.name = servers.name "
        "ORDER BY servers.name"
    )
    return tuple(map(_trouble, rows))


@stored("server's health")
def _trouble(row: Row) -> ServerTrouble:
    return ServerTrouble(row["name"], row["failures"], row["fault"], moment(row["until"]))
