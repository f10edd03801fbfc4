"""A workspace as the command line gets it, with a clock that stands still; and a server that can be put anywhere."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.delivery.protocols import Connection
from reconciler.delivery.smtp import SmtpTransport
from reconciler.kinds.registry import REGISTRY
from reconciler.messages.outcomes.verdict import judge_reply
from reconciler.model.configuration.plan import Plan
from reconciler.model.journal import Entry
from reconciler.model.mail.message import Attempt, Message
from reconciler.model.mail.route import Route
from reconciler.operations.configuration.apply_changes import Applied, ApplyOptions, apply_changes
from reconciler.operations.configuration.plan_changes import plan_changes
from reconciler.operations.context.workspace import Caller, Workspace
from reconciler.operations.mail.deliver import run_due
from reconciler.operations.mail.send_task import Sending, send_task, write_task
from reconciler.sources.plan_key import PlanKeys
from reconciler.sources.secrets import EnvironmentSecrets
from reconciler.state.sqlite.backend import SqliteState
from reconciler.wiring import NAMED_IN

START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


@dataclass
class Clock:
    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **units: float) -> datetime:
        self.at += timedelta(**units)
        return self.at


@dataclass
class Ids:
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __call__(self, prefix: str) -> str:
        return f"{prefix}_{next(self.numbers):05}"


@dataclass
class Moved:
    """The real SMTP transport, led to ``port`` of this machine whatever the manifest says; counts connections.

    So that a project can be applied before there is a server.
    """

    secrets: EnvironmentSecrets
    port: int
    routes: list[Route] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def connect(self, route: Route) -> Connection:
        self.routes.append(route)
        self.before()
        return SmtpTransport(self.secrets, judge_reply).connect(replace(route, host="127.0.0.1", port=self.port))


@dataclass
class Project:
    """One project: a folder with manifests, a state, and the clock everything goes by."""

    workspace: Workspace
    clock: Clock
    transport: Moved
    environment: dict[str, str]
    heard: list[str] = field(default_factory=list)

    def write(self, manifests: str, **templates: str) -> None:
        """The one manifest file, and templates by name, `_` for `.`."""
        self.workspace.manifests.mkdir(exist_ok=True)
        (self.workspace.folder / "templates").mkdir(exist_ok=True)
        (self.workspace.manifests / "all.yaml").write_text(manifests)
        for name, text in templates.items():
            (self.workspace.folder / "templates" / name.replace("_", ".")).write_text(text)

    def plan(self) -> Plan:
        return plan_changes(self.workspace)

    def apply(self, manifests: str = "", **templates: str) -> Applied:
        if manifests:
            self.write(manifests, **templates)
        return apply_changes(self.workspace, ApplyOptions(confirm=lambda _: True, notice=self.heard.append))

    def send(self, task: str = "news", *to: str, **parameters: str) -> Message:
        return send_task(self.workspace, Sending(task, to, tuple(parameters.items())), self.heard.append)

    def store(self, count: int = 1) -> list[Message]:
        """So many messages in the outbox, none tried yet."""
        messages = [write_task(self.workspace, Sending("news")) for _ in range(count)]
        entry = Entry("task.sent", "test", "test", self.clock(), {})
        self.workspace.state.outbox.add(messages, entry)
        return messages

    def run(self, stop: Callable[[], bool] = lambda: False) -> dict[str, int]:
        return dict(run_due(self.workspace, stop=stop, notice=self.heard.append).messages)

    def message(self, id: str) -> Message:
        found = self.workspace.state.outbox.get(id)
        assert found is not None
        return found

    def attempts(self, id: str) -> Sequence[Attempt]:
        return self.workspace.state.outbox.attempts(id)

    def events(self) -> list[str]:
        return [each.entry.event for each in self.workspace.state.journal.entries()]


@pytest.fixture
def project(tmp_path: Path, silent_port: int) -> Iterator[Project]:
    """Empty."""
    clock, state, environment = Clock(), SqliteState(tmp_path / ".reconciler" / "state.db", NAMED_IN), dict[str, str]()
    secrets = EnvironmentSecrets(environment)
    transport = Moved(secrets, silent_port)
    caller = Caller("ci", "sam@build-7", "build-7", 1, "1")
    workspace = Workspace(tmp_path, REGISTRY, state, transport, secrets, caller, clock, Ids(), PlanKeys(tmp_path))
    yield Project(workspace, clock, transport, environment)
    state.close()


SERVER = """
apiVersion: reconciler/v1
kind: SmtpServer
metadata: {name: relay}
spec: {uri: "smtp://127.0.0.1:2525", from: desk@example.com}
"""

TASK = """
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: news, title: News}
spec:
  to: [a@example.com]
  subject: News of today
  body: "All is well."
"""

APPROVAL = """
apiVersion: reconciler/v1
kind: ApprovalProcess
metadata: {name: manual}
spec: {stages: [{approvers: [rosa@example.com]}]}
---
apiVersion: reconciler/v1
kind: ApprovalType
metadata: {name: run}
spec: {process: manual}
"""

SMALL = f"{SERVER}---{TASK}"
WHOLE = f"{SMALL}---{APPROVAL}"


@pytest.fixture
def applied(project: Project) -> Project:
    """A server and a task."""
    project.apply(SMALL)
    return project
