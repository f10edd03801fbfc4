"""Whose the files of a state may be, and what becomes of rights that others have to them."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.cli.app import run
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.errors import StateFault
from reconciler.sources.plan_key import PlanKeys
from reconciler.state.privacy import Privacy
from reconciler.state.sqlite.backend import SqliteState
from tests.state.samples import NAMED_IN, commit, entry, record
from tests.support.components import require
from tests.support.hints import hint as hint_of

SOMEBODY = 12345
FILES = ("state.db", "state.db-wal", "state.db-shm", "state.db.queue", "state.db.turn")

Act = Callable[[SqliteState], object]
reading_and_writing = pytest.mark.parametrize(
    "act", [lambda state: state.snapshots.read(), lambda state: state.outbox.add([], entry())], ids=["read", "write"]
)


@pytest.fixture
def in_use(database: Path) -> SqliteState:
    """A state with all its side files; open, so that they stay."""
    state = SqliteState(database, NAMED_IN)
    state.snapshots.commit(commit(Snapshot(), record()))
    return state


def used(database: Path, act: Act, privacy: Privacy | None = None) -> None:
    state = SqliteState(database, NAMED_IN, privacy=privacy)
    try:
        act(state)
    finally:
        state.close()


def refused(database: Path, act: Act, privacy: Privacy | None = None) -> StateFault:
    with pytest.raises(StateFault) as caught:
        used(database, act, privacy)
    return caught.value


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@reading_and_writing
@pytest.mark.parametrize("name", FILES)
def test_a_file_open_to_others_is_repaired_and_that_is_said(
    database: Path, in_use: SqliteState, act: Act, name: str
) -> None:
    file, said = database.with_name(name), list[str]()
    file.chmod(0o666)
    used(database, act, Privacy(notice=said.append))
    assert said == [f"{file} was open to others (rights 666); its rights are 600 now."]
    assert mode(file) == 0o600
    in_use.close()


@reading_and_writing
@pytest.mark.parametrize(("rights", "own"), [(0o777, 0o700), (0o750, 0o700), (0o1701, 0o1700)])
def test_our_folder_open_to_others_is_repaired_and_that_is_said(
    database: Path, in_use: SqliteState, act: Act, rights: int, own: int
) -> None:
    said: list[str] = []
    database.parent.chmod(rights)
    used(database, act, Privacy(notice=said.append))
    assert said == [f"{database.parent} was open to others (rights {rights:03o}); its rights are {own:03o} now."]
    assert mode(database.parent) == own
    in_use.close()


def test_rights_that_cannot_be_taken_away_are_told_once(
    database: Path, in_use: SqliteState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a read-only file system, or where the rights of all files are those of the mount."""

    def refusing(path: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))

    database.chmod(0o644)
    monkeypatch.setattr(Path, "chmod", refusing)
    said: list[str] = []
    state = SqliteState(database, NAMED_IN, privacy=Privacy(notice=said.append))
    assert (state.snapshots.read().serial, state.snapshots.read().serial) == (1, 1)
    assert said == [f"{database} was open to others (rights 644) and still is. As its owner: chmod 600 {database}"]
    state.close()
    in_use.close()


def test_a_state_in_another_folder_is_checked_and_the_folder_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    used(tmp_path / "x.db", lambda state: state.outbox.add([], entry()))
    (tmp_path / "x.db").chmod(0o644)
    said: list[str] = []
    used(tmp_path / "x.db", lambda state: state.snapshots.read(), Privacy(notice=said.append))
    assert len(said) == 1 and (mode(tmp_path), mode(tmp_path / "x.db")) == (0o755, 0o600)


@reading_and_writing
@pytest.mark.parametrize("name", [".", *FILES])
def test_what_another_user_owns_is_refused_with_the_command_to_type(
    database: Path, in_use: SqliteState, act: Act, name: str
) -> None:
    require("root", os.geteuid() == 0)
    file = database.parent / name
    os.chown(file, SOMEBODY, SOMEBODY)
    fault = refused(database, act)
    assert (fault.exit_code, fault.summary) == (1, "The state belongs to another user")
    assert f"{file} is {SOMEBODY}'s" in fault.detail
    assert fault.hint.endswith(f": chown -R root {file}" if name == "." else f": chown root {file}")
    os.chown(file, 0, 0)
    used(database, act)
    in_use.close()


def test_all_that_another_user_owns_is_told_at_once(database: Path, in_use: SqliteState) -> None:
    require("root", os.geteuid() == 0)
    files = [database.with_name(name) for name in FILES[:3]]
    for file in files:
        os.chown(file, SOMEBODY, SOMEBODY)
    hint = refused(database, lambda state: state.snapshots.read()).hint
    assert hint.endswith(f"chown root {' '.join(map(str, files))}")
    in_use.close()


