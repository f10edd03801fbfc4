"""A project with a project file, worked on as the command line works on it, with real mail to a real server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

import pytest

from reconciler.model.configuration.guard import Allowance, GuardId
from reconciler.model.configuration.plan import Plan
from reconciler.model.errors import InvalidManifests
from reconciler.operations.configuration.apply_changes import Applied, ApplyOptions, apply_changes
from reconciler.operations.configuration.desired import read_desired
from reconciler.operations.configuration.plan_changes import plan_changes
from reconciler.operations.context.workspace import Workspace
from reconciler.wiring import open_workspace

HEAD = "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: mail, title: Mail of ours}\nspec:\n"

RELAY = """
apiVersion: reconciler/v1
kind: SmtpServer
metadata: {name: relay}
spec: {uri: "smtp://127.0.0.1:2525", from: desk@example.com}
"""

NEWS = """
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: news, title: News}
spec:
  to: [a@example.com, b@example.org]
  bcc: [c@example.net]
  subject: News of {{ project.title }} in {{ environment }}
  body: "All is well."
"""


@dataclass
class Project:
    """One folder. ``write`` names files relative to it; ``variables`` is the environment of the process."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)

    def write(self, **files: str) -> None:
        """Files by name, ``__`` for ``/``, each ending in .yaml."""
        for name, text in files.items():
            path = self.folder / (name.replace("__", "/") + ".yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))

    def says(self, spec: str) -> None:
        """The project file."""
        indented = "".join(f"  {line}\n" for line in dedent(spec).strip().splitlines())
        self.write(reconciler=HEAD + indented)

    def open(self, env: str | None = None) -> Workspace:
        return open_workspace(self.folder, None, self.variables, env=env)

    def faults(self, env: str | None = None) -> list[str]:
        """Every diagnostic as one text."""
        try:
            found = read_desired(self.open(env)).diagnostics
        except InvalidManifests as fault:
            found = fault.diagnostics
        return [f"{each.place}: {each.summary}: {each.detail} | {each.hint}" for each in found]

    def spec(self, address: str, env: str | None = None) -> Mapping[str, object]:
        """The desired spec of one resource."""
        desired = read_desired(self.open(env)).require_valid()
        return next(record.spec for each, record in desired.records.items() if str(each) == address)

    def plan(self, env: str | None = None) -> Plan:
        return plan_changes(self.open(env))

    def changes(self, env: str | None = None) -> list[str]:
        return [f"{each.action} {each.address} ({each.owner}): {each.reason}" for each in self.plan(env).changes]

    def apply(self, env: str | None = None) -> Applied:
        allowed = (Allowance(GuardId.WEAKENING),)
        options = ApplyOptions(confirm=lambda _: True, notice=self.heard.append, allowed=allowed)
        return apply_changes(self.open(env), options)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A server and a task."""
    made = Project(tmp_path)
    made.write(manifests__relay=RELAY, manifests__news=NEWS)
    return made
