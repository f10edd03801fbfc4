"""Tables as they are, whatever their rows mean: how a state is copied from one database to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.state.sql.statements import Table

_KEYS = {
    "resources": ("kind", "name"),
    "blobs": ("digest",),
    "revisions": ("serial",),
    "revision_changes": ("serial", "position"),
    "requests": ("id",),
    "decisions": ("request", "position"),
    "messages": ("id",),
    "message_data": ("message",),
    "attempts": ("id",),
    "servers": ("name",),
    "suspensions": ("kind", "name"),
    "freeze": ("id",),
    "journal": ("sequence",),
}
"""What each table is ordered by. Not among them: the lock, which is its holder's, and the one row of ``state``."""

_COUNTED = {"attempts": "id"}
"""Columns whose values the database gives, in the order in which rows are added."""

_PAGE = 200


class SqlRaw(Table):
    """Implements `reconciler.state.tables.Raw`."""

    @property
    def tables(self) -> Sequence[str]:
        return tuple(_KEYS)

    def page(self, table: str, after: Mapping[str, object] | None) -> list[Mapping[str, object]]:
        keys = ", ".join(_KEYS[table])
        last = ", ".join(f":{key}" for key in _KEYS[table])
        where = "" if after is None else f" WHERE ({keys}) > ({last})"
        query = f'SELECT * FROM "{table}"{where} ORDER BY {keys} LIMIT {_PAGE}'
        values = {key: after[key] for key in _KEYS[table]} if after else {}
        return [{name: row[name] for name in row.keys()} for row in self._connection.rows(query, values)]  # noqa: SIM118

    def add(self, table: str, row: Mapping[str, object]) -> None:
        self._insert(f'"{table}"', {name: value for name, value in row.items() if name != _COUNTED.get(table)})

    def begin(self, lineage: str | None, serial: int) -> None:
        self._connection.change(
            "UPDATE state SET lineage = :lineage, serial = :serial", {"lineage": lineage, "serial": serial}
        )
