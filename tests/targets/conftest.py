"""A small project, applied, planned and applied in parts on a real state."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.model.configuration.guard import Allowance
from reconciler.model.configuration.plan import Plan
from reconciler.operations.configuration.apply_changes import Applied, ApplyOptions, apply_changes
from reconciler.operations.configuration.plan_changes import plan_changes
from reconciler.operations.configuration.rollback import destroy
from reconciler.operations.configuration.saved_plan import apply_file, plan_to_file
from reconciler.operations.context.workspace import Workspace
from reconciler.wiring import open_workspace
from tests.support.manifests import Document, document, write, yaml_text
from tests.targets.targeted import selectors


def small() -> dict[str, Document]:
    """A server, two groups, a task of its own and an approval with an activity; by address."""
    documents = [
        document("SmtpServer", "relay", {"uri": "smtp://localhost:25", "from": "desk@example.com"}),
        document("Group", "ops", {"members": ["rosa@example.com", "tariq@example.com"]}),
        document("Group", "staff", {"members": ["ann@example.com"]}),
        document("EmailTask", "notice", {"to": [{"group": "staff"}], "subject": "Rest", "body": "Rest.\n"}),
        document("EmailTask", "ask", {"context": "approval", "subject": "Door {{ fields.door }}", "body": "Ask.\n"}),
        document("ApprovalProcess", "manual", {"startActivity": "ask", "stages": [{"approvers": [{"group": "ops"}]}]}),
        document("ApprovalType", "door", {"process": "manual", "fields": {"door": {"required": True, "example": "4"}}}),
    ]
    return {f"{each['kind']}/{each['metadata']['name']}": each for each in documents}


@dataclass
class Project:
    folder: Path
    workspace: Workspace
    documents: dict[str, Document]

    def plan(self, *words: str) -> Plan:
        self._write()
        return plan_changes(self.workspace, targets=tuple(selectors(*words)))

    def apply(self, *words: str, expected: str = "") -> Applied:
        self._write()
        return apply_changes(self.workspace, self._options(expected=expected), tuple(selectors(*words)))

    def save(self, *words: str) -> Plan:
        self._write()
        return plan_to_file(self.workspace, self.folder / "change.plan", targets=tuple(selectors(*words)))

    def apply_saved(self) -> Applied:
        return apply_file(self.workspace, self.folder / "change.plan", self._options())

    def destroy(self, *words: str, allowed: tuple[Allowance, ...] = ()) -> Applied:
        return destroy(self.workspace, self._options(allowed=allowed), tuple(selectors(*words)))

    def spec(self, address: str) -> dict[str, object]:
        found: dict[str, object] = self.documents[address]["spec"]
        return found

    def stored(self) -> set[str]:
        return {str(address) for address in self.workspace.state.snapshots.read().resources}

    def _write(self) -> None:
        write(self.folder / "manifests", {"all.yaml": yaml_text(list(self.documents.values()))})

    def _options(self, *, expected: str = "", allowed: tuple[Allowance, ...] = ()) -> ApplyOptions:
        return ApplyOptions(confirm=lambda _: True, notice=lambda _: None, expected=expected, allowed=allowed)


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """Written, and not applied."""
    return Project(tmp_path, open_workspace(tmp_path, None, {}), small())


@pytest.fixture
def project(empty: Project) -> Project:
    empty.apply()
    return empty
