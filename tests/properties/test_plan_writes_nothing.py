"""A plan reads its state backend and nothing else: here every other method of it raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.operations.configuration.plan_changes import plan_changes
from reconciler.operations.configuration.preview_mail import Preview
from tests.properties.conftest import Project
from tests.support.manifests import document, write, yaml_text

READS = {
    "read",
    "blobs",
    "needed",
    "last_uses",
    "all",
    "get",
    "find",
    "attempts",
    "entries",
    "head",
    "last",
    "current",
    "name",
}


class Reading:
    """A state, or a part of one, whose every write raises, and which no secret or mail server can be asked through."""

    def __init__(self, part: Any, depth: int = 0) -> None:
        self._part, self._depth = part, depth

    def __getattr__(self, name: str) -> Any:
        if self._depth == 0 and name != "name":
            return Reading(getattr(self._part, name), 1)
        if name not in READS:
            raise AssertionError(f"a plan called {type(self._part).__name__}.{name}")
        return getattr(self._part, name)


@pytest.mark.parametrize("preview", Preview)
def test_a_plan_of_every_action_writes_nothing(new_project: Callable[[], Project], preview: Preview) -> None:
    project = new_project()
    task = {"to": "a@example.com", "subject": "S", "body": "B\n"}
    server = document("SmtpServer", "relay", {"uri": "smtp://localhost", "from": "desk@example.com"})
    old = [server, document("EmailTask", "kept", task), document("EmailTask", "gone", task)]
    project.apply({"a.yaml": yaml_text(old)})
    before = _contents(project)
    new = [server, document("EmailTask", "kept", {**task, "body": "C\n"}), document("EmailTask", "new", task)]
    write(project.folder / "manifests", {"a.yaml": yaml_text(new)})
    held = replace(project.workspace, state=Reading(project.workspace.state), secrets=None, transport=None)
    plan = plan_changes(held, preview=preview)
    assert plan.summary | {"move": 0} == {"create": 1, "update": 1, "delete": 1, "move": 0, "unchanged": 1}
    assert _contents(project) == {**before, project.folder / "manifests/a.yaml": yaml_text(new).encode()}


def _contents(project: Project) -> dict[Path, bytes]:
    """Every file of the project but the memory SQLite's readers share, in which they note that they read."""
    files = [path for path in project.folder.rglob("*") if path.is_file() and not path.name.endswith("-shm")]
    return {path: path.read_bytes() for path in files}
