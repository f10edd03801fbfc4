"""The journal: each entry joins the transaction it records, after the last one."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.journal import GENESIS, Entry, JournalEntry, chain_entry
from reconciler.state.tables import Store, Transaction

_PAGE = 500


def append(rows: Transaction, entry: Entry) -> JournalEntry:
    """Write the entry after the last one."""
    sequence, previous = rows.journal.end() or (0, GENESIS)
    item = chain_entry(entry, sequence + 1, previous)
    rows.journal.add(item)
    return item


def read_entries(
    store: Store, after: int, limit: int | None, event: str | None, subject: str | None
) -> Iterator[JournalEntry]:
    """By sequence number, a page at a time: entries never change, so that pages of different moments fit together."""
    left = limit
    while left is None or left > 0:
        wanted = _PAGE if left is None else min(_PAGE, left)
        page = _page(store, after, wanted, (event, subject))
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].sequence
        left = None if left is None else left - len(page)


def _page(store: Store, after: int, limit: int, of: tuple[str | None, str | None]) -> list[JournalEntry]:
    nothing: list[JournalEntry] = []
    return store.read(lambda rows: rows.journal.page(after, limit, *of), nothing)
