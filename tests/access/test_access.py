"""Who may approve what, from manifests to text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from reconciler.cli.app import run
from reconciler.planning.review.authority import Access, Authority, list_authorities
from reconciler.views.resources import ACCESS
from tests.control.planned import state
from tests.support.printed import describe_access

MANIFESTS = """\
kind: SmtpServer
metadata: {name: relay}
spec: {uri: "smtp://mail.example.com:587", from: desk@example.com}
---
kind: Group
metadata: {name: desk}
spec: {members: [rosa@example.com, {group: leads}]}
---
kind: Group
metadata: {name: leads}
spec: {members: [Ida Berg <ida@example.com>, tariq@example.com]}
---
kind: ApprovalProcess
metadata: {name: ask}
spec: {stages: [{approvers: [{group: desk}, {group: leads}], quorum: 2}]}
---
kind: ApprovalProcess
metadata: {name: everybody}
spec:
  stages: [{name: owners, approvers: [Eve <eve@example.net>, Rosa <rosa+work@example.com>], quorum: all}]
  selfApproval: true
---
kind: ApprovalType
metadata: {name: run-application, title: Run an application on a computer of the company}
spec: {process: ask}
---
kind: ApprovalType
metadata: {name: open-door}
spec: {process: everybody}
---
kind: ApprovalType
metadata: {name: close-door}
spec: {process: everybody}
"""
EXTERNAL = frozenset({"eve@example.net"})

AT_80 = """\
close-door
  stage          owners
  process        everybody
  needs          all of 2 people
  the requester  may decide
  approvers      Eve <eve@example.net> (external), Rosa <rosa+work@example.com>

open-door
  stage          owners
  process        everybody
  needs          all of 2 people
  the requester  may decide
  approvers      Eve <eve@example.net> (external), Rosa <rosa+work@example.com>

run-application “Run an application on a computer of the company”
  stage          1
  process        ask
  needs          2 of 3 people
  the requester  may not decide
  approvers      rosa@example.com (through desk), Ida Berg <ida@example.com>
                 (through desk > leads and leads), tariq@example.com (through
                 desk > leads and leads)

3 approval types."""

AT_120 = AT_80.replace(
    """ Ida Berg <ida@example.com>
                 (through desk > leads and leads), tariq@example.com (through
                 desk > leads and leads)""",
    """ Ida Berg <ida@example.com> (through desk > leads and leads),
                 tariq@example.com (through desk > leads and leads)""",
)


def access(stages: Sequence[Authority], person: str = "") -> Access:
    return Access(3, tuple(stages), EXTERNAL, person)


@pytest.mark.parametrize(("width", "expected"), [(80, AT_80), (120, AT_120)])
def test_everybody_who_may_approve_by_name_and_group(width: int, expected: str) -> None:
    stages = list(list_authorities(state(MANIFESTS).world))
    assert describe_access(access(stages), width=width) == expected


def test_json_has_the_numbers() -> None:
    stages = [each for each in list_authorities(state(MANIFESTS).world) if each.type.address.name == "open-door"]
    assert ACCESS.write(access(stages)) == {
        "formatVersion": "1.0",
        "serial": 3,
        "access": [
            {
                "type": "open-door",
                "title": "",
                "process": "everybody",
                "stage": "owners",
                "quorum": "all",
                "needed": 2,
                "selfApproval": True,
                "approvers": [
                    {"address": "eve@example.net", "name": "Eve", "via": [], "paths": [], "external": True},
                    {"address": "rosa+work@example.com", "name": "Rosa", "via": [], "paths": [], "external": False},
                ],
            }
        ],
    }


def test_many_people_are_cut_and_said_to_be() -> None:
    people = ", ".join(f"p{number:02}@example.com" for number in range(25))
    manifests = MANIFESTS.replace("Ida Berg <ida@example.com>", people)
    stages = [each for each in list_authorities(state(manifests).world) if each.type.address.name == "run-application"]
    assert "and 7 more (--verbose shows all)" in " ".join(describe_access(access(stages)).split())
    assert "p24@example.com" in describe_access(access(stages), verbose=True)


@pytest.mark.parametrize(("person", "expected"), [("", "No approval type has been applied."), ("a@b.example", None)])
def test_nothing_to_show_is_said(person: str, expected: str | None) -> None:
    assert describe_access(access([], person)) == (expected or "a@b.example may approve nothing.")


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    (tmp_path / "manifests").mkdir()
    documents = [f"apiVersion: reconciler/v1\n{part}" for part in MANIFESTS.split("---\n")]
    (tmp_path / "manifests" / "all.yaml").write_text("---\n".join(documents), encoding="utf-8")
    assert run(["apply", "--auto-approve", "-C", str(tmp_path)]) == 0
    capsys.readouterr()
    return tmp_path


@pytest.mark.parametrize(
    ("words", "types"),
    [
        ((), ["close-door", "open-door", "run-application"]),
        (("--type", "open-door"), ["open-door"]),
        (("--type", "ApprovalType/open-door"), ["open-door"]),
        (("--person", "Ida+x@EXAMPLE.com"), ["run-application"]),
        (("--person", "rosa@example.com"), ["close-door", "open-door", "run-application"]),
        (("--person", "rosa@example.com", "--type", "open-door"), ["open-door"]),
    ],
)
def test_what_was_applied_is_narrowed(
    project: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], types: list[str]
) -> None:
    assert run(["access", *words, "-C", str(project)]) == 0
    shown = [block.splitlines()[0].partition(" ")[0] for block in capsys.readouterr().out.split("\n\n")]
    assert shown[:-1] == types


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--type", "open-dor"), 'Did you mean "open-door"?'),
        (("--person", "nobody"), "--person is not an e-mail address"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], expected: str
) -> None:
    assert run(["access", *words, "-C", str(project)]) == 1
    assert expected in capsys.readouterr().err


def test_somebody_without_a_say_may_approve_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["access", "--person", "kim@example.org", "-C", str(project)]) == 0
    assert capsys.readouterr().out == "kim@example.org may approve nothing.\n"
