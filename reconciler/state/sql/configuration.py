"""Resources, what they are made of, and every commit of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from reconciler.model.canonical import write_exact_json
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.revision import Origin, Revised, Revision
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.written import read_back
from reconciler.state.sql.statements import Connection, Row, Shape, SqlRows, Table, Values, page
from reconciler.state.sql.values import EXACT_JSON, JSON, MOMENT, PLAIN, each, number, read, stored, text, written
from reconciler.state.tables import Blob

_RECORD = {
    **each(PLAIN, "owner", "schema_version"),
    "metadata": JSON,
    "spec": EXACT_JSON,
    **each(JSON, "templates", "files"),
    "source": PLAIN,
}
"""In the order in which a revision keeps them."""

_REVISION = {"serial": PLAIN, "at": MOMENT, "actor": PLAIN}
_ORIGIN = {**each(PLAIN, "operation", "operator", "digest"), "summary": JSON}


def by_address(address: Address) -> dict[str, str]:
    """The columns in which an address stands."""
    return {"kind": address.kind, "name": address.name}


class SqlSerials(Table):
    """Implements `reconciler.state.tables.Serials`."""

    def current(self) -> Snapshot:
        return _snapshot(self._connection.rows("SELECT lineage, serial FROM state"))

    def confirm(self, serial: int) -> bool:
        statement = "UPDATE state SET serial = serial WHERE serial = :serial"
        return self._connection.change(statement, {"serial": serial}) == 1

    def advance(self, expected: tuple[str | None, int], lineage: str) -> bool:
        known, serial = expected
        same = "lineage IS NULL" if known is None else "lineage = :known"
        statement = f"UPDATE state SET lineage = :lineage, serial = :serial + 1 WHERE serial = :serial AND {same}"
        return self._connection.change(statement, {"lineage": lineage, "serial": serial, "known": known}) == 1


class SqlResources(SqlRows[Address, Record]):
    """Each row also tells the serial at which it was written."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, Shape("resources", ("kind", "name"), by_address, _record_columns, _record))

    def of(self, kind: str) -> list[Record]:
        query = "SELECT * FROM resources WHERE kind = :kind ORDER BY name"
        return [_record(row) for row in self._connection.rows(query, {"kind": kind})]

    def addresses(self) -> list[Address]:
        return [_address(row) for row in self._connection.rows("SELECT kind, name FROM resources ORDER BY kind, name")]

    def _columns(self, value: Record) -> dict[str, Any]:
        return super()._columns(value) | {
            "serial": number(self._connection.rows("SELECT serial FROM state")[0]["serial"])
        }


class SqlRevisions(Table):
    """Implements `reconciler.state.tables.Revisions`."""

    def add(self, revision: Revision) -> None:
        origin = revision.origin
        columns = written(_REVISION, revision) | written(_ORIGIN, origin) | {"source": origin.commit, "complete": 1}
        self._insert("revisions", columns)
        for position, change in enumerate(revision.changes):
            place = {"serial": revision.serial, "position": position}
            self._insert("revision_changes", _change_columns(change) | place)

    def find(self, *, limit: int | None = None, before: int | None = None) -> list[Revision]:
        return self._several([] if before is None else ["serial < :before"], {"before": before, "limit": limit})

    def since(self, serial: int) -> list[Revision]:
        return self._several(["serial > :serial"], {"serial": serial, "limit": None})

    def latest(self, address: Address, before: int) -> Revision | None:
        change = self._first(
            "SELECT * FROM revision_changes WHERE kind = :kind AND name = :name AND serial < :before "
            "ORDER BY serial DESC LIMIT 1",
            by_address(address) | {"before": before},
        )
        if change is None:
            return None
        values = {"serial": change["serial"]}
        return _revision(self._connection.rows("SELECT * FROM revisions WHERE serial = :serial", values), [change])

    def moved_to(self, address: Address) -> Address | None:
        query = "SELECT name FROM revision_changes WHERE kind = :kind AND previous = :name ORDER BY serial DESC LIMIT 1"
        row = self._first(query, by_address(address))
        return Address(address.kind, text(row["name"])) if row else None

    def _several(self, conditions: Iterable[str], values: Values) -> list[Revision]:
        query = page("SELECT * FROM revisions", conditions, "serial DESC", values["limit"])
        changes = "SELECT * FROM revision_changes WHERE serial = :serial ORDER BY position"
        found = self._connection.rows(query, values)
        return [_revision([row], self._connection.rows(changes, {"serial": row["serial"]})) for row in found]


@stored("serial")
def _snapshot(rows: Iterable[Row]) -> Snapshot:
    (row,) = rows
    return Snapshot(row["lineage"], row["serial"])


def _record_columns(record: Record) -> dict[str, Any]:
    return by_address(record.address) | written(_RECORD, record)


@stored("resource")
def _address(row: Row) -> Address:
    return Address(row["kind"], row["name"])


@stored("resource")
def _record(row: Row) -> Record:
    return Record(address=Address(row["kind"], row["name"]), **read(_RECORD, row))


@stored("template or file")
def _blob(row: Row) -> Blob:
    return Blob(row["digest"], row["content"])


BLOBS: Shape[str, Blob] = Shape("blobs", ("digest",), lambda digest: {"digest": digest}, Blob._asdict, _blob)


_IN_JSON = {name: "schemaVersion" if name == "schema_version" else name for name in _RECORD}
"""What a revision calls the parts of a record."""


def _record_text(record: Record) -> str:
    """The whole record as JSON, as a revision keeps it."""
    return write_exact_json(by_address(record.address) | {key: getattr(record, name) for name, key in _IN_JSON.items()})


@stored("resource")
def _record_read(text: str) -> Record:
    data = read_back(text)
    parts: dict[str, Any] = {name: data[key] for name, key in _IN_JSON.items()}
    return Record(address=Address(data["kind"], data["name"]), **parts)


def _change_columns(change: Revised) -> dict[str, Any]:
    return by_address(change.address) | {
        "previous": change.previous.name if change.previous else None,
        "action": str(change.action),
        "before": _record_text(change.before) if change.before else None,
        "after": _record_text(change.after) if change.after else None,
    }


@stored("revision")
def _revision(rows: Iterable[Row], changes: Iterable[Row]) -> Revision:
    (row,) = rows
    origin = Origin(commit=row["source"], **read(_ORIGIN, row))
    complete = bool(row["complete"])
    return Revision(origin=origin, changes=tuple(_changes(changes)), complete=complete, **read(_REVISION, row))


def _changes(rows: Iterable[Row]) -> Iterator[Revised]:
    for row in rows:
        yield Revised(
            address=Address(row["kind"], row["name"]),
            action=Action(row["action"]),
            before=_record_read(row["before"]) if row["before"] else None,
            after=_record_read(row["after"]) if row["after"] else None,
            previous=Address(row["kind"], row["previous"]) if row["previous"] else None,
        )
