"""Deleting everything is one danger, judged once, in words that fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.configuration.guard import Allowance, GuardId
from reconciler.model.configuration.plan import Plan
from reconciler.model.errors import Blocked
from reconciler.operations.configuration.apply_changes import ApplyOptions, apply_changes
from reconciler.operations.configuration.rollback import destroy
from reconciler.operations.context.workspace import Workspace
from reconciler.wiring import open_workspace
from tests.guards.planned import allow
from tests.support.manifests import document, write, yaml_text

PROJECT = """
apiVersion: reconciler/v1
kind: Project
metadata: {name: mail}
spec: {mail: {deliver: hold}, guards: {deletions: 3}}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A project that is stricter than the defaults, applied."""
    server = document("SmtpServer", "relay", {"uri": "smtp://localhost:25", "from": "desk@example.com"})
    groups = [document("Group", name, {"members": ["rosa@example.com"]}) for name in ("one", "two")]
    write(tmp_path / "manifests", {"all.yaml": yaml_text([server, *groups])})
    (tmp_path / "reconciler.yaml").write_text(PROJECT)
    workspace = open_workspace(tmp_path, None, {})
    apply_changes(workspace, ApplyOptions(confirm=lambda _: True, notice=lambda _: None))
    return workspace


def destroyed(workspace: Workspace, *allowed: Allowance) -> Plan:
    shown: list[Plan] = []
    options = ApplyOptions(confirm=lambda _: False, notice=lambda _: None, show=shown.append, allowed=allowed)
    try:
        return destroy(workspace, options).plan
    except Blocked:
        return shown[0]


def test_destroy_asks_for_one_allowance(workspace: Workspace) -> None:
    plan = destroyed(workspace)
    assert [guard.id for guard in plan.guards] == [GuardId.DELETIONS]
    assert not destroyed(workspace, allow("deletions")).blocked


def test_destroy_does_not_speak_of_manifests(workspace: Workspace) -> None:
    plan = destroyed(workspace)
    assert {change.reason for change in plan.changes} == {"destroy asks for it"}
    assert "manifest" not in plan.guards[0].trouble


def test_a_project_file_that_is_removed_alone_is_weaker(workspace: Workspace) -> None:
    (workspace.folder / "reconciler.yaml").unlink()
    with pytest.raises(Blocked, match="weakening=Project/mail"):
        apply_changes(open_workspace(workspace.folder, None, {}), ApplyOptions(lambda _: True, lambda _: None))
