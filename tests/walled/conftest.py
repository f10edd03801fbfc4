"""Walled processes of a test's own: real ones, started in it and ended with it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from reconciler.operations.walled import pool, work
from tests.operations.conftest import applied, project
from tests.walled import deadly

__all__ = ["applied", "project"]

ALIVE = pool.BOOT


class Born(list[int]):
    """The ids of all walled processes that were started."""

    @property
    def alive(self) -> list[int]:
        return [process for process in self if _is_alive(process)]


@pytest.fixture
def born(monkeypatch: pytest.MonkeyPatch) -> Iterator[Born]:
    """None at first."""
    found = Born()

    class Noted(pool.Child):
        def __init__(self) -> None:
            super().__init__()
            found.append(self.process.pid)

    pool.POOL.close()
    monkeypatch.setattr(pool, "Child", Noted)
    yield found
    pool.POOL.close()
    assert found.alive == []


@pytest.fixture
def quick(born: Born, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails that say ``die:HOW`` do so, under limits that do not take long to reach."""
    monkeypatch.setattr(pool, "BOOT", deadly.BOOT)
    monkeypatch.setattr(work, "WALL_SECONDS", 3)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
