"""Guards around every test: no network beyond this machine, no state in the repository, nothing of the caller's environment.

A test that means to break one of the first two asks for it: ``@pytest.mark.network``, ``@pytest.mark.default_state``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.messages.contexts.invented import Invented
from tests.support import draws, guards
from tests.support.ports import nobody_listens
from tests.support.postgres import Server, fresh_schema, require_postgres, shared_folder

REPOSITORY = Path(__file__).resolve().parent.parent
DEFAULT_STATE = REPOSITORY / ".reconciler"

draws.register_profiles()


def pytest_configure(config: pytest.Config) -> None:
    for name in guards.foreign_variables(os.environ):
        del os.environ[name]
    guards.install(DEFAULT_STATE)


def pytest_sessionstart() -> None:
    draws.fix()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    draws.shuffle(config, items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol() -> bool | None:
    return True if draws.time_is_over() else None


@pytest.fixture(autouse=True)
def _guarded(request: pytest.FixtureRequest) -> Iterator[None]:
    allowed = {name for name in (guards.NETWORK, guards.DEFAULT_STATE) if request.node.get_closest_marker(name)}
    with guards.allow(allowed):
        yield


@pytest.fixture(autouse=True, scope="session")
def _repository_stays_clean() -> Iterator[None]:
    """Guards reach this process only; a command started by a test must not make its state here either."""
    before = DEFAULT_STATE.exists()
    yield
    assert before or not DEFAULT_STATE.exists(), f"a test left a state behind in {DEFAULT_STATE}"


@pytest.fixture(scope="session")
def silent_port() -> Iterator[int]:
    """Where mail of a test is refused; a number written down could be some program's."""
    with nobody_listens() as port:
        yield port


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The server all tests share; one that stops it brings its own."""
    require_postgres()
    return Server(shared_folder(tmp_path_factory))


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """Of a state that is not made yet."""
    with fresh_schema(postgres) as url:
        yield url


@pytest.fixture
def same_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples invent the same for every project, so that texts written down do not change with each digest."""
    monkeypatch.setattr("reconciler.operations.configuration.desired.invent", lambda world, records: Invented())
