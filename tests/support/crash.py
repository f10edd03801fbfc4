"""Drives a command through `strace`, so that it dies, or is told that the disk is full, at each of its writes in turn.

    for fault in kill_at_every_write([sys.executable, "-m", "reconciler", "apply"], env, cwd, prepare=restore):
        assert the state in cwd is the old or the new

strace counts the calls of every system call by itself; so first one undisturbed run is counted, then every (call, number)
is injected in a run of its own. `prepare` puts the world back before each run.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

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
    command: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    *,
    prepare: Callable[[], None],
    step: int = 1,
    injection: str = KILL,
    calls: Sequence[str] = WRITES,
    timeout: float = 60,
) -> Iterator[Fault]:
    """A `Fault` after each run of the command with the injection at one of its writes, the first ones first.

    ``step``: only every so-manieth use of a call (the first and the last are always among them). The undisturbed run
    must succeed.
    """
    prepare()
    for call, count in count_writes(command, env, cwd, calls=calls, timeout=timeout).items():
        for number in sorted({*range(1, count + 1, step), count}):
            prepare()
            yield inject(command, env, cwd, call=call, number=number, injection=injection, timeout=timeout)


def count_writes(
    command: Sequence[str], env: Mapping[str, str], cwd: Path, *, calls: Sequence[str] = WRITES, timeout: float = 60
) -> dict[str, int]:
    """How often the undisturbed command uses each call (at most, over its processes); it must succeed."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        run = _strace(["-o", str(log), f"--trace={_set(calls)}"], command, env, cwd, timeout)
        if run.returncode != 0:
            raise AssertionError(f"the undisturbed command failed:\n{run.stdout}")
        counts = Counter(_CALL.findall(log.read_text(errors="replace")))
    found: dict[str, int] = {}
    for (_, call), count in counts.items():
        found[call] = max(count, found.get(call, 0))
    return found


def inject(
    command: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    *,
    call: str,
    number: int,
    injection: str = KILL,
    timeout: float = 60,
) -> Fault:
    """One run with the injection (``signal=SIGKILL``, ``error=ENOSPC``) at the number-th use of the call.

    ``number`` may be any expression of strace, such as ``3+`` (from the third on), given as text.
    """
    options = ["-o", "/dev/null", f"--trace={call}", f"--inject={call}:{injection}:when={number}"]
    run = _strace(options, command, env, cwd, timeout)
    return Fault(call, number, injection, run.returncode, run.stdout)


def _set(calls: Sequence[str]) -> str:
    # The question mark lets strace pass over calls this machine does not have.
    return ",".join(f"?{call}" for call in calls)


def _strace(
    options: Sequence[str], command: Sequence[str], env: Mapping[str, str], cwd: Path, timeout: float
) -> subprocess.CompletedProcess[str]:
    # Stopping only at the traced calls is three times as fast, but strace then forgets to deliver injected signals.
    fast = [] if any(KILL in option for option in options) else ["--seccomp-bpf"]
    return subprocess.run(
        ["strace", "-f", "-qq", *fast, *options, "--", *command],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
