"""How much one input may cost: a wall around a call, for tests that throw anything at a door of the program.

@drawn(40)
@given(text=st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with within():
        read(text)
"""

from __future__ import annotations

import gc
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

SECONDS = 2.0
MEBIBYTES = 300
_MIB = 1 << 20
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_PEAK = "5"


class _Stopped(BaseException):
    """Not an `Exception`: code under test that survives every fault must not survive this one."""


@contextmanager
def within(seconds: float = SECONDS, mebibytes: int = MEBIBYTES) -> Iterator[None]:
    """Fails when the block takes more processor time, or its memory at any moment grows by more.

    A hang is interrupted when its time is over, wherever Python code runs; only in the main thread. Processor time is that
    of this process, all threads. Memory is what is resident, read from ``/proc``: elsewhere than on Linux only time is watched.
    """
    gc.freeze()  # What thousands of tests have left in this process is not walked through for the block.
    before, began = _memory("VmRSS"), time.process_time()
    try:
        with _alarm(seconds), _room(mebibytes):
            yield
    finally:
        gc.unfreeze()
    took, grew = time.process_time() - began, _memory("VmHWM") - before
    assert took <= seconds, f"took {took:.2f} s of processor time; at most {seconds:g} s"
    assert grew <= mebibytes * _MIB, f"took {grew // _MIB} MiB of memory; at most {mebibytes} MiB"


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _Stopped

    previous = signal.signal(signal.SIGPROF, stop)
    # Rings again and again: the first ring may fall into a callback, which swallows it.
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.1)
    try:
        yield
    except _Stopped:
        raise AssertionError(f"did not end within {seconds:g} s of processor time") from None
    finally:
        signal.signal(signal.SIGPROF, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


@contextmanager
def _room(mebibytes: int) -> Iterator[None]:
    """Ends a call that takes memory without end before it takes the machine's: far above the bound that is asserted."""
    if not _CLEAR.exists():
        yield
        return
    _CLEAR.write_text(_RESET_PEAK)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_memory("VmSize") + 8 * mebibytes * _MIB, hard))
    try:
        yield
    except MemoryError:
        raise AssertionError(f"took more than {8 * mebibytes} MiB of memory; at most {mebibytes} MiB") from None
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _memory(name: str) -> int:
    """The figure of that name in bytes; 0 where there is none."""
    lines = _STATUS.read_text().splitlines() if _STATUS.exists() else []
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{name}:"))
