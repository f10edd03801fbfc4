"""A process that has imported everything, and forks off one run after the other; see `tests.support.nursery`.

It reads one JSON line for each step and answers each with one: for ``{"start": WORDS, "output": FILE, "errors": …, "env": …,
"cwd": …, "held": …}`` the process id of a child, which waits if it is held; for ``{"go": ID}``, which lets it run, null; for
``{"end": ID}`` null while it runs, and then, once, its exit code (negative for a signal).
"""

from __future__ import annotations

import atexit
import ctypes
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import subprocess
import sys
import termios
import threading
from types import SimpleNamespace, TracebackType
from typing import IO, Any, NoReturn

ANY_TRACER = (0x59616D61, -1)
"""PR_SET_PTRACER, PR_SET_PTRACER_ANY: strace is no ancestor of ours, which some machines ask for (Yama)."""


def import_everything(others: list[str]) -> None:
    """What a command imports on its way, commands and libraries loaded on demand too, and these other modules."""
    import reconciler

    for name in ("deepdiff", *others):
        importlib.import_module(name)

    for module in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


class ForkedWall:
    """A walled process of a run, as `subprocess.Popen` would start it: forked too, so that it imports nothing again.

    From the first line of `live` on it is what it always is: nothing is open but its pipes, and the same limits are set.
    """

    def __init__(self, *_: object, **__: object) -> None:
        self.returncode: int | None = None
        read, write = os.pipe()
        answered, answering = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            wall(read, answering)
        os.close(read)
        os.close(answering)
        self.stdin: IO[bytes] = os.fdopen(write, "wb", 0)
        self.stdout: IO[bytes] = os.fdopen(answered, "rb", 0)

    def poll(self) -> int | None:
        return self._look(os.WNOHANG)

    def wait(self) -> int:
        code = self._look(0)
        assert code is not None
        return code

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def __enter__(self) -> ForkedWall:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stdin.close()
        self.stdout.close()
        self.wait()

    def _look(self, options: int) -> int | None:
        if self.returncode is None:
            found, status = os.waitpid(self.pid, options)
            self.returncode = os.waitstatus_to_exitcode(status) if found else None
        return self.returncode


def wall(read: int, write: int) -> None:
    """The walled process, in the place that `reconciler.operations.walled.pool` starts it in. Never returns."""
    from reconciler.operations.walled.child import live

    for stream, own in ((read, 0), (write, 1), (os.open(os.devnull, os.O_WRONLY), 2)):
        os.dup2(stream, own)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.chdir("/")
    os.setsid()
    os.environ.clear()
    live()


def open_streams(output: str, errors: str) -> tuple[int, int, int]:
    """What is read, printed and said of errors. A terminal becomes that of the process, which then leads a session."""
    if output.startswith("/dev/pts/"):
        os.setsid()
        terminal = os.open(output, os.O_RDWR | os.O_NOCTTY)
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        return terminal, terminal, terminal
    said = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    told = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) if errors else said
    return os.open(os.devnull, os.O_RDONLY), said, told


def run(step: dict[str, Any], gate: int | None) -> NoReturn:
    """The child: wait to be let through, then be the command until its end."""
    ctypes.CDLL(None).prctl(*ANY_TRACER)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell makes a process in the background ignore
    for stream, own in zip(open_streams(step["output"], step["errors"]), (0, 1, 2), strict=True):
        os.dup2(stream, own)
    if os.isatty(1):
        sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
    if gate is not None:
        os.dup2(gate, 3)
    os.closerange(3 if gate is None else 4, os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(step["env"])
    os.chdir(step["cwd"])
    if gate is not None:
        os.read(3, 1)
    try:
        be(step["start"])
    except SystemExit as ended:
        end(ended.code)
    end(0)


def be(words: list[str]) -> None:
    """What Python does with these words behind it."""
    if words[0] == "-m":
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")


def end(code: object) -> NoReturn:
    """End as Python does, but leave what was imported standing: to take that apart, all of it would be copied first."""
    assert code is None or isinstance(code, int), "a message is not what a command ends with"
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


def main() -> None:
    from reconciler.operations.walled import pool

    import_everything(sys.argv[1:])
    vars(pool)["subprocess"] = SimpleNamespace(Popen=ForkedWall, PIPE=subprocess.PIPE, DEVNULL=subprocess.DEVNULL)
    gc.collect()
    gc.freeze()  # what a collection does not look at, a child does not copy
    gates: dict[int, int] = {}
    for line in sys.stdin:
        step, answer = json.loads(line), None
        if "go" in step:
            os.write(gates[step["go"]], b"!")
            os.close(gates.pop(step["go"]))
        elif "end" in step:
            found, status = os.waitpid(step["end"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if found else None
        else:
            gate, opened = os.pipe() if step["held"] else (None, None)
            answer = os.fork()
            if answer == 0:
                run(step, gate)
            if gate is not None and opened is not None:
                os.close(gate)
                gates[answer] = opened
        print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
