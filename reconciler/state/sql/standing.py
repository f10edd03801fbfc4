"""What stands beside resources and mail: suspensions, freeze, lock and journal; and what is counted of all of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from reconciler.model.condition import Figures
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.suspension import Freeze, Suspension
from reconciler.model.journal import Entry, JournalEntry, format_timestamp
from reconciler.model.mail.message import HELD
from reconciler.state.protocols import Holder
from reconciler.state.sql.configuration import by_address
from reconciler.state.sql.statements import Row, Shape, Table, page
from reconciler.state.sql.values import JSON, MOMENT, PLAIN, each, moment, number, optional, read, stored, text, written

_WAITS = "state IN ('queued', 'deferred', 'ambiguous')"
_EARLIEST = {
    "requests_due": "SELECT due AS at FROM requests{} WHERE state = 'pending' AND due IS NOT NULL ORDER BY due LIMIT 1",
    "messages_due": f"SELECT due AS at FROM messages{{}} WHERE {_WAITS} ORDER BY due LIMIT 1",
    "messages_leased": "SELECT lease_until AS at FROM messages{} WHERE state = 'sending' ORDER BY lease_until LIMIT 1",
}
"""The earliest of each thing that falls due, each the first row of an index."""

_SUSPENSION = {**each(PLAIN, "actor", "reason"), "at": MOMENT, "until": optional(MOMENT)}
_FREEZE = {**each(PLAIN, "actor", "operator", "reason"), "at": MOMENT}
_HOLDER = {**each(PLAIN, "token", "actor", "host", "process", "started", "operation"), "since": MOMENT}
_PLACE = each(PLAIN, "sequence", "previous", "hash", "text")
_ENTRY = {**each(PLAIN, "event", "subject", "actor"), "at": MOMENT, "data": JSON}


class SqlJournal(Table):
    """Implements `reconciler.state.tables.Journal`."""

    def end(self) -> tuple[int, str] | None:
        row = self._first("SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1")
        return (number(row["sequence"]), text(row["hash"])) if row else None

    def last(self, event: str | None = None) -> JournalEntry | None:
        conditions = [] if event is None else ["event = :event"]
        query = page("SELECT * FROM journal", conditions, "sequence DESC", 1)
        row = self._first(query, {"event": event, "limit": 1})
        return _journal_entry(row) if row else None

    def page(self, after: int, limit: int, event: str | None, subject: str | None) -> list[JournalEntry]:
        values = {"after": after, "limit": limit, "event": event, "subject": subject}
        of = [f"{name} = :{name}" for name in ("event", "subject") if values[name] is not None]
        query = page("SELECT * FROM journal", ["sequence > :after", *of], "sequence", limit)
        return [_journal_entry(row) for row in self._connection.rows(query, values)]

    def add(self, item: JournalEntry) -> None:
        self._insert("journal", journal_columns(item))


class SqlCounts(Table):
    """Implements `reconciler.state.tables.Counts`."""

    def figures(self, late: datetime, since: datetime) -> Figures:
        values = {"late": format_timestamp(late), "since": format_timestamp(since), "held": format_timestamp(HELD)}
        messages = self._connection.rows("SELECT state, count(*) AS found FROM messages GROUP BY state ORDER BY state")

        def count(table: str, which: str) -> int:
            query = f"SELECT count(*) AS found FROM {table} WHERE {which}"
            return number(self._connection.rows(query, values)[0]["found"])

        return Figures(
            messages={text(row["state"]): number(row["found"]) for row in messages},
            failed=count("messages", f"state = 'failed' AND {self._connection.latest('fates', 'at')} >= :since"),
            late_messages=count("messages", f"{_WAITS} AND due < :late")
            + count("messages", "state = 'sending' AND lease_until < :late"),
            pending=count("requests", "state = 'pending'"),
            late_requests=count("requests", "state = 'pending' AND due IS NOT NULL AND due < :late"),
            held=count("messages", f"{_WAITS} AND wanted >= :held"),
        )

    def earliest(self) -> datetime | None:
        queries = [query.format(self._connection.through(index)) for index, query in _EARLIEST.items()]
        found = [row for query in queries for row in self._connection.rows(query)]
        return min((moment(row["at"]) for row in found), default=None)

    def writes(self) -> int:
        return number(self._connection.rows("SELECT changes FROM state")[0]["changes"])


def journal_columns(item: JournalEntry) -> dict[str, Any]:
    """A row of ``journal``."""
    return written(_PLACE, item) | written(_ENTRY, item.entry)


def _suspension_columns(suspension: Suspension) -> dict[str, Any]:
    return by_address(suspension.address) | written(_SUSPENSION, suspension)


@stored("suspension")
def _suspension(row: Row) -> Suspension:
    return Suspension(address=Address(row["kind"], row["name"]), **read(_SUSPENSION, row))


@stored("freeze")
def _freeze(row: Row) -> Freeze:
    return Freeze(**read(_FREEZE, row))


@stored("journal entry")
def _journal_entry(row: Row) -> JournalEntry:
    """Nothing is verified here."""
    return JournalEntry(entry=Entry(**read(_ENTRY, row)), **read(_PLACE, row))


@stored("lock")
def _holder(row: Row) -> Holder:
    return Holder(**read(_HOLDER, row))


SUSPENSIONS = Shape("suspensions", ("kind", "name"), by_address, _suspension_columns, _suspension)
FREEZES: Shape[None, Freeze] = Shape(
    '"freeze"', (), lambda _: {}, lambda freeze: {"id": 1, **written(_FREEZE, freeze)}, _freeze
)
LOCKS: Shape[str, Holder] = Shape(
    "lock", ("token",), lambda token: {"token": token}, lambda holder: {"id": 1, **written(_HOLDER, holder)}, _holder
)
