"""What a mail will say has one path: a request that is made and the same request as a sample read alike, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, make_dataclass, replace
from typing import Any

import pytest

from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.mail import build_context
from reconciler.kinds.registry import REGISTRY
from reconciler.messages.contexts.invented import Invented
from reconciler.messages.contexts.values import ContextApproval, ContextTask, RequestView
from reconciler.messages.mail import Head, MailCase
from reconciler.model.approvals.request import Choice
from reconciler.operations.approvals import approval_mail
from reconciler.operations.approvals.decide import cancel_request, decide
from reconciler.operations.approvals.request_approval import request_approval
from reconciler.operations.authoring import render_task
from reconciler.operations.context.applied_state import read_applied
from reconciler.operations.mail import write_mail
from reconciler.operations.mail.send_task import Sending, write_task
from reconciler.operations.walled.items import Letter

WHOLE = """
apiVersion: reconciler/v1
kind: SmtpServer
metadata: {name: relay}
spec: {uri: "smtp://localhost:2525", from: Approval Desk <desk@example.com>}
---
apiVersion: reconciler/v1
kind: Group
metadata: {name: desk, title: Service Desk}
spec: {members: [Rosa <rosa@example.com>, tariq@elsewhere.example]}
---
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: ask, title: Ask, labels: {team: desk}}
spec: {context: approval, subject: "{{ request.subject }}", body: "{{ request.reason }}", parameters: {note: kept}}
---
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: news, title: News}
spec: {to: rosa@example.com, cc: tariq@elsewhere.example, from: News <news@example.com>, subject: News, body: All is well}
---
apiVersion: reconciler/v1
kind: ApprovalProcess
metadata: {name: manual, title: Manual approval}
spec: {startActivity: ask, requireComment: always, stages: [{name: keepers, approvers: [{group: desk}], quorum: 2}]}
---
apiVersion: reconciler/v1
kind: ApprovalType
metadata: {name: run, title: Run an application, description: Any}
spec:
  process: manual
  fields:
    file: {required: true, title: File, example: npp.exe}
    count: {type: integer, example: 4}
