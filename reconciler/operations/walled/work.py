"""Work for walled processes: shared out, waited for, and what came of each item; a death is an answer too."""

from __future__ import annotations

import pickle
import re
import select
from collections import deque
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from time import monotonic
from typing import Generic, TypeVar
from zoneinfo import TZPATH

from pydantic import TypeAdapter

from reconciler.model.errors import EnvironmentFault
from reconciler.operations.walled.confinement import MEMORY, OVERTIME, PROCESSOR_SECONDS, ZONE
from reconciler.operations.walled.items import Item
from reconciler.operations.walled.pool import POOL, Child, count_processors, report_unstarted, wait_for_ready

_NAME = re.compile(r"[A-Za-z0-9+_-]+(/[A-Za-z0-9+_-]+)*\Z")


@lru_cache(maxsize=1024)
def read_zone(name: str) -> bytes:
    """The zone's TZif data; empty, which stands for UTC, where there is no zone of that name. Raises `EnvironmentFault`."""
    if not _NAME.match(name):
        return b""
    try:
        data = _find_zone(name)
    except OSError as fault:
        detail = f"The data of {name} cannot be read: {fault.strerror}."
        raise EnvironmentFault("Cannot read a time zone", detail, "Install the system's time zones anew.") from fault
    return data if data.startswith(b"TZif") else b""


def _find_zone(name: str) -> bytes:
    for folder in TZPATH:
        path = Path(folder, name)
        if path.is_file():
            return path.read_bytes()
    try:
        shipped = files("tzdata").joinpath("zoneinfo", *name.split("/"))
    except ModuleNotFoundError:
        return b""
    return shipped.read_bytes() if shipped.is_file() else b""


START_SECONDS = 60
"""Seconds after which a process that is not ready will never be."""

WALL_SECONDS = 30
"""Seconds after which an answer that has not come will never come."""

WORK_SECONDS = 300
"""Seconds for all the mails of a plan together."""

BATCH = 100
"""Items that are worth a process of their own: below that, starting it costs more than it saves."""

ItemT = TypeVar("ItemT", bound=Item)
AnswerT = TypeVar("AnswerT")


class Death(StrEnum):
    """How a process came to its end with an item, or why none got to it."""

    DIED = "died"
    BUSY = "used too much processor time"
    SILENT = "took too long"
    LATE = "was not reached"


class Job(Generic[ItemT, AnswerT]):
    """One of `reconciler.operations.walled.jobs.JOBS`, by name. ``answer``: the type of every answer to it.

    ``apart``: whether the items of one call may be done by several processes.
    """

    def __init__(self, name: str, answer: type[AnswerT], *, apart: bool = True) -> None:
        self.name, self.apart = name, apart
        self._answer: TypeAdapter[AnswerT] = TypeAdapter(answer)

    def read(self, said: bytes) -> AnswerT:
        """The answer. Raises `ValueError` for what is none: whoever says it may have been taken over."""
        return self._answer.validate_json(said, strict=True)

    def all(self, items: Sequence[ItemT]) -> list[AnswerT | Death]:
        """What came of each item, in order; no process is started where there are none.

        A process that dies costs the item it was at, and no other. Only the death of one that had done nothing before proves
        that the item was to blame; else it is tried once more. Raises `EnvironmentFault` where no process can be started.
        """
        found = sorted(_Work(self, items).done(), key=lambda each: each[0])
        return [answer for _, answer in found]

    def one(self, item: ItemT) -> AnswerT | Death:
        """What came of the item. Raises `EnvironmentFault`."""
        return self.all([item])[0]


def describe_death(what: str, death: Death) -> str:
    """In a sentence, why there is nothing of ``what``."""
    if death is Death.LATE:
        return f"All mails together may take {WORK_SECONDS} s; {what} was not reached in that time."
    return (
        f"The process that rendered {what} {death} ({MEMORY >> 20} MiB of memory and "
        f"{PROCESSOR_SECONDS} s of processor time are allowed)."
    )


