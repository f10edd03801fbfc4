"""What is run in place of a walled process's first words: a real one, in which mails that say so come to a bad end."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from reconciler.operations.walled import child, confinement, jobs
from reconciler.operations.walled.items import Comparison

BOOT = "import sys; sys.path[:] = sys.argv[1:]; from tests.walled.deadly import live; live()"


def allocate() -> None:
    held = []
    while True:
        held.append(bytearray(16 << 20))


def spin() -> None:
    while True:
        pass


def work() -> None:
    """For more than half of what is allowed, which costs nobody their life."""
    end = time.process_time() + 0.6 * confinement.PROCESSOR_SECONDS
    while time.process_time() < end:
        pass


def fail() -> None:
    raise RuntimeError("a bug in the first wall")


def say(data: bytes) -> None:
    os.write(1, data)
    time.sleep(60)


def flood() -> None:
    while True:
        os.write(1, b" " * (1 << 16))


DEATHS: dict[str, Callable[[], object]] = {
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "stopped": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "allocates": allocate,
    "spins": spin,
    "sleeps": lambda: time.sleep(60),
    "fails": fail,
    "babbles": lambda: say(b'[{"template": "x"}]\n'),
    "forges": lambda: say(b'{"subject": "News", "data": "From: x@example.net\\r\\n\\r\\nPay here"}\n'),
    "floods": flood,
    "imports": lambda: __import__("http.server"),
}
"""By what stands behind ``die:`` in a template or a subject; ``die:killed in show`` only when it is shown."""


def live() -> None:
    """Live as a walled process does, with limits that are soon met."""
    confinement.PROCESSOR_SECONDS, confinement.MEMORY = 0.5, 64 << 20
    child.JOBS = {name: _deadly(name, job) for name, job in jobs.JOBS.items()}  # type: ignore[misc]
    child.live()


def _deadly(name: str, job: Callable[[Iterable[Any]], Iterator[object]]) -> Callable[[Iterable[Any]], Iterator[object]]:
    def run(items: Iterable[Any]) -> Iterator[object]:
        return job(_each(name, items))

    return run


def _each(job: str, items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        death = re.search(r"die:(\w+)(?: in (\w+))?", _words(item))
        if death and death[2] in (None, job):
            {**DEATHS, "works": work}[death[1]]()
        yield item


def _words(item: Any) -> str:
    if not isinstance(item, Comparison):
        return repr(item)
    return "".join(item.sources[digest] for digest in item.pair.after.templates.values())
