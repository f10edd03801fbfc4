"""`explain`: manuals on the command line."""

from __future__ import annotations

import pytest

from reconciler.kinds.registry import REGISTRY
from tests.cli.conftest import Cli, Golden

SHOWN = ["", "SmtpServer", "EmailTask", "ApprovalProcess", "metadata", "ApprovalProcess.stages", "SmtpServer.tls.mode",
         "Recipient", "Group/night-shift"]  # fmt: skip


@pytest.mark.parametrize("word", SHOWN)
def test_what_people_read(cli: Cli, golden: Golden, word: str) -> None:
    result = cli("explain", *([word] if word else []))
    assert (result.code, result.err) == (0, "")
    golden(f"explain/{word.replace('/', '-') or 'contents'}.txt", result.out)


@pytest.mark.parametrize("word", ["", "Group", "ApprovalType.fields"])
def test_what_programs_read(cli: Cli, golden: Golden, word: str) -> None:
    result = cli("explain", *([word] if word else []), "--format=json")
    golden(f"explain/{word or 'contents'}.json", result.out)


@pytest.mark.parametrize("kind", [*REGISTRY, "metadata"])
def test_no_line_is_wider_than_80_columns(cli: Cli, kind: str) -> None:
    assert [line for line in cli("explain", kind).out.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("smtpserver", "SmtpServer"),
        ("DURATION", "Duration"),
        ("emailtask.SMTPSERVER", "EmailTask.smtpServer"),
        ("ApprovalProcess.spec.stages[0].quorum", "ApprovalProcess.stages.quorum"),
        ("ApprovalType.fields.NAME.type", "ApprovalType.fields.type"),
        ("Group.metadata.title", "metadata.title"),
        ("Group.spec", "Group"),
        ("Project.environments.NAME.vars", "Project.environments.vars"),
    ],
)
def test_a_subject_may_be_written_as_people_do(cli: Cli, asked: str, found: str) -> None:
    assert cli("explain", asked, "--format=json").json["subject"] == found


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("SmtpServr", 'Did you mean "SmtpServer"?'),
        ("Thing", "There is SmtpServer, Credential,"),
        ("SmtpServer.tls.mod", 'Did you mean "mode"?'),
        ("Group.members.group", "It holds no fields; ask for: explain Group.members"),
        ("Duration.unit", "Duration is a type and has no fields."),
    ],
)
def test_what_there_is_not(cli: Cli, asked: str, told: str) -> None:
    result = cli("explain", asked)
    assert (result.code, result.out) == (1, "")
    assert told in result.err
