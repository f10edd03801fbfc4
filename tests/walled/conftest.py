"""Walled processes of a test's own: real ones, started in it and ended with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.operations.walled import pool, work
from tests.operations.conftest import applied, project
from tests.walled import deadly

__all__ = ["applied", "project"]

ALIVE = pool.BOOT


class Born(list[pool.Child]):
    """All walled processes that were started."""

    @property
    def alive(self) -> list[pool.Child]:
        return [child for child in self if child.alive]


@pytest.fixture
def born(monkeypatch: pytest.MonkeyPatch) -> Iterator[Born]:
    """None at first."""
    found = Born()

    class Noted(pool.Child):
        def __init__(self) -> None:
            super().__init__()
            found.append(self)

    pool.POOL.close()
    monkeypatch.setattr(pool, "Child", Noted)
    yield found
    pool.POOL.close()
    assert found.alive == []


@pytest.fixture
def quick(born: Born, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails that say ``die:HOW`` do so, under limits that do not take long to reach."""
    monkeypatch.setattr(pool, "BOOT", deadly.BOOT)
    monkeypatch.setattr(work, "WALL_SECONDS", 2)
