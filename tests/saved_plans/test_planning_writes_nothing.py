"""The planner runs with a state whose every write raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reconciler.operations.configuration.plan_changes import plan_changes
from reconciler.operations.configuration.saved_plan import plan_to_file
from tests.saved_plans.conftest import Project, group

READS = {
    "snapshots": {"read", "blobs", "needed", "last_uses"},
    "requests": {"get", "find", "due"},
    "journal": {"entries", "head", "last"},
    "suspensions": {"all", "get"},
    "freezes": {"current"},
    "history": {"revisions", "since", "of"},
}


class ReadOnly:
    """A part of a state that lets through what reads; anything else raises."""

    def __init__(self, part: Any, allowed: set[str]) -> None:
        self._part, self._allowed = part, allowed

    def __getattr__(self, name: str) -> Any:
        if name not in self._allowed:
            raise AssertionError(f"planning used {type(self._part).__name__}.{name}")
        return getattr(self._part, name)


class ReadOnlyState:
    def __init__(self, state: Any) -> None:
        self._state = state
        self.name = state.name

    def __getattr__(self, name: str) -> Any:
        return ReadOnly(getattr(self._state, name), READS.get(name, set()))


@pytest.fixture(params=["empty", "applied"])
def reader(request: pytest.FixtureRequest, project: Project) -> Project:
    if request.param == "applied":
        project.apply(group("one", "a"), group("two", "b"), group("three", "c"))
    state: Any = ReadOnlyState(project.workspace.state)
    return Project(replace(project.workspace, state=state))


PLANNERS: list[Callable[[Project], object]] = [
    lambda project: plan_changes(project.workspace),
    lambda project: plan_to_file(project.workspace, project.file),
]


@pytest.mark.parametrize("plan", PLANNERS, ids=["plan", "plan --out"])
def test_planning_writes_nothing_to_the_state(reader: Project, plan: Callable[[Project], object]) -> None:
    reader.write(group("one", "z"), group("four", "d"))
    (reader.folder / "acknowledgements.yaml").write_text("- {guard: deletions, reason: x}\n")
    plan(reader)


def test_planning_the_empty_state_makes_no_file(project: Project) -> None:
    project.write(group("one", "a"))
    plan_changes(project.workspace)
    assert not (project.folder / ".reconciler").exists()
