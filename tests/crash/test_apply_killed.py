"""`reconciler apply` that dies, or is refused by the disk, at each of its writes leaves the old state or the new one.

Of an apply that changes, adds, deletes and renames every third write is covered for SIGKILL. Of the first apply of all, which
also makes folder, file and tables, and for a disk that is full or broken, fewer are. With RECONCILER_TEST_SWEEP=full, which
`make soak` sets, every single write is.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.model.configuration.snapshot import Snapshot
from tests.crash.project import (
    apply_here,
    ask,
    command,
    contents,
    group,
    require_whole,
    server,
    start,
    stored,
    words_of,
    write,
    write_new,
    write_old,
)
from tests.support.components import require
from tests.support.crash import WRITES, Fault, kill_at_every_write, strace_works
from tests.support.nursery import ENVIRONMENT

FULL_SWEEP = os.environ.get("RECONCILER_TEST_SWEEP") == "full"
KILL = "signal=SIGKILL"
PARTS = 4 if FULL_SWEEP else 2
"""The sweep over the writes is shared out, so that several processors take part in it."""
ERRORS = ["ENOSPC", "EIO"]
DISK = [call for call in WRITES if call != "write"]
"""What touches the disk: SQLite writes with `pwrite64`, and `write` is left to the terminal."""


@dataclass(frozen=True, slots=True)
class Case:
    """A project about to be applied, and the state before and after it; ``folder`` is where copies of it are crashed."""

    prepared: Path
    folder: Path
    old: Snapshot
    new: Snapshot

    def prepare(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.prepared, self.folder)

    def faults(self, injection: str, calls: list[str], step: int, share: tuple[int, int] = (0, 1)) -> Iterator[Fault]:
        """One crashed apply after the other."""
        return kill_at_every_write(
            words_of(self.folder, "apply", "--auto-approve", "--allow", "deletions"),
            ENVIRONMENT,
            self.folder.parent,
            prepare=self.prepare,
            step=1 if FULL_SWEEP else step,
            injection=injection,
            calls=calls,
            share=share,
        )


@pytest.fixture
def first(tmp_path: Path) -> Case:
    """No state yet."""
    return _case(tmp_path, write_new(tmp_path / "prepared"))


@pytest.fixture
def update(tmp_path: Path) -> Case:
    """A state to change, add to, delete from and rename in, with a request that is open and mail that waits."""
    prepared = write_old(tmp_path / "prepared")
    apply_here(prepared)
    ask(prepared)
    return _case(tmp_path, write_new(prepared))


def _case(tmp_path: Path, prepared: Path) -> Case:
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(prepared, undisturbed)
    apply_here(undisturbed)
    return Case(prepared, tmp_path / "project", stored(prepared)[0], stored(undisturbed)[0])


@pytest.fixture(autouse=True)
def _tracing(request: pytest.FixtureRequest) -> None:
    if "first" in request.fixturenames or "update" in request.fixturenames:
        require("strace", strace_works())


@pytest.mark.parametrize("part", range(PARTS))
def test_an_update_killed_at_any_write_leaves_the_old_state_or_the_new(update: Case, part: int) -> None:
    outcomes = []
    for fault in update.faults(KILL, list(WRITES), step=3, share=(part, PARTS)):
        new = require_whole(update.folder, update.old, update.new, fault)
        assert _died(fault) or new, fault
        outcomes.append(new)
    assert len(outcomes) >= (20 if FULL_SWEEP else 8) and set(outcomes) == {False, True}


def test_a_first_apply_killed_leaves_no_state_or_the_new(first: Case) -> None:
    died = []
    for fault in first.faults(KILL, list(WRITES), step=90):
        new = require_whole(first.folder, first.old, first.new, fault)
        died.append(_died(fault))
        assert died[-1] or new, fault
    assert sum(died) > 8


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("which", ["first", "update"])
def test_a_disk_that_fails_is_told_plainly_and_harms_nothing(
    which: str, error: str, request: pytest.FixtureRequest
) -> None:
    case: Case = request.getfixturevalue(which)
    require("strace", strace_works())
    share = (0, 1) if FULL_SWEEP else (ERRORS.index(error), len(ERRORS))  # they take turns
    failed = 0
    for fault in case.faults(f"error={error}", DISK, step=20 if which == "update" else 200, share=share):
        failed += fault.returncode != 0
        _require_plain(fault)
        new = require_whole(case.folder, case.old, case.new, fault)
        assert new or fault.returncode == 1, fault
    assert failed


def _died(fault: Fault) -> bool:
    """Whether the fault ended the apply. Only a child may die without harm: the one that renders mail to compare."""
    assert fault.returncode != 0 or fault.call == "write", fault
    return fault.returncode != 0


def _require_plain(fault: Fault) -> None:
    """Done, or one message with a next step; neither a traceback nor what is stored."""
    assert fault.returncode in (0, 1), fault
    assert "Traceback" not in fault.output and "bug" not in fault.output, fault
    assert '"metadata"' not in fault.output and "apiVersion" not in fault.output, fault
    if fault.returncode == 1:
        assert "The state " in fault.output and "disk" in fault.output, fault


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_output_that_cannot_be_written_is_told_plainly(tmp_path: Path) -> None:
    """The plan could not be shown, so nothing was applied."""
    project = write_new(tmp_path / "project")
    for words in (["plan"], ["plan", "--format", "json"], ["apply", "--auto-approve"]):
        with Path("/dev/full").open("w") as full:
            run = subprocess.run(
                command(project, *words), stdout=full, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, check=False
            )
        assert run.returncode == 1 and run.stderr.startswith("error: The output could not be written\n"), run.stderr
        assert "Traceback" not in run.stderr and "bug" not in run.stderr and "Exception ignored" not in run.stderr
    assert stored(project)[0].serial == 0


def test_applies_killed_at_random_moments_leave_the_old_state_or_the_new(tmp_path: Path) -> None:
    """One state through fifteen kills; a second or later apply also meets what the one before it left."""
    chance = random.Random(20270301)
    project = tmp_path / "project"

    def state(number: int) -> Path:
        folder = write(
            project, server(), *(group(f"g{each}", f"a{number}@example.com") for each in range(number % 5 + 1))
        )
        (folder / "manifests" / "more.yaml").unlink(missing_ok=True)
        return folder

    apply_here(state(0))
    began = time.monotonic()
    assert start(state(1), "apply", "--auto-approve", output=tmp_path / "out").wait(30) == 0
    whole = time.monotonic() - began
    for number in range(2, 17):
        old, _ = stored(project)
        process = start(state(number), "apply", "--auto-approve", "--allow", "deletions", output=tmp_path / "out")
        time.sleep(chance.uniform(0, 1.1) * whole)
        process.kill()
        process.wait(30)
        shutil.copytree(project, tmp_path / "copy")
        apply_here(tmp_path / "copy")
        new, _ = stored(tmp_path / "copy")
        shutil.rmtree(tmp_path / "copy")
        serial = old.serial + 1
        assert contents(stored(project)[0]) in (contents(old), contents(new)), number
        require_whole(project, old, Snapshot(new.lineage, serial, new.resources), number)
