"""Drives a command through `strace`, so that it dies, or is told that the disk is full, at each of its writes in turn.

    for fault in kill_at_every_write(["-m", "reconciler", "apply"], env, cwd, prepare=restore):
        assert the state in cwd is the old or the new

strace counts the calls of every system call by itself; so first one undisturbed run is counted, then every (call, number)
is injected in a run of its own. `prepare` puts the world back before each run.

Every run is a process of its own, forked off one that has imported everything already (`tests.support.nursery`), and so is
its walled process: to import it all again under strace took most of the time of a run, and writes nothing.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.nursery import nursery

WRITES = (
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "ftruncate",
    "fallocate",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "mkdir",
    "mkdirat",
    "fchmod",
    "chmod",
    "fchmodat",
)
"""System calls that change what a crash leaves behind."""

KILL = "signal=SIGKILL"
"""Injected when the call is entered: the call itself does not happen any more."""

SECONDS = 60
"""After these a run that has not ended never will."""

_CALL = re.compile(r"^(\d+) +([a-z0-9_]+)\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fault:
    """One run: ``injection`` at the ``number``-th (from 1) use of ``call``; ``output`` is both streams of the command."""

    call: str
    number: int
    injection: str
    returncode: int
    output: str

    def __str__(self) -> str:
        return f"{self.injection} at {self.call} number {self.number}: exit {self.returncode}\n{self.output}"


@cache
def strace_works() -> bool:
    """Whether strace is here and the machine lets it trace."""
    if not shutil.which("strace"):
        return False
    run = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False)
    return run.returncode == 0


def kill_at_every_write(
    words: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    *,
    prepare: Callable[[], None],
    step: int = 1,
    injection: str = KILL,
    calls: Sequence[str] = WRITES,
    share: tuple[int, int] = (0, 1),
) -> Iterator[Fault]:
    """A `Fault` after each run of Python with these words and the injection at one of its writes, the first ones first.

    ``words``: as behind ``python``: ``-m MODULE`` or a script, then arguments. ``step``: only every so-manieth use of a
    call (the first and the last are always among them). ``share``: which of how many parts of the sweep. The undisturbed
    run must succeed.
    """
    with tempfile.TemporaryDirectory() as folder:
        runs = _Runs(words, env, cwd, Path(folder))
        prepare()
        counts = runs.count_writes(calls)
        numbers = [(c, n) for c, count in counts.items() for n in sorted({*range(1, count + 1, step), count})]
        for call, number in numbers[share[0] :: share[1]]:
            prepare()
            options = [f"--trace={call}", f"--inject={call}:{injection}:when={number}"]
            returncode, output = runs.traced(["-o", "/dev/null", *options])
            yield Fault(call, number, injection, returncode, output)


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs of one command under strace; ``folder`` holds what they and strace say."""

    words: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    folder: Path

    def count_writes(self, calls: Sequence[str]) -> dict[str, int]:
        """How often the undisturbed command uses each call (at most, over its processes); it must succeed."""
        log = self.folder / "log"
        # The question mark lets strace pass over calls this machine does not have.
        trace = "--trace=" + ",".join(f"?{call}" for call in calls)
        returncode, output = self.traced(["-o", str(log), trace])
        if returncode != 0:
            raise AssertionError(f"the undisturbed command failed:\n{output}")
        found: dict[str, int] = {}
        for (_, call), count in Counter(_CALL.findall(log.read_text(errors="replace"))).items():
            found[call] = max(count, found.get(call, 0))
        return found

    def traced(self, options: Sequence[str]) -> tuple[int, str]:
        """One run under strace: its exit code, negative for a signal, and both its streams."""
        child = nursery().start(self.words, self.folder / "output", env=self.env, cwd=self.cwd, held=True)
        command = ["strace", "-f", "-qq", *options, "-p", str(child.pid)]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as strace, child:
            while not _is_traced(child.pid):
                assert strace.poll() is None, "strace could not attach"
                time.sleep(0.002)
            child.go()
            returncode = child.wait(SECONDS)
        return returncode, child.said()


def _is_traced(pid: int) -> bool:
    return "TracerPid:\t0\n" not in Path(f"/proc/{pid}/status").read_text()
