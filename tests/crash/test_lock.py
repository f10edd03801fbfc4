"""The lock: taken over from a dead process of this host and said so, and from nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.operations.context.workspace import started, this_host
from reconciler.state.protocols import Holder
from reconciler.state.sqlite.backend import SqliteState
from reconciler.wiring import NAMED_IN
from tests.crash.project import apply_here, contents, database, here, stored, write_new, write_old


def living() -> Holder:
    """A holder that is this very process."""
    since = datetime.now(UTC) - timedelta(minutes=7)
    return Holder("lock_1", "release-bot", this_host(), os.getpid(), started(os.getpid()), "apply", since)


def dead() -> Holder:
    """A holder whose process was killed."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    holder = replace(living(), process=process.pid, started=started(process.pid))
    process.kill()
    process.wait()
    return holder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Applied once, with changes waiting."""
    folder = write_old(tmp_path / "project")
    apply_here(folder)
    return write_new(folder)


def hold(project: Path, holder: Holder) -> None:
    with closing(SqliteState(database(project), NAMED_IN)) as state:
        assert state.lock.acquire(holder) is None


def test_the_lock_of_a_dead_process_is_taken_over_and_said_so(project: Path) -> None:
    holder = dead()
    hold(project, holder)
    text = apply_here(project)
    who = f"release-bot (process {holder.process} on {holder.host}, apply)"
    assert f"Took over the lock of {who}: that process has ended without giving it back." in text
    assert stored(project)[1] is None and stored(project)[0].serial == 2


@pytest.mark.parametrize("change", ["later", "before the machine started anew"])
def test_another_process_with_the_same_id_is_not_taken_for_the_holder(project: Path, change: str) -> None:
    boot, _, ticks = living().started.partition(":")
    assert ticks, "this machine tells when a process started"
    start = f"{boot}:{int(ticks) - 1}" if change == "later" else f"00000000-0000-0000-0000-000000000000:{ticks}"
    hold(project, replace(living(), started=start))
    assert "Took over the lock" in apply_here(project)


@pytest.mark.parametrize(("words", "seconds"), [([], 0), (["--lock-timeout", "1s"], 1)])
def test_the_lock_of_a_living_process_is_respected(project: Path, words: list[str], seconds: int) -> None:
    hold(project, living())
    before = stored(project)
    began = time.monotonic()
    code, told = here(project, "apply", "--auto-approve", *words)
    assert code == 5 and seconds <= time.monotonic() - began < seconds + 3
    text = " ".join(told.split())
    assert f"release-bot (process {os.getpid()} on {this_host()}, apply) has held the lock" in text
    assert "for 7 min" in text and " state unlock lock_1" in text
    assert stored(project) == before


def test_the_lock_of_a_process_of_another_host_is_respected(project: Path) -> None:
    hold(project, replace(dead(), host="build-9.example.com"))
    code, text = here(project, "apply", "--auto-approve")
    assert code == 5 and "build-9.example.com" in text
    assert here(project, "state", "unlock", "lock_1")[0] == 0
    assert "Took over" not in apply_here(project)


def test_the_lock_given_back_in_time_is_waited_for(project: Path) -> None:
    hold(project, living())

    def give_back() -> None:
        with closing(SqliteState(database(project), NAMED_IN)) as state:
            state.lock.release("lock_1")

    timer = threading.Timer(4.0, give_back)
    timer.start()
    text = apply_here(project, "--lock-timeout", "30s")
    timer.join()
    assert "Waiting for the lock, held by release-bot" in text and "Group/joining" in contents(stored(project)[0])
