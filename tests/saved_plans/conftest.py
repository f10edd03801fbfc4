"""A small project that is planned to a file and applied from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from reconciler.model.configuration.guard import Allowance
from reconciler.model.configuration.plan import Plan
from reconciler.operations.configuration.apply_changes import Applied, ApplyOptions, apply_changes
from reconciler.operations.configuration.saved_plan import apply_file, plan_to_file
from reconciler.operations.context.workspace import Workspace
from reconciler.wiring import open_workspace

GROUP = """
apiVersion: reconciler/v1
kind: Group
metadata: {{name: {name}}}
spec: {{members: [{member}@example.com]}}
"""


def group(name: str, member: str) -> str:
    return GROUP.format(name=name, member=member)


@dataclass
class Project:
    workspace: Workspace
    shown: list[Plan] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.workspace.folder

    @property
    def file(self) -> Path:
        return self.folder / "change.plan"

    def write(self, *manifests: str) -> None:
        self.workspace.manifests.mkdir(exist_ok=True)
        (self.workspace.manifests / "all.yaml").write_text("---".join(manifests))

    def apply(self, *manifests: str) -> Applied:
        self.write(*manifests)
        return apply_changes(self.workspace, self.options())

    def save(self, *manifests: str, allowed: tuple[Allowance, ...] = ()) -> Plan:
        self.write(*manifests)
        return plan_to_file(self.workspace, self.file, allowed)

    def apply_saved(self, file: Path | None = None) -> Applied:
        return apply_file(self.workspace, file or self.file, self.options())

    def options(self) -> ApplyOptions:
        return ApplyOptions(show=self.shown.append, confirm=lambda _: True, notice=lambda _: None)

    def environment(self, **variables: str) -> Project:
        return Project(open_workspace(self.folder, None, variables))

    def members(self) -> list[str]:
        records = self.workspace.state.snapshots.read().resources.values()
        return [str(record.spec["members"]) for record in records]

    def with_(self, **changes: object) -> Project:
        return Project(replace(self.workspace, **changes))  # type: ignore[arg-type]


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Project]:
    def made(name: str) -> Project:
        (tmp_path / name).mkdir()
        return Project(open_workspace(tmp_path / name, None, {}))

    return made


@pytest.fixture
def project(make: Callable[[str], Project]) -> Project:
    return make("project")
