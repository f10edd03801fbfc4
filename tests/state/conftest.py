"""Every test of the conformance suite runs on every backend listed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.state.postgres.backend import PostgresState
from reconciler.state.protocols import State
from reconciler.state.sqlite.backend import SqliteState
from tests.state.samples import NAMED_IN

Open = Callable[[], State]


@pytest.fixture(params=["sqlite", "postgres"])
def open_state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens one and the same state, anew with every call."""
    opened: list[SqliteState | PostgresState] = []

    def open_sqlite() -> State:
        opened.append(SqliteState(tmp_path / "project" / ".reconciler" / "state.db", NAMED_IN))
        return opened[-1]

    def open_postgres() -> State:
        opened.append(PostgresState(url, NAMED_IN))
        return opened[-1]

    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    yield open_postgres if url else open_sqlite
    for state in opened:
        state.close()


@pytest.fixture
def state(open_state: Open) -> State:
    return open_state()


@pytest.fixture
def other(open_state: Open) -> State:
    """The same state, as another process would have it open."""
    return open_state()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where a SQLite state may be made; nothing is there yet."""
    return tmp_path / ".reconciler" / "state.db"
