"""The PostgreSQL backend, assembled."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from reconciler.model.configuration.address import NamedIn
from reconciler.model.errors import UserError
from reconciler.state.postgres.connection import COMES_BACK, PATIENCE, Connection, Database
from reconciler.state.postgres.listening import Listener
from reconciler.state.postgres.lock import PostgresLock
from reconciler.state.postgres.schema import VERSION
from reconciler.state.postgres.target import parse_target
from reconciler.state.sql.statements import NOTHING, Row, Values, require_storable
from reconciler.state.sql.transactions import transaction
from reconciler.state.stored import StoredState, StoredUpkeep
from reconciler.state.tables import Kinds, Store, Transaction

T = TypeVar("T")

_PARAMETER = re.compile(r":([a-z_]+)")
_CLOCK_SECONDS = 10.0
"""For how long the server's clock goes on by ours before it is asked again."""


@cache
def _in_driver_style(statement: str) -> bytes:
    """With parameters as psycopg has them."""
    return _PARAMETER.sub(r"%(\1)s", statement).encode()


class PostgresConnection:
    """Implements `reconciler.state.sql.statements.Connection`."""

    def __init__(self, connection: Connection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    def rows(self, query: str, values: Values = NOTHING, /) -> Sequence[Row]:
        require_storable(values)
        return self._connection.execute(_in_driver_style(query), values, binary=True).fetchall()

    def change(self, statement: str, values: Values = NOTHING, /) -> int:
        require_storable(values)
        return self._connection.execute(_in_driver_style(statement), values).rowcount

    def through(self, index: str, /) -> str:
        return ""

    def latest(self, column: str, key: str, /) -> str:
        return (
            f"(SELECT max(item ->> '{key}' COLLATE \"C\") FROM jsonb_array_elements(CAST({column} AS jsonb)) AS item)"
        )

    def skipping(self) -> str:
        return " FOR UPDATE SKIP LOCKED" if self._writing else ""


class PostgresStore:
    """Implements `reconciler.state.tables.Store`. ``kinds``: see there."""

    def __init__(self, database: Database, kinds: Kinds) -> None:
        self._database = database
        self._kinds = kinds

    def read(self, work: Callable[[Transaction], T], empty: T) -> T:
        return self._database.read(lambda connection: work(self._rows(connection, writing=False)), empty)

    def write(self, work: Callable[[Transaction], T], *, alone: bool = True) -> T:
        return self._database.write(lambda connection: work(self._rows(connection, writing=True)), alone=alone)

    def _rows(self, connection: Connection, *, writing: bool) -> Transaction:
        return transaction(PostgresConnection(connection, writing=writing), self._kinds)


class PostgresUpkeep(StoredUpkeep):
    """Implements `reconciler.state.protocols.Upkeep`."""

    def __init__(self, database: Database, store: Store) -> None:
        super().__init__(store, database.version, VERSION)
        self._target = database.target

    def backup(self, to: Path) -> None:
        target = self._target
        self._require_made(target.name)
        raise UserError(
            "A state in PostgreSQL is backed up by pg_dump",
            "It copies the schema whole and consistent while others work with it. Keep the key of saved plans, "
            ".reconciler/plan.key or RECONCILER_PLAN_KEY, with it.",
            f"Run: pg_dump -n {target.schema} -F c -f {shlex.quote(str(to))} {shlex.quote(target.url)}",
        )


class PostgresState(StoredState):
    """One state in one schema; implements `reconciler.state.protocols.State`.

    The schema need not exist: it reads as the empty state, and the first write makes it. ``named_in``: see
    `reconciler.state.tables.Kinds`. ``patience``: seconds a writer waits for its turn; ``comes_back``: for a server that was
    reached before. May be shared between threads; `close` when done. Raises `UserError` for a URL that is not understood.
    """

    def __init__(
        self,
        url: str,
        named_in: Mapping[str, NamedIn],
        *,
        patience: float = PATIENCE,
        comes_back: float = COMES_BACK,
    ) -> None:
        target = parse_target(url)
        self._database = Database(target, patience=patience, comes_back=comes_back)
        store = PostgresStore(self._database, Kinds(named_in))
        super().__init__(store, PostgresLock(self._database, store))
        self.name = target.name
        self.upkeep = PostgresUpkeep(self._database, store)
        self._listener = Listener(self._database)
        self._clock: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        """The database's clock: one for all machines. Between two looks it goes on by this machine's monotonic one."""
        if self._clock is None or time.monotonic() - self._clock[1] > _CLOCK_SECONDS:
            self._clock = self._database.use(_read_clock)
        asked, at = self._clock
        return asked + timedelta(seconds=time.monotonic() - at)

    def await_change(self, mark: int, seconds: float, pause: Callable[[float], Any]) -> bool:
        return self._listener.await_change(mark, self.change_mark, seconds)

    def close(self) -> None:
        """Close every connection of this process."""
        self._listener.close()
        self._database.close()


def _read_clock(connection: Connection) -> tuple[datetime, float]:
    row = connection.execute("SELECT clock_timestamp() AS now").fetchone()
    assert row is not None
    return row["now"], time.monotonic()
