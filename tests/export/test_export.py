"""`export` on one project: what changes in a manifest that stands, what is created, what is said instead of written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reconciler.cli.app import run

SHIPPED = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped example, applied."""
    for name in ("manifests", "templates"):
        shutil.copytree(SHIPPED / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert run(["apply", "--auto-approve"]) == 0
    return tmp_path


def test_only_the_values_that_differ_change(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = project / "manifests" / "approvals.yaml"
    applied = file.read_text()
    without = applied.replace("  requireReason: true\n", "")
    file.write_text(
        without.replace("quorum: 1 ", "quorum: all ").replace("[{group: service-desk}]", "[kim@example.com]")
    )
    assert run(["export"]) == 0
    assert "changed  manifests/approvals.yaml\n" in capsys.readouterr().out
    assert file.read_text() == without
    assert run(["plan", "--detailed-exitcode"]) == 0


def test_fields_of_a_request_come_back_into_the_order_that_is_applied(project: Path) -> None:
    file = project / "manifests" / "ordered.yaml"
    head = "apiVersion: reconciler/v1\nkind: ApprovalType\nmetadata: {name: ordered}\nspec:\n  process: manual-email\n  fields:\n"
    lines = ["    # why\n    file: {required: true}\n", "    host: {}\n", "    day: {type: date}\n"]
    file.write_text(head + "".join(lines))
    assert run(["apply", "--auto-approve"]) == 0
    file.write_text(head + "".join(reversed(lines)))
    assert run(["export"]) == 0
    assert file.read_text() == head + "".join(lines)
    assert run(["plan", "--detailed-exitcode"]) == 0


def test_what_is_missing_is_written_and_what_is_there_is_kept(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone, edited = project / "templates/approvals/outcome.txt.j2", project / "templates/approvals/request.txt.j2"
    applied = gone.read_text()
    gone.unlink()
    edited.write_text("{{ request.subject }}\n")
    (project / "manifests" / "people.yaml").unlink()
    assert run(["export"]) == 0
    out = capsys.readouterr().out
    assert gone.read_text() == applied
    assert edited.read_text() == "{{ request.subject }}\n"
    assert "new      templates/approvals/outcome.txt.j2\n" in out
    assert "note     templates/approvals/request.txt.j2 stays as it is" in out
    assert (project / "manifests" / "Group" / "service-desk.yaml").is_file()


def test_a_manifest_nobody_applied_is_left_and_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = project / "manifests" / "new.yaml"
    file.write_text("apiVersion: reconciler/v1\nkind: Group\nmetadata: {name: new}\nspec: {members: [a@example.com]}\n")
    assert run(["export"]) == 0
    assert "note     Group/new is not applied; it stays at manifests/new.yaml:1:1" in capsys.readouterr().out
    assert file.is_file()


def test_one_broken_manifest_and_nothing_is_written(project: Path) -> None:
    (project / "manifests" / "people.yaml").write_text("a: [\n")
    (project / "templates/approvals/outcome.txt.j2").unlink()
    assert run(["export"]) == 1
    assert not (project / "templates/approvals/outcome.txt.j2").exists()


def test_another_folder_gets_a_copy(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "copy"]) == 0
    capsys.readouterr()
    assert (project / "copy" / "ApprovalProcess" / "manual-email.yaml").is_file()
    assert run(["export", "copy"]) == 0
    assert capsys.readouterr().out.startswith("0 files written")


def test_what_an_overlay_says_is_told_and_not_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    over = project / "over"
    over.mkdir()
    (over / "relay.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Group\nmetadata: {name: service-desk}\nspec: {members: [x@example.com]}\n"
    )
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: mail}\nspec:\n  environments:\n"
        "    one: {mail: {deliver: hold}, overlays: [over], state: 'sqlite:.reconciler/state.db'}\n"
    )
    before = (project / "manifests" / "people.yaml").read_text()
    assert run(["export", "--env", "one"]) == 0
    out = capsys.readouterr().out
    assert (
        "note     Group/service-desk /spec/members is not written: over/relay.yaml:4:17 says it: change it there" in out
    )
    assert (project / "manifests" / "people.yaml").read_text() == before


def test_a_builtin_message_is_copied_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["export", "builtin:approval-request.html", "templates/ask.html.j2"]
    assert run(words) == 0
    assert "spec.body: {html: PATH}" in capsys.readouterr().err
    assert (project / "templates/ask.html.j2").read_text().startswith("<!")
    assert run(words) == 0
    (project / "templates/ask.html.j2").write_text("mine")
    assert run(words) == 1
    assert (project / "templates/ask.html.j2").read_text() == "mine"


def test_an_unknown_builtin_message_lists_those_there_are(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "builtin:nothing", "a.j2"]) == 1
    assert "builtin:approval-outcome.text" in capsys.readouterr().err


def test_nothing_applied_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "-C", str(tmp_path)]) == 1
    assert "Nothing is applied yet" in capsys.readouterr().err


RENAMES = """\
apiVersion: reconciler/v1
kind: SmtpServer
metadata: {name: old}
spec: {uri: smtp://mail.example.com, from: desk@example.com}
---
apiVersion: reconciler/v1
kind: Group
metadata: {name: desk}
spec: {members: [a@example.com, b@example.com]}
---
apiVersion: reconciler/v1
kind: Group
metadata: {name: all}
spec: {members: [{group: desk}, c@example.com]}
---
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: letter}
spec: {smtpServer: old, to: [{group: desk}], subject: Hello, body: Text}
"""


def test_references_follow_a_rename_that_waits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "manifests" / "a.yaml"
    file.parent.mkdir()
    file.write_text(RENAMES)
    assert run(["apply", "--auto-approve", "-C", str(tmp_path)]) == 0
    edited = (
        RENAMES.replace("{name: old}", "{name: new, renamedFrom: old}")
        .replace("smtpServer: old", "smtpServer: new")
        .replace("{name: desk}", "{name: office, renamedFrom: desk}")
        .replace("group: desk", "group: office")
    )
    file.write_text(edited.replace("subject: Hello", "subject: Good day").replace("mail.example", "post.example"))
    capsys.readouterr()
    assert run(["export", "-C", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert (
        "SmtpServer/new is still stored as SmtpServer/old: manifests/a.yaml:3:36 renames it with the next apply."
        in " ".join(out.split())
    )
    assert "is not applied" not in out
    text = file.read_text()
    for kept in ("{name: new, renamedFrom: old}", "{name: office, renamedFrom: desk}", "smtpServer: new", "Hello"):
        assert kept in text
    assert (text.count("{group: office}"), text.count("mail.example"), text.count("post.example")) == (2, 1, 0)
    assert run(["apply", "--auto-approve", "-C", str(tmp_path)]) == 0
    capsys.readouterr()
    assert run(["export", "-C", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("0 files written")
