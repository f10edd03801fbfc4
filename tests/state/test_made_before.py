"""A state that an earlier reconciler made and used opens, plans nothing, proves itself and goes on.

``before/used.sql`` is the dump of that state: applied twice, asked, approved, denied, sent, deferred, suspended, frozen and
locked. The manifests beside it are those it was applied from.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.cli.app import run

BEFORE = Path(__file__).parent / "before"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name in ("manifests", "templates"):
        shutil.copytree(BEFORE / name, folder / name)
    state = folder / ".reconciler" / "state.db"
    state.parent.mkdir(mode=0o700)
    state.touch(0o600)
    with closing(sqlite3.connect(state)) as connection:
        connection.executescript((BEFORE / "used.sql").read_text(encoding="utf-8"))
    return folder


def rows(project: Path) -> list[str]:
    with closing(sqlite3.connect(project / ".reconciler" / "state.db")) as connection:
        return list(connection.iterdump())


def test_it_plans_nothing_and_is_left_as_it_was(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = rows(project)
    assert run(["-C", str(project), "plan", "--format", "json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["serial"], plan["changes"]) == (2, [])
    assert rows(project) == before


def test_everything_in_it_is_as_its_journal_says(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(project), "audit", "verify", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


@pytest.mark.parametrize(
    ("words", "key", "count"),
    [
        (("show",), "resources", 6),
        (("approvals", "list"), "requests", 3),
        (("deliveries", "list"), "deliveries", 10),
        (("history",), "revisions", 2),
    ],
)
def test_what_it_holds_is_read(
    project: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], key: str, count: int
) -> None:
    assert run(["-C", str(project), *words, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found[key]) == count


def test_it_is_upgraded_and_goes_on(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def typed(*words: str) -> int:
        return run(["-C", str(project), *words])

    assert typed("state", "upgrade") == 0
    assert typed("state", "unlock", "lock_1") == 0
    assert typed("state", "thaw") == 0
    mail = project / "manifests" / "mail.yaml"
    mail.write_text(mail.read_text().replace("Notice of maintenance", "Maintenance"))
    assert typed("apply", "--auto-approve") == 0
    capsys.readouterr()
    assert typed("approvals", "list", "--format", "json") == 0
    (pending,) = [each for each in json.loads(capsys.readouterr().out)["requests"] if each["state"] == "pending"]
    assert typed("approvals", "cancel", pending["id"]) == 0
    assert typed("audit", "verify") == 0
