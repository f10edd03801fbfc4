"""Guards around every test: no network beyond this machine, no state in the repository, nothing of the caller's environment.

A test that means to break one of the first two asks for it: ``@pytest.mark.network``, ``@pytest.mark.default_state``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support import guards

REPOSITORY = Path(__file__).resolve().parent.parent
DEFAULT_STATE = REPOSITORY / ".reconciler"

# A busy machine is slow and not wrong: what a test takes is watched over the whole run.
hypothesis.settings.register_profile("reconciler", deadline=None)
hypothesis.settings.load_profile("reconciler")


def pytest_configure(config: pytest.Config) -> None:
    for name in guards.foreign_variables(os.environ):
        del os.environ[name]
    guards.install(DEFAULT_STATE)


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
