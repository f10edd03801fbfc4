"""Reading a state where nothing may be written. Tests may run as root, whom access rights do not stop; so the folder is
mounted read-only where the machine allows it, and said to be read-only everywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.errors import StateFault
from reconciler.state.sqlite import readonly
from reconciler.state.sqlite.backend import SqliteState
from tests.state.samples import NAMED_IN, commit, entry, record


def never(path: Path) -> bool:
    return False


def made(path: Path, commits: int = 1) -> SqliteState:
    state = SqliteState(path, NAMED_IN)
    for _ in range(commits):
        state.snapshots.commit(commit(state.snapshots.read(), record()))
    return state


def listing(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def as_after_a_crash(path: Path, *, shm: bool) -> Path:
    """The files a machine that stopped would leave: the log holds what was committed last."""
    state = made(path, 2)
    folder = path.parent.with_name("crashed")
    folder.mkdir()
    for name in ["state.db", "state.db-wal", *(["state.db-shm"] if shm else [])]:
        shutil.copy(path.with_name(name), folder / name)
    state.close()
    return folder / "state.db"


def test_a_closed_state_is_read_without_side_files(database: Path) -> None:
    made(database).close()
    before = listing(database.parent)
    assert SqliteState(database, NAMED_IN, may_write=never).snapshots.read().serial == 1
    assert listing(database.parent) == before


def test_a_state_in_use_is_read_as_it_is_now(database: Path) -> None:
    writer = made(database)
    reader = SqliteState(database, NAMED_IN, may_write=never)
    assert reader.snapshots.read().serial == 1
    writer.snapshots.commit(commit(writer.snapshots.read(), record()))
    assert reader.snapshots.read().serial == 2
    writer.close()
    assert reader.snapshots.read().serial == 2


@pytest.mark.parametrize("shm", [True, False])
def test_what_only_the_log_holds_is_read(database: Path, shm: bool) -> None:
    path = as_after_a_crash(database, shm=shm)
    before = listing(path.parent)
    assert SqliteState(path, NAMED_IN, may_write=never).snapshots.read().serial == 2
    assert set(listing(path.parent)) == set(before)


def test_a_state_that_does_not_exist_reads_as_empty(database: Path) -> None:
    assert SqliteState(database, NAMED_IN, may_write=never).snapshots.read() == Snapshot()


def test_a_state_that_changes_while_it_is_read_is_read_again(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(database).close()
    reader = SqliteState(database, NAMED_IN, may_write=never)
    seen: list[int] = []

    def work(connection: object) -> int:
        if not seen:
            writer = made(database)
            writer.close()
        seen.append(1)
        return len(seen)

    assert reader._database.read(work, 0) == 2


def test_a_state_that_never_holds_still_is_a_fault(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readonly, "_PAUSE", 0.001)
    made(database).close()

    def work(connection: object) -> None:
        os.utime(database, ns=(0, database.stat().st_mtime_ns + 1))

    with pytest.raises(StateFault, match="changes all the time"):
        SqliteState(database, NAMED_IN, may_write=never)._database.read(work, None)


def mounted_read_only(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    script = f'mount --bind "{folder}" "{folder}" && mount -o remount,bind,ro "{folder}" && exec "$@"'
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", sys.executable, "-B", "-c", code, str(folder / "state.db")],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def may_mount(folder: Path) -> bool:
    return shutil.which("unshare") is not None and mounted_read_only(folder, "pass").returncode == 0


READ = """
import sys
from pathlib import Path
from reconciler.state.sqlite.backend import SqliteState
print(SqliteState(Path(sys.argv[1]), {}).snapshots.read().serial)
"""

WRITE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from reconciler.model.errors import StateFault
from reconciler.model.journal import Entry
from reconciler.state.sqlite.backend import SqliteState
try:
    SqliteState(Path(sys.argv[1]), {}).outbox.add([], Entry("e", "s", "a", datetime.now(UTC), {}))
except StateFault as fault:
    print(fault.summary)
"""


@pytest.mark.parametrize("case", ["closed", "in use", "crashed", "crashed without shm"])
def test_a_read_only_mount_is_read(database: Path, case: str) -> None:
    keep = None
    if case.startswith("crashed"):
        path = as_after_a_crash(database, shm=case == "crashed")
    else:
        keep, path = made(database, 2), database
        if case == "closed":
            keep.close()
    if not may_mount(path.parent):
        pytest.skip("this machine does not let the test mount a folder read-only")
    before = sorted(listing(path.parent))
    run = mounted_read_only(path.parent, READ)
    assert (run.stdout, run.stderr) == ("2\n", "")
    assert sorted(listing(path.parent)) == before
    if keep:
        keep.close()


def on_a_full_disk(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run the code where the state stands on a file system of its own without a free byte."""
    script = (
        f'mkdir "{folder}/copy" && cp "{folder}/state.db" "{folder}/copy" && mkdir "{folder}/disk" && '
        f'mount -t tmpfs -o size=400k tmpfs "{folder}/disk" && cp "{folder}/copy/state.db" "{folder}/disk" && '
        f'touch "{folder}/disk/state.db.turn" "{folder}/disk/state.db.queue" && '
        f'! head -c 1000000 /dev/zero > "{folder}/disk/filler" 2>/dev/null && exec "$@"'
    )
    return subprocess.run(
        [
            "unshare",
            "-m",
            "sh",
            "-c",
            script,
            "sh",
            sys.executable,
            "-B",
            "-c",
            code,
            str(folder / "disk" / "state.db"),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])},
    )


@pytest.mark.parametrize(("code", "words"), [("READ", "1\n"), ("WRITE", "could not be written: the disk is full\n")])
def test_on_a_full_disk_reading_works_and_writing_says_why_not(database: Path, code: str, words: str) -> None:
    made(database).close()
    if not may_mount(database.parent):
        pytest.skip("this machine does not let the test mount a file system")
    run = on_a_full_disk(database.parent, {"READ": READ, "WRITE": WRITE}[code])
    assert run.stdout.endswith(words) and not run.stderr, run


def test_writing_to_a_read_only_mount_says_so(database: Path) -> None:
    made(database).close()
    if not may_mount(database.parent):
        pytest.skip("this machine does not let the test mount a folder read-only")
    run = mounted_read_only(database.parent, WRITE)
    assert run.stdout == f"The state {database} cannot be written: its file system is read-only\n" and not run.stderr


def test_a_write_to_a_file_that_cannot_be_opened_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(StateFault):
        SqliteState(tmp_path / "loop" / "state.db", NAMED_IN).outbox.add([], entry())
