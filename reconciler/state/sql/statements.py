"""The seam to a database: what a backend gives statements to, and the statements that are made of columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from reconciler.model.errors import Refused, StateFault

K = TypeVar("K")
V = TypeVar("V")

Values = Mapping[str, Any]
"""Parameters of a statement by name, or the columns of a row."""


class Row(Protocol):
    """A row; its columns by name."""

    def keys(self) -> Iterable[str]: ...

    def __getitem__(self, column: str, /) -> Any: ...


class Connection(Protocol):
    """A database inside one transaction. Statements hold parameters as ``:name``, and neither ``%`` nor a colon besides."""

    def rows(self, query: str, values: Values = ..., /) -> Sequence[Row]: ...

    def change(self, statement: str, values: Values = ..., /) -> int:
        """How many rows it changed."""

    def through(self, index: str, /) -> str:
        """What stands behind a table's name so that the rows are found through the index; empty where that needs no word."""

    def latest(self, column: str, key: str, /) -> str:
        """An expression: of the objects in a column of JSON, the greatest text under the key."""

    def skipping(self) -> str:
        """What stands at the end of a query so that rows that somebody is changing are left out, and these are kept from others
        until the transaction ends; empty where that needs no word."""


NOTHING: Values = {}


def require_storable(values: Values) -> None:
    """`Refused` for a text with a NUL, which not every database holds, and for one that is not valid UTF-8."""
    for value in values.values():
        if isinstance(value, str):
            if "\0" in value:
                raise _refuse_text("It holds a NUL character.", "Leave the character out.")
            if not value.isascii() and _LONE.search(value):
                hint = "Write it in UTF-8, or leave the odd characters out."
                raise _refuse_text("It holds bytes that are not valid UTF-8.", hint)


_LONE = re.compile("[\ud800-\udfff]")
"""Halves of a character, as which Python hands on bytes that are no text."""


def _refuse_text(why: str, hint: str) -> Refused:
    return Refused("A text cannot be stored", f"{why} Nothing was changed.", hint)


def too_busy(state: str, seconds: float) -> StateFault:
    """The fault of a writer whose turn did not come. ``state``: as people know it."""
    return StateFault(
        f"The state {state} is being written by other processes",
        f"This one waited {seconds:g} s for its turn. Nothing was changed.",
        "See which processes of reconciler are running, and run the command again.",
    )


class Table:
    """Rows of one kind; what each does stands in `reconciler.state.tables`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _first(self, query: str, values: Values = NOTHING) -> Row | None:
        return next(iter(self._connection.rows(query, values)), None)

    def _insert(self, table: str, columns: Values) -> None:
        self._connection.change(insert(table, columns), columns)


@dataclass(frozen=True, slots=True)
class Shape(Generic[K, V]):
    """How values with a key stand in a table.

    ``names``: the columns of a key; ``key`` and ``columns``: what stands in those, and in all of a value's; ``value``: the
    value of a row.
    """

    table: str
    names: tuple[str, ...]
    key: Callable[[K], dict[str, Any]]
    columns: Callable[[V], dict[str, Any]]
    value: Callable[[Row], V]


class SqlRows(Table, Generic[K, V]):
    """Implements `reconciler.state.tables.Rows`."""

    def __init__(self, connection: Connection, shape: Shape[K, V]) -> None:
        super().__init__(connection)
        self._shape = shape
        self._where = f"{shape.table} WHERE {' AND '.join(f'{name} = :{name}' for name in shape.names) or '1 = 1'}"

    def all(self) -> list[V]:
        query = f"SELECT * FROM {self._shape.table} ORDER BY {', '.join(self._shape.names) or '1'}"
        return [self._shape.value(row) for row in self._connection.rows(query)]

    def get(self, key: K) -> V | None:
        row = self._first(f"SELECT * FROM {self._where}", self._shape.key(key))
        return self._shape.value(row) if row else None

    def has(self, key: K) -> bool:
        return self._first(f"SELECT 1 AS found FROM {self._where}", self._shape.key(key)) is not None

    def add(self, value: V) -> bool:
        columns = self._columns(value)
        return self._connection.change(f"{insert(self._shape.table, columns)} ON CONFLICT DO NOTHING", columns) == 1

    def put(self, value: V) -> None:
        columns, names = self._columns(value), self._shape.names
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in names)
        statement = f"{insert(self._shape.table, columns)} ON CONFLICT ({', '.join(names)}) DO UPDATE SET {changes}"
        self._connection.change(statement, columns)

    def delete(self, key: K) -> bool:
        return self._connection.change(f"DELETE FROM {self._where}", self._shape.key(key)) > 0

    def rename(self, old: K, new: K) -> None:
        changes = ", ".join(f"{name} = :new_{name}" for name in self._shape.names)
        table, _, where = self._where.partition(" ")
        values = {f"new_{name}": value for name, value in self._shape.key(new).items()}
        self._connection.change(f"UPDATE {table} SET {changes} {where}", values | self._shape.key(old))

    def _columns(self, value: V) -> dict[str, Any]:
        return self._shape.columns(value)


def insert(table: str, columns: Iterable[str]) -> str:
    """``INSERT`` with a parameter for each column. Names of tables and columns come from this package, never from outside."""
    names = list(columns)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})"


def insert_new(table: str, columns: Iterable[str], key: str) -> str:
    """`insert`, and no change where a row has the key already."""
    return f"{insert(table, columns)} ON CONFLICT ({key}) DO NOTHING"


def page(query: str, conditions: Iterable[str], order: str, limit: int | None) -> str:
    """The query with all conditions, ``order`` and a limit (as ``:limit``) where there is one."""
    where = " AND ".join(conditions)
    return f"{query}{' WHERE ' + where if where else ''} ORDER BY {order}{'' if limit is None else ' LIMIT :limit'}"
