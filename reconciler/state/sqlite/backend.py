"""The SQLite backend, assembled."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from reconciler.model.configuration.address import NamedIn
from reconciler.state.privacy import Privacy
from reconciler.state.sql.statements import NOTHING, Values, require_storable
from reconciler.state.sql.transactions import transaction
from reconciler.state.sqlite.connection import PATIENCE, Database, writable
from reconciler.state.sqlite.upkeep import SqliteUpkeep
from reconciler.state.stored import StoredLock, StoredState
from reconciler.state.tables import Kinds, Transaction

T = TypeVar("T")


class SqliteConnection:
    """Implements `reconciler.state.sql.statements.Connection`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, query: str, values: Values = NOTHING, /) -> Sequence[sqlite3.Row]:
        require_storable(values)
        return self._connection.execute(query, values).fetchall()

    def change(self, statement: str, values: Values = NOTHING, /) -> int:
        require_storable(values)
        return self._connection.execute(statement, values).rowcount

    def through(self, index: str, /) -> str:
        # Without statistics SQLite takes all tables to be small, and an index of everything to do as well.
        return f" INDEXED BY {index}"

    def latest(self, column: str, key: str, /) -> str:
        return f"(SELECT max(json_extract(value, '$.{key}')) FROM json_each({column}))"  # noqa: S608

    def skipping(self) -> str:
        return ""


class SqliteStore:
    """Implements `reconciler.state.tables.Store`. ``kinds``: see there."""

    def __init__(self, database: Database, kinds: Kinds) -> None:
        self._database = database
        self._kinds = kinds

    def read(self, work: Callable[[Transaction], T], empty: T) -> T:
        return self._database.read(lambda connection: work(self._rows(connection)), empty)

    def write(self, work: Callable[[Transaction], T], *, alone: bool = True) -> T:
        # Every writer of the file is alone.
        return self._database.write(lambda connection: work(self._rows(connection)))

    def _rows(self, connection: sqlite3.Connection) -> Transaction:
        return transaction(SqliteConnection(connection), self._kinds)


class SqliteState(StoredState):
    """One state in one SQLite file; implements `reconciler.state.protocols.State`.

    The file need not exist: it reads as the empty state, and the first write makes it. ``named_in``: see
    `reconciler.state.tables.Kinds`. ``label`` is what people are shown, the path where it is empty. ``privacy``: whose its
    files may be. ``patience``: seconds a writer waits for its turn. ``may_write`` tells whether the file and its folder can be
    written. May be shared between threads; `close` when done, or leave it to the end of the process.
    """

    def __init__(
        self,
        path: Path,
        named_in: Mapping[str, NamedIn],
        *,
        label: str = "",
        privacy: Privacy | None = None,
        patience: float = PATIENCE,
        may_write: Callable[[Path], bool] = writable,
    ) -> None:
        self._database = Database(path, privacy=privacy, patience=patience, may_write=may_write)
        store = SqliteStore(self._database, Kinds(named_in))
        super().__init__(store, StoredLock(store))
        self.name = f"sqlite:{label or path}"
        self.upkeep = SqliteUpkeep(self._database, store)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def await_change(self, mark: int, seconds: float, pause: Callable[[float], object]) -> bool:
        if self.change_mark() == mark:
            pause(seconds)
        return self.change_mark() != mark

    def close(self) -> None:
        """Close every connection of this process; SQLite then removes its side files if nobody else has the state open."""
        self._database.close()
