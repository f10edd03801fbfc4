"""The journal in SQLite. Triggers refuse to change, cut or fork it; an entry joins the transaction it records."""

from __future__ import annotations

from collections.abc import Iterator
from sqlite3 import Connection

from reconciler.model.journal import GENESIS, Entry, JournalEntry, chained
from reconciler.state.sqlite.connection import Database
from reconciler.state.sqlite.rows import insert, journal_columns, journal_from
from reconciler.state.sqlite.stored_values import number, text

_PAGE = 500


def append(connection: Connection, entry: Entry) -> JournalEntry:
    """Write the entry after the last one, inside the caller's transaction."""
    last = connection.execute("SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1").fetchone()
    sequence, previous = (number(last["sequence"]), text(last["hash"])) if last else (0, GENESIS)
    item = chained(entry, sequence + 1, previous)
    columns = journal_columns(item)
    connection.execute(insert("journal", columns), columns)
    return item


class SqliteJournal:
    """Implements `reconciler.state.protocols.Journal`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(
        self, *, after: int = 0, limit: int | None = None, event: str | None = None, subject: str | None = None
    ) -> Iterator[JournalEntry]:
        """By sequence number, a page at a time: entries never change, so that pages of different moments fit together."""
        left = limit
        while left is None or left > 0:
            page = self._page(after, _PAGE if left is None else min(_PAGE, left), (event, subject))
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].sequence
            left = None if left is None else left - len(page)

    def head(self) -> JournalEntry | None:
        def work(connection: Connection) -> JournalEntry | None:
            row = connection.execute("SELECT * FROM journal ORDER BY sequence DESC LIMIT 1").fetchone()
            return journal_from(row) if row else None

        return self._database.read(work, None)

    def last(self, event: str) -> JournalEntry | None:
        def work(connection: Connection) -> JournalEntry | None:
            query = "SELECT * FROM journal WHERE event = ? ORDER BY sequence DESC LIMIT 1"
            row = connection.execute(query, (event,)).fetchone()
            return journal_from(row) if row else None

        return self._database.read(work, None)

    def _page(self, after: int, limit: int, of: tuple[str | None, str | None]) -> list[JournalEntry]:
        """``of``: an event and a subject, each None for any."""

        def work(connection: Connection) -> list[JournalEntry]:
            found = connection.execute(
                "SELECT * FROM journal WHERE sequence > :after AND (:event IS NULL OR event = :event)"
                " AND (:subject IS NULL OR subject = :subject) ORDER BY sequence LIMIT :limit",
                {"after": after, "event": of[0], "subject": of[1], "limit": limit},
            )
            return [journal_from(row) for row in found]

        return self._database.read(work, [])
