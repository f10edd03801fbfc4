"""Projects and environments as typed at the command line."""

from __future__ import annotations

import email
import email.policy
import json
import re
import shlex

import pytest

from reconciler.cli.app import run
from reconciler.wiring import open_workspace
from tests.project.conftest import Project

BOTH = "environments: {production: {mail: {deliver: all}}, staging: {mail: {deliver: hold}}}"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["validate"], "No environment chosen"),
        (["run", "--once"], "No environment chosen"),
        (["plan", "--env", "stagin"], 'Did you mean "staging"?'),
    ],
)
def test_every_command_wants_the_environment(
    project: Project, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    project.says(BOTH)
    assert run(["-C", str(project.folder), *words]) == 1
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--env", "staging", "plan"], ["plan", "--env=staging"]])
def test_it_may_be_said_before_or_after_the_command(
    project: Project, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    project.says(BOTH)
    assert run(["-C", str(project.folder), *words]) == 0
    assert "Environment: staging" in capsys.readouterr().out


def test_the_variable_names_it_too(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project.says(BOTH)
    monkeypatch.setenv("RECONCILER_ENV", "staging")
    assert run(["-C", str(project.folder), "plan"]) == 0
    assert "Environment: staging" in capsys.readouterr().out


def test_a_fault_of_the_project_file_is_shown_like_that_of_a_manifest(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.says("{timezon: UTC}")
    assert run(["-C", str(project.folder), "plan"]) == 1
    assert capsys.readouterr().err == (
        "reconciler.yaml:5:4: error: Unknown field\n"
        "    Project/mail\n"
        '    There is no field "timezon" here.\n'
        '    Did you mean "timezone"?\n\n'
        "error: 1 error in reconciler.yaml\n"
        "    Nothing was changed.\n"
    )


APPROVAL = """\
apiVersion: reconciler/v1
kind: ApprovalProcess
metadata: {name: manual}
spec: {stages: [{approvers: [rosa@example.com]}]}
---
apiVersion: reconciler/v1
kind: ApprovalType
metadata: {name: door}
spec: {process: manual}
"""


def test_the_command_in_a_mail_is_taken_where_environments_are_defined(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project.says(BOTH)
    project.write(manifests__approval=APPROVAL)
    monkeypatch.chdir(project.folder)
    assert run(["--env", "staging", "apply", "--auto-approve"]) == 0
    asked = ["--requester", "kim@example.com", "--reason", "Lunch", "--format", "json"]
    capsys.readouterr()
    assert run(["--env", "staging", "approvals", "request", "door", *asked]) == 0
    made = json.loads(capsys.readouterr().out)["id"]
    [message] = open_workspace(project.folder, None, {}, env="staging").state.outbox.find(request=made)
    body = email.message_from_bytes(message.data, policy=email.policy.default).get_body(("plain",))
    assert body is not None
    [command] = re.findall(r"reconciler .*approve req_\S+ --as \S+", body.get_content())
    assert run(shlex.split(command)[1:]) == 0