class _Desk(Generic[AnswerT]):
    """A process at work. ``left``: the numbers of the items it has not answered yet; ``until``: when it has to have said
    something; ``gone``: whether it is dead, or says what it never would."""

    def __init__(self, child: Child, end: float) -> None:
        self.child = child
        self.left = range(0)
        self.gone = False
        self._end = end

    def wait(self) -> None:
        """Give it its time from now, but none after the end of all work."""
        self.until = min(self._end, monotonic() + (WALL_SECONDS if self.child.started else START_SECONDS))

    def ask(self, asked: object) -> None:
        """Say this to the process. What it answers is JSON: nothing that comes back can run anything here."""
        self.child.ask(pickle.dumps(asked, pickle.HIGHEST_PROTOCOL), self.until)

    def listen(self, job: Job[ItemT, AnswerT]) -> Iterator[tuple[int, AnswerT]]:
        """What has come, by number. A process may also ask for the data of a time zone, which it is given."""
        started = self.child.started
        answers, self.gone = self.child.hear()
        if not started:
            self.wait()
        for said in answers:
            if said.startswith(ZONE):
                self.ask(read_zone(said.removeprefix(ZONE).decode(errors="replace")))
                continue
            try:
                answer, number = job.read(said), self.left[0]
            except (ValueError, IndexError):
                self.gone = True
                return
            self.left = self.left[1:]
            self.child.answered += 1
            self.wait()
            yield number, answer

    def bury(self) -> Death:
        """End it, if it has not ended by itself. Raises `EnvironmentFault` for one that was never ready."""
        status = self.child.end()
        if not self.child.started:
            raise report_unstarted(f"it was not ready after {START_SECONDS} s")
        if status == -OVERTIME:
            return Death.BUSY
        return Death.DIED if self.gone else Death.SILENT


class _Work(Generic[ItemT, AnswerT]):
    """The numbers of the items that wait, in runs, and the desks at which they are worked on."""

    def __init__(self, job: Job[ItemT, AnswerT], items: Sequence[ItemT]) -> None:
        self._job, self._items = job, items
        size = BATCH if job.apart else max(len(items), 1)
        self._waiting = deque(range(len(items))[start : start + size] for start in range(0, len(items), size))
        self._desks: list[_Desk[AnswerT]] = []
        self._died = False
        self._end = monotonic() + WORK_SECONDS

    def done(self) -> Iterator[tuple[int, AnswerT | Death]]:
        """What came of each item, as it comes."""
        try:
            while self._manned():
                pipes, until = [desk.child.out for desk in self._desks], min(desk.until for desk in self._desks)
                heard = wait_for_ready(pipes, select.POLLIN, until)
                for desk in list(self._desks):
                    if desk.child.out in heard:
                        yield from desk.listen(self._job)
                    if desk.gone or monotonic() >= desk.until:
                        yield from self._bury(desk)
        finally:
            for desk in self._desks:
                desk.child.end()

    def _manned(self) -> bool:
        """Whether anybody works, once all that waits is given to those who can. Whoever has nothing to do goes."""
        for desk in [desk for desk in self._desks if not desk.left and not self._waiting]:
            self._desks.remove(desk)
            POOL.give_back(desk.child)
        idle = sum(not desk.left for desk in self._desks)
        while idle < len(self._waiting) and len(self._desks) < count_processors():
            self._desks.append(_Desk(POOL.take(fresh=self._died), self._end))
            idle += 1
        for desk in [desk for desk in self._desks if not desk.left and self._waiting]:
            desk.left = self._waiting.popleft()
            desk.wait()
            desk.ask((self._job.name, [self._items[number] for number in desk.left]))
        return bool(self._desks)

    def _bury(self, desk: _Desk[AnswerT]) -> Iterator[tuple[int, Death]]:
        """A process has ended, or is ended: what it was at is given up or tried once more, and the rest goes on."""
        self._desks.remove(desk)
        self._died, left = True, desk.left
        if monotonic() >= self._end:
            desk.child.end()
            yield from ((number, Death.LATE) for run in (left, *self._waiting) for number in run)
            self._waiting.clear()
            return
        death = desk.bury()
        if left and not desk.child.answered:
            yield left[0], death
            left = left[1:]
        if left:
            self._waiting.appendleft(left)
