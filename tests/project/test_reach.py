"""Whom mail really reaches: a real server gets it, from a project that redirects or holds."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage

import pytest

from reconciler.model.approvals.request import Choice
from reconciler.model.journal import Entry
from reconciler.model.mail.message import Fate, MessageState, Verdict
from reconciler.operations.approvals.decide import decide
from reconciler.operations.approvals.request_approval import request_approval
from reconciler.operations.mail.deliver import run_due
from reconciler.operations.mail.send_task import Sending, send_task, write_task
from reconciler.testkit.capture import CapturedMail, CaptureServer
from tests.project.conftest import NEWS, RELAY, Project

REDIRECT = "{deliver: redirect, redirectTo: qa@example.com, allow: ['*@example.net'], subjectPrefix: '[test]'}"


@pytest.fixture
def server() -> Iterator[CaptureServer]:
    with CaptureServer() as running:
        yield running


@pytest.fixture
def reaching(project: Project, server: CaptureServer) -> Project:
    project.write(manifests__relay=RELAY.replace("smtp://127.0.0.1:2525", server.uri))
    return project


def says(project: Project, mail: str) -> None:
    project.says(f"environments: {{staging: {{mail: {mail}}}}}")
    project.apply("staging")


def send(project: Project) -> MessageState:
    return send_task(project.open("staging"), Sending("news"), project.heard.append).state


def parsed(mail: CapturedMail) -> EmailMessage:
    message = email.message_from_bytes(mail.data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_redirected_mail_reaches_one_address_and_says_for_whom_it_was(reaching: Project, server: CaptureServer) -> None:
    says(reaching, REDIRECT.replace("'*@example.net'", ""))
    assert send(reaching) is MessageState.DELIVERED
    (mail,) = server.mails
    message = parsed(mail)
    assert mail.recipients == ("qa@example.com",) or list(mail.recipients) == ["qa@example.com"]
    assert message["X-Reconciler-Intended-To"] == "a@example.com, b@example.org, c@example.net"
    assert (message["To"], message["Subject"]) == (
        "a@example.com, b@example.org",
        "[test] News of Mail of ours in staging",
    )


def test_allowed_addresses_get_real_mail_and_blind_copies_stay_blind(reaching: Project, server: CaptureServer) -> None:
    says(reaching, REDIRECT)
    send(reaching)
    (mail,) = server.mails
    assert sorted(mail.recipients) == ["c@example.net", "qa@example.com"]
    assert parsed(mail)["X-Reconciler-Intended-To"] == "a@example.com, b@example.org"


def test_held_mail_waits_and_leaves_when_it_is_delivered_again(reaching: Project, server: CaptureServer) -> None:
    says(reaching, "{deliver: hold}")
    assert send(reaching) is MessageState.QUEUED
    run_due(reaching.open("staging"), notice=reaching.heard.append)
    assert list(server.mails) == []
    says(reaching, REDIRECT.replace("'*@example.net'", ""))
    run_due(reaching.open("staging"), notice=reaching.heard.append)
    (mail,) = server.mails
    assert list(mail.recipients) == ["qa@example.com"]
    assert parsed(mail)["X-Reconciler-Intended-To"] == "a@example.com, b@example.org, c@example.net"


def test_mail_is_for_real_where_the_project_says_so(reaching: Project, server: CaptureServer) -> None:
    says(reaching, "{deliver: all}")
    send(reaching)
    (mail,) = server.mails
    assert sorted(mail.recipients) == ["a@example.com", "b@example.org", "c@example.net"]
    assert parsed(mail)["X-Reconciler-Intended-To"] is None


def test_what_is_written_but_not_applied_changes_nothing(reaching: Project, server: CaptureServer) -> None:
    says(reaching, "{deliver: hold}")
    reaching.says("environments: {staging: {mail: {deliver: all}}}")
    assert send(reaching) is MessageState.QUEUED
    assert list(server.mails) == []


def test_mails_tell_what_the_applied_project_says(reaching: Project, server: CaptureServer) -> None:
    words = "{{ timezone }} {{ language }} {% for each in recipients %}{{ each }} {{ each.external }} {% endfor %}"
    reaching.write(manifests__news=NEWS.replace("All is well.", words))
    reaching.write(manifests__other=RELAY.replace("name: relay", "name: other"))
    reaching.says("{domains: [example.org], timezone: Asia/Tokyo, language: de, defaults: {smtpServer: relay}}")
    reaching.apply()
    send_task(reaching.open(), Sending("news"), reaching.heard.append)
    (mail,) = server.mails
    assert parsed(mail).get_content().split() == [
        *("Asia/Tokyo", "de", "a@example.com", "yes", "b@example.org", "no", "c@example.net", "yes"),
    ]


@pytest.mark.parametrize(("setting", "state"), [("hold", MessageState.AMBIGUOUS), ("resend", MessageState.DELIVERED)])
def test_mail_of_unknown_fate_is_held_until_the_project_resends(
    reaching: Project, server: CaptureServer, setting: str, state: MessageState
) -> None:
    reaching.says("{onAmbiguous: hold}")
    reaching.apply()
    workspace = reaching.open()
    message = write_task(workspace, Sending("news"))
    fates = tuple(Fate(fate.address, Verdict.AMBIGUOUS) for fate in message.fates)
    unknown = replace(message, state=MessageState.AMBIGUOUS, fates=fates, due=message.give_up, attempts=1)
    workspace.state.outbox.add([unknown], Entry("task.sent", "news", "test", message.created, {}))
    if setting == "resend":
        reaching.says("{onAmbiguous: resend}")
        reaching.apply()
    run_due(reaching.open(), notice=reaching.heard.append)
    stored = workspace.state.outbox.get(message.id)
    assert stored is not None
    assert stored.state is state


def test_mail_written_for_real_people_is_redirected_once_the_project_redirects(
    project: Project, silent_port: int
) -> None:
    project.write(manifests__relay=RELAY.replace("2525", str(silent_port)))
    says(project, "{deliver: all}")
    state = send(project)
    assert state is MessageState.DEFERRED
    with CaptureServer() as server:
        project.write(manifests__relay=RELAY.replace("smtp://127.0.0.1:2525", server.uri))
        says(project, REDIRECT)
        run_due(project.open("staging"), notice=project.heard.append)
        (mail,) = server.mails
    assert sorted(mail.recipients) == ["c@example.net", "qa@example.com"]


def test_all_mail_that_was_held_leaves_once_when_mail_is_for_real_again(
    reaching: Project, server: CaptureServer
) -> None:
    says(reaching, "{deliver: hold, subjectPrefix: '[quiet]'}")
    for _ in range(3):
        assert send(reaching) is MessageState.QUEUED
    reaching.says("environments: {staging: {mail: {deliver: all}}}")
    plan = reaching.plan("staging")
    assert "weaker mail delivery: hold -> all" in [f"{c.shift} {c.fact}: {c.before} -> {c.after}" for c in plan.control]
    assert plan.blocked is True and any("held" in effect for effect in plan.impact.effects)
    reaching.apply("staging")
    for _ in range(2):
        run_due(reaching.open("staging"), notice=reaching.heard.append)
    mails = [parsed(mail) for mail in server.mails]
    assert len(mails) == 3 and len({mail["Message-ID"] for mail in mails}) == 3
    assert {mail["Subject"].partition(" ")[0] for mail in mails} == {"[quiet]"}
    assert all(len(mail.recipients) == 3 for mail in server.mails)


def test_where_mail_is_held_that_to_allowed_addresses_alone_leaves(reaching: Project, server: CaptureServer) -> None:
    says(reaching, "{deliver: hold, allow: ['*@example.net']}")
    workspace = reaching.open("staging")
    only = send_task(workspace, Sending("news", ("c@example.net",)), reaching.heard.append)
    both = send_task(workspace, Sending("news", ("c@example.net", "a@example.com")), reaching.heard.append)
    assert (only.state, both.state) == (MessageState.DELIVERED, MessageState.QUEUED)
    assert [list(mail.recipients) for mail in server.mails] == [["c@example.net"]]


@pytest.mark.parametrize("then", [REDIRECT, "{deliver: all}"])
def test_redirected_mail_that_is_tried_again_goes_where_it_was_redirected_to(
    project: Project, silent_port: int, then: str
) -> None:
    """The same bytes to the same addresses, whatever is applied by then: what was written for a test is no real mail."""
    project.write(manifests__relay=RELAY.replace("2525", str(silent_port)))
    says(project, REDIRECT)
    assert send(project) is MessageState.DEFERRED
    (message,) = project.open("staging").state.outbox.find()
    with CaptureServer() as server:
        project.write(manifests__relay=RELAY.replace("smtp://127.0.0.1:2525", server.uri))
        says(project, then)
        run_due(project.open("staging"), notice=project.heard.append)
        (mail,) = server.mails
    assert sorted(mail.recipients) == ["c@example.net", "qa@example.com"]
    assert parsed(mail)["Message-ID"] in message.data.decode() and parsed(mail)["Subject"].startswith("[test] ")


def test_a_request_is_asked_and_decided_although_its_mail_goes_elsewhere(
    reaching: Project, server: CaptureServer
) -> None:
    reaching.write(manifests__approval=APPROVAL)
    says(reaching, REDIRECT)
    workspace = reaching.open("staging")
    request = request_approval(workspace, "run", "kim@example.com", "Needed", {})
    run_due(workspace, notice=reaching.heard.append)
    (mail,) = server.mails
    assert list(mail.recipients) == ["qa@example.com"]
    assert parsed(mail)["X-Reconciler-Intended-To"] == "rosa@example.com"
    assert decide(workspace, request.id, Choice.APPROVE, "rosa@example.com").state.value == "approved"


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
