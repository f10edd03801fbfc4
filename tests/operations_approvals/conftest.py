"""A project in a folder, applied to a real SQLite state, with a clock that stands still until it is told to move."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from reconciler.kinds.registry import REGISTRY
from reconciler.model.approvals.request import Request
from reconciler.model.configuration.guard import Allowance, GuardId
from reconciler.model.errors import SecretMissing, TransportFault
from reconciler.model.mail.message import Attempt, Fate, Message, MessageState, Verdict
from reconciler.model.mail.route import Route, SecretName
from reconciler.operations.approvals.move_due_requests import move_due_requests, note_acceptance
from reconciler.operations.approvals.request_approval import request_approval
from reconciler.operations.configuration.apply_changes import ApplyOptions, apply_changes
from reconciler.operations.context.workspace import Caller, Workspace
from reconciler.sources.plan_key import PlanKeys
from reconciler.state.sqlite.backend import SqliteState
from reconciler.wiring import NAMED_IN

START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)

SERVER = """
apiVersion: reconciler/v1
kind: SmtpServer
metadata: {name: relay}
spec: {uri: "smtp://localhost:2525", from: Approval Desk <desk@example.com>}
"""

SMALL = (
    SERVER
    + """
---
apiVersion: reconciler/v1
kind: ApprovalProcess
metadata: {name: manual-email, title: Manual approval}
spec: {stages: [{approvers: [Rosa <rosa@example.com>, tariq@example.com]}]}
---
apiVersion: reconciler/v1
kind: ApprovalType
metadata: {name: run-application, title: Run an application}
spec:
  process: manual-email
  subject: "run {{ fields.file }}"
  fields:
    file: {required: true, title: File, example: npp.exe}
    count: {type: integer, title: How many, min: 1, max: 9}
"""
)


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


class NoTransport:
    """Delivery is told by the tests; nothing may connect."""

    def connect(self, route: Route) -> object:
        raise TransportFault("No network in tests", phase="connect")


class NoSecrets:
    def value(self, name: SecretName) -> str:
        raise SecretMissing("No secrets in tests")


@dataclass
class Project:
    """One project: its manifests, its workspace, its clock."""

    workspace: Workspace
    clock: Clock

    def apply(self, manifests: str, templates: dict[str, str] | None = None) -> None:
        self.workspace.manifests.mkdir(exist_ok=True)
        (self.workspace.manifests / "all.yaml").write_text(manifests)
        for name, text in (templates or {}).items():
            path = self.workspace.folder / "templates" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        allowed = (Allowance(GuardId.WEAKENING), Allowance(GuardId.IN_FLIGHT))
        apply_changes(self.workspace, ApplyOptions(confirm=lambda _: True, notice=lambda _: None, allowed=allowed))

    def ask(self, **changes: object) -> Request:
        given: dict[str, object] = {
            "type": "run-application",
            "requester": "asker@example.org",
            "reason": "To edit logs",
            "fields": {"file": "npp.exe"},
        }
        return request_approval(self.workspace, **{**given, **changes})  # type: ignore[arg-type]

    def request(self, id: str) -> Request:
        found = self.workspace.state.requests.get(id)
        assert found is not None
        return found

    def messages(self, request: str, *states: MessageState) -> list[Message]:
        """Oldest first."""
        return list(reversed(self.workspace.state.outbox.find(states, request=request)))

    def waiting(self, request: str) -> list[str]:
        """The addresses unsent mail goes to."""
        return [fate.address for m in self.messages(request, MessageState.QUEUED) for fate in m.fates]

    def deliver(self, verdict: Verdict = Verdict.DELIVERED, *, note: bool = True, to: str = "") -> None:
        """Everything due meets this verdict; with ``note``, requests are told as the delivery loop tells them."""
        now, deliveries = self.clock(), self.workspace.state.deliveries
        for claimed in deliveries.claim(now, token="t", until=now + timedelta(minutes=1), limit=100):
            message = claimed.message
            if to and message.fates[0].address != to:
                continue
            fates = tuple(Fate(fate.address, verdict, "said so", now) for fate in message.fates)
            state, due = _AFTER[verdict], now + timedelta(minutes=10)
            settled = replace(message, fates=fates, state=state, due=due, attempts=message.attempts + 1)
            deliveries.settle(settled, "t", Attempt(message.id, now, "relay"), None)
            if note:
                note_acceptance(self.workspace, settled)
        deliveries.release("t", now)

    def run(self) -> dict[str, int]:
        return dict(move_due_requests(self.workspace, notice=lambda _: None).requests)

    def events(self) -> list[str]:
        return [each.entry.event for each in self.workspace.state.journal.entries()]

    def last_entry(self) -> dict[str, object]:
        head = self.workspace.state.journal.head()
        assert head is not None
        return dict(head.entry.data)


_AFTER = {
    Verdict.DELIVERED: MessageState.DELIVERED,
    Verdict.FAILED: MessageState.FAILED,
    Verdict.RETRY: MessageState.DEFERRED,
}


def mail(message: Message) -> EmailMessage:
    parsed = message_from_bytes(message.data, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def text(message: Message) -> str:
    body = mail(message).get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@pytest.fixture
def read() -> Callable[[Message], EmailMessage]:
    return mail


@pytest.fixture
def text_of() -> Callable[[Message], str]:
    return text


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Project]:
    clock, state = Clock(), SqliteState(tmp_path / ".reconciler" / "state.db", NAMED_IN)
    caller = Caller("ci", "sam@build-7", "build-7", 1, "1")
    workspace = Workspace(
        tmp_path, REGISTRY, state, NoTransport(), NoSecrets(), caller, clock, Ids(), PlanKeys(tmp_path)
    )  # type: ignore[arg-type]
    yield Project(workspace, clock)
    state.close()


@pytest.fixture
def project(empty: Project) -> Project:
    empty.apply(SMALL)
    return empty


def _manifests(quorum: object = 1, process: str = "", approvers: str = "[rosa@example.com, tariq@example.com]") -> str:
    lines = "".join(f"\n  {line}" for line in process.splitlines())
    stage = f"{{approvers: {approvers}, quorum: {quorum}, expireAfter: 2d}}"
    return SMALL.replace(
        "\nspec: {stages: [{approvers: [Rosa <rosa@example.com>, tariq@example.com]}]}",
        f"\nspec:\n  stages: [{stage}]{lines}",
    )


@pytest.fixture
def manifests() -> Callable[..., str]:
    """The small project with another stage, and further lines in its process."""
    return _manifests
