"""A project that can be written, planned and applied over and over, on a real state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.model.configuration.guard import Allowance, GuardId
from reconciler.model.configuration.plan import Plan
from reconciler.operations.configuration.apply_changes import Applied, ApplyOptions, apply_changes
from reconciler.operations.configuration.plan_changes import plan_changes
from reconciler.operations.context.workspace import Workspace
from reconciler.wiring import open_workspace
from tests.support.manifests import write


@dataclass
class Project:
    folder: Path
    workspace: Workspace

    def plan(self, files: Mapping[str, str]) -> Plan:
        write(self.folder / "manifests", files)
        return plan_changes(self.workspace)

    def apply(self, files: Mapping[str, str]) -> Applied:
        write(self.folder / "manifests", files)
        """With every guard allowed."""
        everything = tuple(map(Allowance, GuardId))
        options = ApplyOptions(confirm=lambda _: True, notice=lambda _: None, allowed=everything)
        return apply_changes(self.workspace, options)


@pytest.fixture
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Project]:
    """Makes projects, each with a state of its own."""

    def make() -> Project:
        folder = tmp_path_factory.mktemp("project")
        return Project(folder, open_workspace(folder, None, {}))

    return make