@reading_and_writing
def test_root_may_use_what_is_the_project_owners(database: Path, in_use: SqliteState, act: Act) -> None:
    require("root", os.geteuid() == 0)
    for file in [database.parent, *database.parent.iterdir()]:
        os.chown(file, SOMEBODY, SOMEBODY)
    used(database, act, Privacy(SOMEBODY))
    os.chown(database, SOMEBODY + 1, SOMEBODY)
    assert f"chown {SOMEBODY} {database}" in refused(database, act, Privacy(SOMEBODY)).hint
    in_use.close()


@reading_and_writing
@pytest.mark.parametrize("name", [".", *FILES])
def test_a_link_is_refused_wherever_it_leads(database: Path, in_use: SqliteState, act: Act, name: str) -> None:
    in_use.close()
    file = database.parent / name
    real = file.with_name("elsewhere")
    if file.exists():
        file.rename(real)
    file.symlink_to(real)
    before = real.read_bytes() if real.is_file() else None
    fault = refused(database, act)
    assert fault.summary == "The state is a link" and f"{file} is a symbolic link" in fault.detail and hint_of(fault)
    assert (real.read_bytes() if real.is_file() else None) == before


@reading_and_writing
def test_a_pipe_in_place_of_the_state_is_refused_at_once(database: Path, act: Act) -> None:
    database.parent.mkdir(0o700)
    os.mkfifo(database)
    assert refused(database, act).summary == "The state is not a file"
    assert refused(Path("/dev/zero"), act).summary == "The state is not a file"


def test_a_plan_key_that_is_a_link_or_somebody_elses_is_refused(tmp_path: Path) -> None:
    keys = PlanKeys(tmp_path, check=Privacy().require_owned)
    key = keys.made()
    (tmp_path / "plan.key").rename(tmp_path / "real")
    (tmp_path / "plan.key").symlink_to(tmp_path / "real")
    for use in (keys.existing, keys.made):
        with pytest.raises(StateFault, match="The state is a link"):
            use()
    (tmp_path / "real").replace(tmp_path / "plan.key")
    assert keys.existing() == key
    require("root", os.geteuid() == 0)
    os.chown(tmp_path / "plan.key", SOMEBODY, SOMEBODY)
    with pytest.raises(StateFault, match="The state belongs to another user"):
        keys.existing()


def test_the_command_line_says_what_it_repaired_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "manifests").mkdir()
    manifest = "apiVersion: reconciler/v1\nkind: Group\nmetadata: {name: g}\nspec: {members: [a@example.com]}\n"
    (tmp_path / "manifests" / "all.yaml").write_text(manifest)
    assert run(["-C", str(tmp_path), "apply", "--auto-approve"]) == 0
    capsys.readouterr()
    folder = tmp_path / ".reconciler"
    folder.chmod(0o777)
    (folder / "state.db").chmod(0o666)
    assert run(["-C", str(tmp_path), "plan", "--format", "json"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("{") and shown.err.count("was open to others") == 2
    assert (mode(folder), mode(folder / "state.db")) == (0o700, 0o600)


def test_the_command_line_refuses_a_key_that_is_a_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "all.yaml").touch()
    (tmp_path / ".reconciler").mkdir(0o700)
    (tmp_path / "key").write_text("k" * 64)
    (tmp_path / "key").chmod(0o600)
    (tmp_path / ".reconciler" / "plan.key").symlink_to(tmp_path / "key")
    assert run(["-C", str(tmp_path), "plan", "--out", str(tmp_path / "x.plan")]) == 1
    assert "is a symbolic link" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "x.plan").exists()


def test_a_plan_file_open_to_others_is_repaired_when_it_is_applied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "manifests").mkdir()
    manifest = "apiVersion: reconciler/v1\nkind: Group\nmetadata: {name: g}\nspec: {members: [a@example.com]}\n"
    (tmp_path / "manifests" / "all.yaml").write_text(manifest)
    plan = tmp_path / "x.plan"
    assert run(["-C", str(tmp_path), "plan", "--out", str(plan)]) == 0
    plan.chmod(0o644)
    assert run(["-C", str(tmp_path), "apply", str(plan)]) == 0
    assert "x.plan was open to others" in "".join(capsys.readouterr().err.split("\n    ")) and mode(plan) == 0o600


def test_what_is_no_state_keeps_its_rights_whatever_a_project_names(tmp_path: Path) -> None:
    """A pull request may name any file as the state."""
    program, other = tmp_path / "tool", tmp_path / "other.db"
    program.write_bytes(b"#!/bin/sh\necho hi\n")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE x (y)")
    for file in (program, other):
        file.chmod(0o755)
        said: list[str] = []
        for act in (lambda state: state.snapshots.read(), lambda state: state.outbox.add([], entry())):
            with pytest.raises(StateFault):
                used(file, act, Privacy(notice=said.append))
        assert (mode(file), said) == (0o755, [])
