"""A project in a folder of its own, applied as the command line would, with a clock that stands still."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.model.configuration.guard import Allowance, GuardId
from reconciler.model.configuration.plan import Plan
from reconciler.operations.configuration.apply_changes import Applied, ApplyOptions, apply_changes
from reconciler.operations.configuration.plan_changes import plan_changes
from reconciler.operations.configuration.rollback import roll_back
from reconciler.operations.context.workspace import Workspace
from reconciler.wiring import open_workspace

START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
EVERYTHING = tuple(Allowance(guard) for guard in GuardId if guard is not GuardId.IN_FLIGHT)


@dataclass
class Clock:
    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **units: float) -> None:
        self.at += timedelta(**units)


@dataclass
class Project:
    """One project; every guard that may be allowed is."""

    workspace: Workspace
    clock: Clock
    port: int
    heard: list[str] = field(default_factory=list)

    def write(self, text: str) -> None:
        self.workspace.manifests.mkdir(exist_ok=True)
        (self.workspace.manifests / "all.yaml").write_text(text.replace("PORT", str(self.port)))

    def plan(self, text: str = "") -> Plan:
        if text:
            self.write(text)
        return plan_changes(self.workspace, EVERYTHING)

    def apply(self, text: str = "") -> Applied:
        if text:
            self.write(text)
        return apply_changes(self.workspace, self.options())

    def roll_back(self, serial: int) -> Applied:
        return roll_back(self.workspace, serial, self.options())

    def events(self) -> list[str]:
        return [each.entry.event for each in self.workspace.state.journal.entries()]

    def options(self) -> ApplyOptions:
        return ApplyOptions(confirm=lambda _: True, notice=self.heard.append, allowed=EVERYTHING)


@pytest.fixture
def project(tmp_path: Path, silent_port: int) -> Iterator[Project]:
    """Empty."""
    clock, numbers = Clock(), itertools.count(1)
    opened = open_workspace(tmp_path, None, {"GITHUB_SHA": "0123456789abcdef", "GITHUB_ACTOR": "octo"})
    workspace = replace(opened, now=clock, new_id=lambda prefix: f"{prefix}_{next(numbers):05}")
    yield Project(workspace, clock, silent_port)
    workspace.state.close()  # type: ignore[attr-defined]


def group(name: str, *members: str, more: str = "") -> str:
    return (
        f"apiVersion: reconciler/v1\nkind: Group\nmetadata: {{name: {name}{more}}}\n"
        f"spec: {{members: [{', '.join(members or ('a@example.com',))}]}}\n---\n"
    )


SERVER = """\
apiVersion: reconciler/v1
kind: SmtpServer
metadata: {name: relay}
spec: {uri: "smtp://127.0.0.1:PORT", from: desk@example.com}
---
"""

APPROVAL = """\
apiVersion: reconciler/v1
kind: ApprovalProcess
metadata: {name: manual}
spec: {stages: [{approvers: [{group: desk}], expireAfter: 3d}]}
---
apiVersion: reconciler/v1
kind: ApprovalType
metadata: {name: run}
spec: {process: manual}
---
"""

TASK = """\
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: news, title: News}
spec:
  to: [{group: desk}]
  subject: News of today
  body: "All is well."
---
"""

DESK = group("desk", "a@example.com", "b@example.com")
WHOLE = SERVER + DESK + APPROVAL + TASK
