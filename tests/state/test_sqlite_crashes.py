"""A commit that dies, or is refused by the disk, at each of its writes leaves the old state or the new one.

Every write of a small commit is covered for SIGKILL; of the first commit of all, which also makes the tables, and for a
disk that is full or broken, some are, and all of them with RECONCILER_TEST_SWEEP=full.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.model.canonical import hash_bytes
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.journal import find_first_break
from reconciler.model.mail.message import MessageState
from reconciler.state.sqlite.backend import SqliteState
from tests.state.samples import NAMED_IN, after, commit, entry, message, record, request
from tests.support.crash import WRITES, Fault, kill_at_every_write, strace_works

FULL_SWEEP = os.environ.get("RECONCILER_TEST_SWEEP") == "full"
REQUIRED = "strace" in os.environ.get("RECONCILER_TEST_REQUIRE", "").split(",")

pytestmark = pytest.mark.skipif(
    not REQUIRED and not strace_works(), reason="strace is not here, or this machine does not let it trace"
)

ERRORS = ["ENOSPC", "EIO"]
DISK = [call for call in WRITES if call != "write"]
"""What touches the disk: the worker writes to its standard output alone with `write`."""


def empty(folder: Path) -> None:
    """No state at all: the commit makes folder, file and tables."""


def stored(folder: Path) -> None:
    """A state at serial 1, with a request and a message that the commit's effects move."""
    state = SqliteState(folder / "state.db", NAMED_IN)
    state.snapshots.commit(commit(Snapshot(), record()))
    state.requests.add(request(due=after(days=1)), [], entry(), serial=1)
    state.outbox.add([message(state=MessageState.DEFERRED, due=after(days=1))], entry())
    state.close()


def sweep(
    tmp_path: Path,
    before: Callable[[Path], None],
    *,
    injection: str,
    step: int,
    calls: list[str],
    share: tuple[int, int] = (0, 1),
) -> tuple[list[Fault], Path]:
    """All faults of the sweep, each with its outcome checked; the folder the last one left."""
    prepared, folder = tmp_path / "prepared", tmp_path / "state"
    before(prepared)

    def prepare() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        if prepared.is_dir():
            shutil.copytree(prepared, folder)

    words = [str(Path(__file__).with_name("worker.py")), "apply", str(folder / "state.db"), "worker"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
    faults = []
    for fault in kill_at_every_write(
        words,
        environment,
        tmp_path,
        prepare=prepare,
        step=1 if FULL_SWEEP else step,
        injection=injection,
        calls=calls,
        share=share,
    ):
        require_old_or_new(folder, old=1 if prepared.is_dir() else 0, fault=fault)
        faults.append(fault)
    return faults, folder


def require_old_or_new(folder: Path, *, old: int, fault: Fault) -> None:
    state = SqliteState(folder / "state.db", NAMED_IN)
    snapshot = state.snapshots.read()
    assert snapshot.serial in (old, old + 1), fault
    new = snapshot.serial == old + 1
    if fault.returncode == 0:
        assert new, fault
    entries = list(state.journal.entries())
    assert len(entries) == (3 * old) + new and find_first_break(entries) is None, fault
    assert len(snapshot.resources) == old + new, fault
    if new:
        state.snapshots.blobs(digest for item in snapshot.resources.values() for digest in item.templates.values())
        assert entries[-1].hash == hash_bytes(entries[-1].text.encode())
    if old:
        asked, waiting = state.requests.get("req_1"), state.outbox.get("msg_1")
        assert asked is not None and (asked.due != after(days=1)) == new, fault
        assert waiting is not None and (waiting.due != after(days=1)) == new, fault
    # The next writer is not held up by what the last one left.
    state.snapshots.commit(commit(state.snapshots.read(), record("Group/next")))
    assert state.snapshots.read().serial == snapshot.serial + 1, fault
    state.close()
    connection = sqlite3.connect(folder / "state.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",), fault
    connection.close()


def test_a_commit_killed_at_any_write_leaves_the_old_state_or_the_new(tmp_path: Path) -> None:
    faults, _ = sweep(tmp_path, stored, injection="signal=SIGKILL", step=1, calls=list(WRITES))
    assert len(faults) > 20 and all(fault.returncode == -9 for fault in faults)


def test_a_first_commit_killed_leaves_no_state_or_the_new(tmp_path: Path) -> None:
    faults, _ = sweep(tmp_path, empty, injection="signal=SIGKILL", step=24, calls=list(WRITES))
    assert len(faults) > 10 and all(fault.returncode == -9 for fault in faults)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("before", [stored, empty])
def test_a_disk_that_fails_is_reported_and_harms_nothing(
    tmp_path: Path, before: Callable[[Path], None], error: str
) -> None:
    step = 7 if before is stored else 40
    share = (0, 1) if FULL_SWEEP else (ERRORS.index(error), len(ERRORS))  # they take turns
    faults, _ = sweep(tmp_path, before, injection=f"error={error}", step=step, calls=DISK, share=share)
    failed = [fault for fault in faults if fault.returncode != 0]
    assert failed
    for fault in failed:
        assert fault.output.startswith("StateFault: ") and "Traceback" not in fault.output, fault
        assert "disk" in fault.output, fault
