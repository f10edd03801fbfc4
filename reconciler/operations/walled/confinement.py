"""What keeps a walled process in: limits that the kernel holds, and which a process cannot lift again.

A limit of no open files at all leaves the pipes that are open as they are, and lets nothing be opened, not even in the
place of one that is closed: no file, no socket, no pipe.
"""

from __future__ import annotations

import os
import resource as limits
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

READY = b"ready"
"""First of all: everything is imported, and every limit stands."""

ZONE = b"zone "
"""Before a name: it needs the data of this time zone."""


MEMORY = 512 * 1024 * 1024
"""Bytes one mail may allocate on top of what the process holds when it begins."""

PROCESSOR_SECONDS: float = 10
"""Seconds of processor time one mail may take."""

OVERTIME = signal.SIGPROF
"""What a process dies of whose mail takes longer."""

GROWN = 128 * 1024 * 1024
"""Bytes a process may keep from one mail to the next."""

_PAGE = limits.getpagesize()


class Confinement:
    """The limits around this process. Made while files can still be opened, and the last thing that opens one."""

    def __init__(self) -> None:
        self._size = os.open("/proc/self/statm", os.O_RDONLY)
        sys.meta_path[:] = [_NoMore()]
        signal.signal(OVERTIME, signal.SIG_DFL)  # whoever started it may have ignored it
        for each in (limits.RLIMIT_CORE, limits.RLIMIT_FSIZE, limits.RLIMIT_NPROC, limits.RLIMIT_NOFILE):
            limits.setrlimit(each, (0, 0))
        _, self._born = self._measure_held()

    @property
    def grown(self) -> bool:
        """Whether what is kept from mail to mail has become too much."""
        return self._measure_held()[1] > self._born + GROWN

    def begin(self) -> None:
        """A mail begins: allow it its memory and its time, whatever those before it took.

        A timer counts from here, in parts of a second; a limit counts whole seconds of all that the process has used, by
        another clock than it can read, and took up to one of them from the mail.
        """
        signal.setitimer(signal.ITIMER_PROF, PROCESSOR_SECONDS)
        _soften(limits.RLIMIT_AS, self._measure_held()[0] + MEMORY)

    def _measure_held(self) -> tuple[int, int]:
        """Bytes of address space, and of memory."""
        space, resident, *_ = os.pread(self._size, 128, 0).split()
        return int(space) * _PAGE, int(resident) * _PAGE


class _NoMore:
    """An import behind the wall could open no file, and what it is missing might change a mail: rather none is made."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> NoReturn:
        os._exit(3)


def _soften(limit: int, to: int) -> None:
    limits.setrlimit(limit, (to, limits.getrlimit(limit)[1]))