"""
ENDS = {
    "approved": [(Choice.APPROVE, "rosa@example.com"), (Choice.APPROVE, "tariq@elsewhere.example")],
    "denied": [(Choice.DENY, "rosa@example.com")],
    "cancelled": [],
}
OWN = {"id", "digest", "createdAt", "expiresAt", "openedAt", "completedAt", "scheduledAt", "startedAt", "at", "now"}
"""What no two requests share: ids and times. ``submittedBy`` and ``by`` are who types."""


@dataclass
class Written:
    """Every letter that is written on the way to the wire."""

    letters: list[Letter]

    def one(self, item: Letter) -> Any:
        self.letters.append(item)
        return self.job.one(item)

    job: Any = write_mail._WRITE


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    made = Written([])
    monkeypatch.setattr(write_mail, "_WRITE", made)
    return made


def plain(value: Any) -> Any:
    """The value with nothing in it that is its own: ids and times say that they are there."""
    if hasattr(value, "__dataclass_fields__"):
        return {each.name: _own(each.name, getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: _own(str(name), each) for name, each in value.items()}
    return value


def _own(name: str, value: Any) -> Any:
    if name in OWN:
        return type(value)
    if name == "commands":
        return bool(value.approve), bool(value.deny), value.deny.rpartition("--comment")[2]
    return None if name in ("submittedBy", "by") else plain(value)


def case_of(project: Any, kind: str, name: str, slot: str) -> MailCase:
    world = read_applied(project.workspace).world
    [resource] = [each for address, each in world.resources.items() if str(address) == f"{kind}/{name}"]
    return next(case for case in REGISTRY[kind].mails(resource, world) if case.head.slot == slot)


def ask(project: Any) -> str:
    """A request that has what the typical sample has."""
    henri, reason = "Henri Grimm <henri.grimm@example.com>", "Needed for the quarterly maintenance window on Saturday."
    assert str(Invented().person(0).mailbox) == henri
    made: str = request_approval(project.workspace, "run", henri, reason, {"file": "npp.exe", "count": "4"}).id
    return made


def headers(letter: Letter) -> tuple[object, ...]:
    return letter.headers.sender, letter.headers.to, letter.headers.cc, letter.headers.reply_to


def sample_headers(case: MailCase, context: Mapping[str, Any]) -> tuple[object, ...]:
    envelope = render_task._envelope(case, context)
    return envelope.sender, envelope.to, envelope.cc, (envelope.reply_to,) if envelope.reply_to else ()


def test_a_request_that_opens_reads_as_its_sample(empty: Any, written: Written) -> None:
    empty.apply(WHOLE)
    ask(empty)
    case = case_of(empty, "EmailTask", "ask", "start")
    assert case.sampling is not None
    sample = case.sampling.titled("Run an application: npp.exe").make("typical")
    letter = written.letters[0]
    assert list(letter.context) == [each.name for each in fields(ContextApproval)]
    assert plain(letter.context) == plain(sample)
    assert headers(letter) == sample_headers(case, sample)
    assert letter.prefix == case.prefix


@pytest.mark.parametrize("outcome", ENDS)
def test_a_request_that_ends_reads_as_its_sample(empty: Any, written: Written, outcome: str) -> None:
    empty.apply(WHOLE)
    id = ask(empty)
    words = {Choice.APPROVE: "Checked and agreed.", Choice.DENY: "Not before the audit is over."}
    for choice, person in ENDS[outcome]:
        decide(empty.workspace, id, choice, person, words[choice])
    if outcome == "cancelled":
        cancel_request(empty.workspace, id)
    case = case_of(empty, "ApprovalProcess", "manual", "completed")
    assert case.sampling is not None
    sampling = replace(case.sampling, outcomes=(outcome,)).titled("Run an application: npp.exe")
    sample, letter = sampling.make("typical"), written.letters[-1]
    assert plain(letter.context) == plain(sample)
    assert headers(letter) == sample_headers(case, sample)


def test_a_run_reads_as_its_sample(empty: Any, written: Written) -> None:
    empty.apply(WHOLE)
    write_task(empty.workspace, Sending("news"))
    write_task(empty.workspace, Sending("news", (str(Invented().person(1).mailbox),)))
    case = case_of(empty, "EmailTask", "news", "task")
    assert case.sampling is not None
    whole, alone = written.letters
    sample = case.sampling.make("typical")
    assert list(alone.context) == [each.name for each in fields(ContextTask)]
    assert plain(alone.context) == plain(sample)
    assert headers(whole) == sample_headers(case, sample)


def test_what_stands_above_a_mail_in_a_plan_is_what_it_is_sent_with(empty: Any) -> None:
    empty.apply(WHOLE)
    head: Head = case_of(empty, "EmailTask", "ask", "start").head
    assert [str(each) for each in (*head.envelope.to, head.envelope.reply_to)] == ["the approver", "the requester"]
    assert str(head.envelope.sender) == "Approval Desk <desk@example.com>"


def test_a_new_field_of_a_request_is_in_both(empty: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    empty.apply(WHOLE)
    id = ask(empty)
    planted = make_dataclass("Planted", [("planted", str, "here")], bases=(RequestView,), frozen=True)
    monkeypatch.setattr(build_context, "RequestView", planted)
    case = case_of(empty, "EmailTask", "ask", "start")
    assert {context["request"].planted for context in case.samples.values()} == {"here"}
    context = build_context.build_context(*real_reading(empty, id))
    assert context["request"].planted == "here"


def test_a_new_field_that_nobody_fills_fails_in_both(empty: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    empty.apply(WHOLE)
    id = ask(empty)
    planted = make_dataclass("Planted", [("planted", str)], bases=(RequestView,), frozen=True, kw_only=True)
    monkeypatch.setattr(build_context, "RequestView", planted)
    with pytest.raises(TypeError, match="planted"):
        case_of(empty, "EmailTask", "ask", "start").samples  # noqa: B018
    with pytest.raises(TypeError, match="planted"):
        real_reading(empty, id)


def real_reading(project: Any, id: str) -> tuple[Any, Any]:
    """A stored request as it is shown, and a reading of it."""
    from_state = project.workspace.state.requests.get(id)
    applied = read_applied(project.workspace)
    assert applied.world.get(ApprovalTypeSpec, from_state.type)
    shown = build_context.show_request(from_state, approval_mail._around(from_state, applied))
    recipient = applied.world.people(from_state.current.approvers)[0]
    task = build_context.TaskView("ask", "Ask")
    return shown, build_context.Reading(recipient, "start", from_state.created, task, {})
