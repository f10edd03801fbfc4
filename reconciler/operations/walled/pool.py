"""The walled processes of this one: started when one is needed, kept for the next who asks, ended with it."""

from __future__ import annotations

import atexit
import os
import select
import subprocess
import sys
from pathlib import Path
from threading import Lock
from time import monotonic

import reconciler
from reconciler.model.errors import EnvironmentFault
from reconciler.operations.walled.confinement import READY

BOOT = "import sys; sys.path[:] = sys.argv[1:]; from reconciler.operations.walled.child import live; live()"
"""What a process is started with; the folders that this process imports from are its arguments."""

MAX_ANSWER = 64 * 1024 * 1024
"""Bytes of one answer; a process that says more has lost its mind."""

_CHUNK = 1 << 16


class Child:
    """One walled process, its pipes and what it has said so far. Raises `EnvironmentFault` where none can be started."""

    def __init__(self) -> None:
        self.answered = 0
        self.started = False
        self._parent = os.getpid()
        self._said = bytearray()
        flags = ["-I", "-S", "-X", "utf8", *(["-B"] if sys.dont_write_bytecode else [])]
        try:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, *flags, "-c", BOOT, *_list_folders()],
                env={},
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as fault:
            raise report_unstarted(f"{sys.executable} cannot be run: {fault.strerror}") from fault
        assert self.process.stdin and self.process.stdout
        self._in, self.out = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self._in, False)

    @property
    def alive(self) -> bool:
        """Whether it is there, and this process's own rather than that of one it was forked from."""
        return self._parent == os.getpid() and self.process.poll() is None

    def ask(self, asked: bytes, until: float) -> None:
        """Say this to it. One that does not listen is ended, and heard to be gone."""
        data = memoryview(asked)
        try:
            while data and wait_for_ready([self._in], select.POLLOUT, until):
                data = data[os.write(self._in, data[:_CHUNK]) :]
        except OSError:
            pass
        if data:
            self.process.kill()

    def hear(self) -> tuple[list[bytes], bool]:
        """The answers that have come, and whether it is gone: dead, or saying too much. For when there is something to read.

        Raises `EnvironmentFault` for one that came to nothing before it was ready.
        """
        chunk = os.read(self.out, 1 << 20)
        self._said += chunk
        answers: list[bytes] = []
        if b"\n" in chunk:
            *answers, rest = bytes(self._said).split(b"\n")
            self._said = bytearray(rest)
        if not self.started and (answers or not chunk):
            if answers[:1] != [READY]:
                raise report_unstarted("it ended before it was ready")
            self.started, answers = True, answers[1:]
        return answers, not chunk or len(self._said) > MAX_ANSWER

    def end(self) -> int:
        """End it, at once; its exit code, negative for the signal it died of."""
        if self._parent != os.getpid():
            return 0
        self.process.kill()
        with self.process:
            return self.process.wait()


class Pool:
    """Processes that wait for work. Everything in this process shares them; no two use one at a time."""

    def __init__(self) -> None:
        self._idle: list[Child] = []
        self._lock = Lock()
        atexit.register(self.close)

    def take(self, *, fresh: bool = False) -> Child:
        """One that has nothing to do; ``fresh``: that has done nothing yet. Raises `EnvironmentFault`."""
        with self._lock:
            while self._idle and not fresh:
                child = self._idle.pop()
                if child.alive:
                    return child
                child.end()
        return Child()

    def give_back(self, child: Child) -> None:
        """It has done its work, and may do more."""
        with self._lock:
            self._idle.append(child)
            superfluous = [self._idle.pop(0)] if len(self._idle) > count_processors() else []
        for each in superfluous:
            each.end()

    def close(self) -> None:
        """End all that wait."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()


POOL = Pool()


def count_processors() -> int:
    """How many processes can work at a time."""
    return len(os.sched_getaffinity(0))


def wait_for_ready(pipes: list[int], event: int, until: float) -> list[int]:
    """Those of the pipes that can be used, after at most the time that is left."""
    poll = select.poll()
    for pipe in pipes:
        poll.register(pipe, event)
    return [pipe for pipe, _ in poll.poll(max(until - monotonic(), 0) * 1000)]


def report_unstarted(why: str) -> EnvironmentFault:
    """What is said when there is no process to render in."""
    return EnvironmentFault(
        "Templates cannot be rendered",
        f"They are rendered in a process of their own, and none could be started: {why}.",
        "See to it that there is memory left, and that this user may start another process.",
    )


def _list_folders() -> list[str]:
    """Where this process imports from; ours first, which an installation may know of in another way."""
    folders = [str(Path(reconciler.__file__).parent.parent), *sys.path]
    return list(dict.fromkeys(str(Path(folder).absolute()) for folder in folders if folder))
