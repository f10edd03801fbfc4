"""Revisions in SQLite: written by the commit that makes them, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from sqlite3 import Connection, Row

from reconciler.model.canonical import canonical_json
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.revision import Origin, Revised, Revision
from reconciler.model.configuration.snapshot import Commit
from reconciler.model.journal import timestamp
from reconciler.model.written import read_back
from reconciler.state.sqlite.connection import Database
from reconciler.state.sqlite.rows import insert, record_from, record_read, record_text
from reconciler.state.sqlite.stored_values import moment, stored, text

_CHANGES = "SELECT * FROM revision_changes WHERE serial = ? ORDER BY position"


class SqliteHistory:
    """Implements `reconciler.state.protocols.History`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def revisions(self, *, limit: int | None = None, before: int | None = None) -> list[Revision]:
        query = "SELECT * FROM revisions WHERE ? IS NULL OR serial < ? ORDER BY serial DESC LIMIT ?"
        return self._several(query, (before, before, -1 if limit is None else limit))

    def since(self, serial: int) -> list[Revision]:
        return self._several("SELECT * FROM revisions WHERE serial > ? ORDER BY serial DESC", (serial,))

    def of(self, address: Address) -> list[Revision]:
        def work(connection: Connection) -> list[Revision]:
            return [
                _revision(
                    connection.execute("SELECT * FROM revisions WHERE serial = ?", (row["serial"],)).fetchone(), [row]
                )
                for row in _traced(connection, address)
            ]

        return self._database.read(work, [])

    def _several(self, query: str, values: tuple[int | None, ...]) -> list[Revision]:
        def work(connection: Connection) -> list[Revision]:
            rows = connection.execute(query, values).fetchall()
            return [_revision(row, connection.execute(_CHANGES, (row["serial"],))) for row in rows]

        return self._database.read(work, [])


def stored_before(connection: Connection, commit: Commit) -> list[Revised]:
    """What the commit will change, with the records as they are now. To be called before anything is written."""
    came_from = {new: old for old, new in commit.moves}
    found = [_revised(connection, record, came_from.get(record.address)) for record in commit.put]
    deleted = [Revised(gone, Action.DELETE, _stored(connection, gone)) for gone in commit.delete]
    return [*found, *deleted]


def keep_revision(connection: Connection, commit: Commit, serial: int, changes: Iterable[Revised]) -> None:
    """Write the revision that the commit makes."""
    origin = commit.origin
    columns = {
        "serial": serial,
        "at": timestamp(commit.at),
        "actor": commit.entry.actor,
        "operation": origin.operation,
        "operator": origin.operator,
        "source": origin.commit,
        "digest": origin.digest,
        "summary": canonical_json(origin.summary),
        "complete": 1,
    }
    connection.execute(insert("revisions", columns), columns)
    for position, change in enumerate(changes):
        row = _change_columns(change) | {"serial": serial, "position": position}
        connection.execute(insert("revision_changes", row), row)


def current_name(connection: Connection, kind: str, name: str) -> str:
    """What the resource is called now, where it was renamed after somebody had read its name; else the name itself."""
    seen = {name}
    applied = "SELECT 1 FROM resources WHERE kind = ? AND name = ?"
    moved = "SELECT name FROM revision_changes WHERE kind = ? AND previous = ? ORDER BY serial DESC LIMIT 1"
    while not connection.execute(applied, (kind, name)).fetchone():
        row = connection.execute(moved, (kind, name)).fetchone()
        if row is None or row["name"] in seen:
            break
        name = text(row["name"])
        seen.add(name)
    return name


def _revised(connection: Connection, after: Record, previous: Address | None) -> Revised:
    before = _stored(connection, previous or after.address)
    if before is None:
        return Revised(after.address, Action.CREATE, None, after)
    same = previous is not None and _content(before) == _content(after)
    return Revised(after.address, Action.NONE if same else Action.UPDATE, before, after, previous)


def _content(record: Record) -> str:
    """The record apart from its name and its place."""
    metadata = {key: value for key, value in record.metadata.items() if key != "name"}
    return canonical_json([record.owner, metadata, record.spec, record.templates, record.files])


def _stored(connection: Connection, address: Address) -> Record | None:
    row = connection.execute(
        "SELECT * FROM resources WHERE kind = ? AND name = ?", (address.kind, address.name)
    ).fetchone()
    return record_from(row) if row else None


def _change_columns(change: Revised) -> dict[str, object]:
    return {
        "kind": change.address.kind,
        "name": change.address.name,
        "previous": change.previous.name if change.previous else None,
        "action": str(change.action),
        "before": record_text(change.before) if change.before else None,
        "after": record_text(change.after) if change.after else None,
    }


def _traced(connection: Connection, address: Address) -> Iterator[Row]:
    """The changes of the resource, newest first. At a move it goes on under the earlier name, before the move."""
    query = "SELECT * FROM revision_changes WHERE kind = ? AND name = ? AND serial < ? ORDER BY serial DESC LIMIT 1"
    name, below = address.name, 1 << 62
    while (row := connection.execute(query, (address.kind, name, below)).fetchone()) is not None:
        yield row
        name, below = row["previous"] or name, row["serial"]


@stored("revision")
def _revision(row: Row, changes: Iterable[Row]) -> Revision:
    origin = Origin(row["operation"], row["operator"], row["source"], row["digest"], read_back(row["summary"]))
    at = moment(row["at"])
    return Revision(row["serial"], at, row["actor"], origin, tuple(map(_change, changes)), bool(row["complete"]))


@stored("revision")
def _change(row: Row) -> Revised:
    return Revised(
        address=Address(row["kind"], row["name"]),
        action=Action(row["action"]),
        before=record_read(row["before"]) if row["before"] else None,
        after=record_read(row["after"]) if row["after"] else None,
        previous=Address(row["kind"], row["previous"]) if row["previous"] else None,
    )
