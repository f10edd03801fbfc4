"""Processes of their own that begin at once: forked off one that has imported everything (`crash_nursery.py`).

To import it all again takes most of the time of a short command. Who wants to see what a start costs, what it loads, or how it
ends before it has begun, starts Python itself.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "HOME": "/nonexistent", "LANG": "C.UTF-8"}


class Nursery:
    """The process that forks the others off itself. ``load``: modules that they need beside those of the product."""

    def __init__(self, *load: str) -> None:
        program = str(Path(__file__).with_name("crash_nursery.py"))
        self._process = subprocess.Popen(
            [sys.executable, "-B", program, *load], env=ENVIRONMENT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def start(
        self,
        words: Sequence[str],
        output: Path,
        *,
        errors: Path | None = None,
        env: Mapping[str, str] = ENVIRONMENT,
        cwd: Path = REPOSITORY,
        held: bool = False,
    ) -> Child:
        """A run of Python with these words (``-m MODULE`` or a script, then arguments); what it prints goes to ``output``.

        ``errors``: where its standard error goes instead; ``output`` may be a terminal, which then is the one it has.
        ``held``: it does nothing before `Child.go`.
        """
        output.touch()  # what has printed nothing yet can be asked what it said
        places = {"output": str(output), "errors": str(errors or ""), "cwd": str(cwd)}
        step = {"start": list(words), **places, "env": dict(env), "held": held}
        return Child(self, int(self.ask(step)), output)

    def ask(self, step: dict[str, Any]) -> Any:
        """What comes of one step."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(step) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()


@cache
def nursery() -> Nursery:
    """The one of this process, started when somebody first needs it."""
    made = Nursery("tests.state.samples")  # by which the worker of the state's tests makes what it stores
    atexit.register(made.close)
    return made


@dataclass(slots=True)
class Child:
    """A process that was forked off; like `subprocess.Popen`, as far as tests need it. It ends with a ``with`` block."""

    _nursery: Nursery
    pid: int
    output: Path
    returncode: int | None = field(default=None)

    def go(self) -> None:
        """Let one that is held begin."""
        self._nursery.ask({"go": self.pid})

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; none while it runs."""
        if self.returncode is None:
            self.returncode = self._nursery.ask({"end": self.pid})
        return self.returncode

    def wait(self, seconds: float) -> int:
        """Its exit code once it has ended; it must within so many seconds."""
        deadline = time.monotonic() + seconds
        while (code := self.poll()) is None:
            assert time.monotonic() < deadline, f"it has not ended after {seconds} s"
            time.sleep(0.002)
        return code

    def kill(self) -> None:
        self.send(signal.SIGKILL)

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def send(self, number: signal.Signals) -> None:
        """A signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def said(self) -> str:
        """What it has printed so far."""
        return self.output.read_text(errors="replace")
