"""Manifests and templates that cannot be applied: each names place and remedy, changes nothing, and shows no traceback."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cli.conftest import STATE, Cli, contents


@dataclass(frozen=True)
class Bad:
    """Files that are added to the sample project, and what is then said: where, what, and words of the remedy."""

    place: str
    summary: str
    remedy: str
    files: dict[str, str] = field(default_factory=dict)


def doc(kind: str, spec: str, name: str = "x") -> str:
    return f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def one(place: str, summary: str, remedy: str, kind: str, spec: str, **templates: str) -> Bad:
    """One more document; ``templates`` by name, `_` for `.`."""
    files = {f"templates/{name.replace('_', '.')}": text for name, text in templates.items()}
    return Bad(f"manifests/bad.yaml:{place}", summary, remedy, {"manifests/bad.yaml": doc(kind, spec), **files})


def template(text: str) -> dict[str, str]:
    """A task whose text is this template."""
    spec = "{to: a@example.com, subject: Hello, body: {text: bad.j2}, smtpServer: relay}"
    return {"manifests/bad.yaml": doc("EmailTask", spec), "templates/bad.j2": text}


def endless(summary: str, text: str) -> Bad:
    return Bad("templates/bad.j2:1:1", summary, "try:", template(text))


SERVER = "uri: smtps://mail.example.com, from: desk@example.com"
STAGE = "stages: [{{approvers: [a@example.com, b@example.com], quorum: {}}}]"

LOOPS = "".join(f"{{% for n{depth} in [1, 2, 3, 4, 5, 6, 7, 8, 9] %}}" for depth in range(9)) + "{% endfor %}" * 9

CASES = {
    "broken YAML": Bad(
        "manifests/bad.yaml:2:", "Broken YAML", "indentation", {"manifests/bad.yaml": "kind: Group\n  spec: [\n"}
    ),
    "not UTF-8": Bad("manifests/bad.yaml", "Not UTF-8", "as UTF-8", {"manifests/bad.yaml": "kind: \udcff"}),
    "unknown kind": one("2:7", "Unknown kind", 'Did you mean "Group"?', "Grop", "{}"),
    "unknown field": one("4:8", "Unknown field", 'Did you mean "members"?', "Group", "{member: [a@example.com]}"),
    "true for a number": one(
        "4:", "Wrong type", "whole number", "SmtpServer", f"{{{SERVER}, limits: {{connections: true}}}}"
    ),
    "missing reference": one("4:26", "Unknown reference", "night-shift", "Group", "{members: [{group: nightshift}]}"),
    "cycle of groups": Bad(
        "manifests/bad.yaml:4:17",
        "Cycle of groups",
        "Group/y in manifests/bad.yaml:6:1",
        {
            "manifests/bad.yaml": doc("Group", "{members: [{group: y}]}")
            + "---\n"
            + doc("Group", "{members: [{group: x}]}", "y")
        },
    ),
    "two resources with one address": Bad(
        "manifests/mail.yaml:4:18",
        "Duplicate address",
        "manifests/bad.yaml:3:18",
        {"manifests/bad.yaml": doc("SmtpServer", f"{{{SERVER}}}", "relay")},
    ),
    "empty group": one("4:", "Empty list", "at least one", "Group", "{members: []}"),
    "quorum over the approvers": one(
        "4:", "Quorum out of reach", "Lower the quorum", "ApprovalProcess", f"{{{STAGE.format(3)}}}"
    ),
    "malformed address": one("4:", "Malformed address", "is not an e-mail address", "Group", "{members: [a@b@c]}"),
    "line break in a subject": one(
        "4:36",
        "Line break in a header",
        "on one line",
        "EmailTask",
        r'{to: a@example.com, subject: "a\r\nBcc: b@example.com", body: x}',
    ),
    "literal password": one("4:31", "Literal secret", "{secret: ", "Credential", "{username: a, password: hunter2}"),
    "password in a URI": one(
        "4:13",
        "Password in a URI",
        "credential",
        "SmtpServer",
        "{uri: 'smtp://u:hunter2@mail.example.com', from: a@example.com}",
    ),
    "undeclared variable": Bad(
        "templates/bad.j2:2:1", "Unknown variable", "It has: now", template("x\n{{ nosuch }}\n")
    ),
    "undeclared variable in a part": one(
        "4:36",
        "Unknown variable",
        "`request` has: id, subject",
        "EmailTask",
        "{context: approval, subject: '{{ request.nosuch }}'}",
    ),
    "template outside the folder": one(
        "4:52",
        "Path outside the folder",
        "relative to the folder",
        "EmailTask",
        "{to: a@example.com, subject: a, body: {text: ../x.j2}}",
    ),
    "missing template": one(
        "4:52",
        "Template not found",
        "notice.txt.j2",
        "EmailTask",
        "{to: a@example.com, subject: a, body: {text: notce.txt.j2}}",
    ),
    "range": endless("Unknown variable", "{% for a in range(100000) %}{% endfor %}"),
    "loops without end": endless("Template does too much", LOOPS),
    "grows without end": endless("Template does too much", "{{ 'x' * 200000000 }}"),
    "grows by replacing": endless(
        "Template does too much", "{% set a = 'x' * 9999 %}{{ a | replace('x', a) | length }}"
    ),
    "pads without end": endless("Template does too much", "{{ 'x' | indent(900000000) }}"),
    "recurses without end": endless("Template uses itself", "{% include 'bad.j2' %}"),
    "counts without end": endless("Not allowed in templates", "{{ 9 ** 9 ** 9 ** 9 }}"),
    "macro that calls itself": endless("Template does too much", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
    "no such filter": endless("Unknown filter", "{{ 'x' | nosuch }}"),
    "template that uses another that uses it": Bad(
        "templates/bad.j2:1:1",
        "Template uses itself",
        "Remove one of the two uses",
        {**template("{% include 'other.j2' %}"), "templates/other.j2": "{% include 'bad.j2' %}"},
    ),
    "true for a text": one(
        "4:36", "Wrong type", "in quotes", "EmailTask", "{to: a@example.com, subject: true, body: x}"
    ),
    "broken template": endless("Template syntax", "{% if %}"),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_manifests(applied: Cli, project: Path, name: str) -> None:
    bad = CASES[name]
    for file, text in bad.files.items():
        (project / file).write_text(text, encoding="utf-8", errors="surrogateescape")
    before = contents(project)[str(STATE)]
    shown = [applied(*words) for words in (("validate",), ("plan",), ("apply", "--auto-approve"))]
    assert [result.code for result in shown] == [1, 1, 1]
    for result in shown:
        assert bad.place in result.both
        assert bad.summary in result.both
        assert bad.remedy in result.both.replace("\n    ", " ")
        assert "hunter2" not in result.both
    assert contents(project)[str(STATE)] == before
    assert not (project.parent / "x.j2").exists()


@pytest.mark.parametrize("name", CASES)
def test_bad_manifests_as_json(cli: Cli, project: Path, name: str) -> None:
    bad = CASES[name]
    for file, text in bad.files.items():
        (project / file).write_text(text, encoding="utf-8", errors="surrogateescape")
    result = cli("apply", "--auto-approve", "--format=json")
    assert (result.code, result.err) == (1, "")
    assert result.json["error"]["code"] == "invalid-manifests"
    for each in result.json["diagnostics"]:
        assert each["file"] and each["line"] >= 1
        assert each["detail"] and each["hint"]
    assert any(
        f"{each['file']}:{each['line']}:{each['column']}".startswith(bad.place) for each in result.json["diagnostics"]
    )
    assert not (project / STATE).exists()


ASKING = """apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: ask-more}
spec: {context: approval, subject: "{{ fields.size }}", body: "{{ nosuch }}", smtpServer: relay}
---
apiVersion: reconciler/v1
kind: ApprovalProcess
metadata: {name: more}
spec: {startActivity: ask-more, stages: [{approvers: [{group: night-shift}], quorum: 1}]}
---
apiVersion: reconciler/v1
kind: ApprovalType
metadata: {name: more}
spec: {process: more, fields: {size: {type: integer}}}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("quorum: 1", "quorum: none"),
        ("type: integer", "type: inteher"),
        ("process: more, ", "process: More, "),
        ("spec: {process", "spec: {{process"),
    ],
)
def test_what_only_follows_from_a_fault_is_not_told(cli: Cli, project: Path, before: str, after: str) -> None:
    """A process or type that cannot be read leaves open which fields there are; what is wrong besides is told."""
    bad = project / "manifests" / "bad.yaml"
    bad.write_text(ASKING)
    assert "`nosuch`" in cli("validate").both
    bad.write_text(ASKING.replace(before, after))
    said = [each for each in cli("validate", "--format=json").json["diagnostics"] if each["file"].endswith("bad.yaml")]
    assert not [each for each in said if "`fields`" in each["detail"]]
    assert [each["summary"] for each in said if "`nosuch`" in each["detail"]] == ["Unknown variable"]
    assert len(said) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("file", ["manifests/mail.yaml", "templates/ask.txt.j2"])
def test_a_file_nobody_may_read(applied: Cli, project: Path, file: str) -> None:
    (project / file).chmod(0)
    result = applied("apply", "--auto-approve")
    assert result.code == 1
    assert file in result.both


@pytest.mark.parametrize("file", ["manifests/bad.yaml", "templates/notice.txt.j2"])
def test_a_file_that_is_none(applied: Cli, project: Path, file: str) -> None:
    """What no one can read, not even root: a link to nowhere, a folder."""
    (project / file).unlink(missing_ok=True)
    (project / file).symlink_to("nowhere")
    result = applied("apply", "--auto-approve")
    assert result.code == 1
    assert file.rpartition("/")[2] in result.both


@pytest.mark.parametrize("gone", ["manifests", "everything"])
def test_no_manifests_are_an_error_and_not_a_plan_to_delete(applied: Cli, project: Path, gone: str) -> None:
    before = contents(project)[str(STATE)]
    for path in (project / "manifests").iterdir():
        path.unlink()
    if gone == "everything":
        (project / "manifests").rmdir()
    for words in (("plan",), ("apply", "--auto-approve"), ("validate",)):
        result = applied(*words)
        assert result.code == 1
        assert "manifest" in result.err
    assert contents(project)[str(STATE)] == before
