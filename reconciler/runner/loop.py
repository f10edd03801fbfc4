"""The embedded loop: one process that does what falls due until it is told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reconciler.model.condition import RunCounts
from reconciler.model.errors import EnvironmentFault
from reconciler.operations.context.workspace import Workspace
from reconciler.operations.mail.deliver import run_due

LOOK_SECONDS = 0.5
"""How often a waiting loop looks whether another process has changed something."""

FAULT_SECONDS = 5.0
"""How long the loop waits after the state could not be used."""


def run_until(workspace: Workspace, stop: threading.Event, notice: Callable[[str], None]) -> RunCounts:
    """Do what is due, then wait for a change or the next due time, until ``stop`` is set.

    A state that cannot be used for a while (full disk, busy) is said and tried again: nothing due is lost by waiting. One
    that cannot be read at the start (of a newer version, no right to it) raises `StateFault`.
    """
    done = RunCounts()
    workspace.state.snapshots.read()
    while not stop.is_set():
        try:
            mark = workspace.state.change_mark()
            done = done + run_due(workspace, stop=stop.is_set, notice=notice)
            _wait(workspace, stop, mark)
        except EnvironmentFault as fault:
            notice(f"{fault.summary}. {fault.detail} Trying again in {FAULT_SECONDS:.0f} s.")
            stop.wait(FAULT_SECONDS)
    return done


def _wait(workspace: Workspace, stop: threading.Event, mark: int) -> None:
    """Until something is due, something changed, or the loop has to stop."""
    while not stop.is_set():
        due = workspace.state.next_due()
        seconds = (due - workspace.now()).total_seconds() if due else LOOK_SECONDS
        if seconds <= 0 or workspace.state.await_change(mark, min(seconds, LOOK_SECONDS), stop.wait):
            return


@contextmanager
def watch_signals(notice: Callable[[str], None]) -> Iterator[threading.Event]:
    """An event that SIGTERM or SIGINT sets; the message being sent is finished first. A second signal ends at once."""
    stop = threading.Event()

    def on_signal(number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        # The signal may have come in the middle of a line: only another thread can wait until that is written.
        words = f"{signal.Signals(number).name}: finishing what is being sent, then stopping."
        threading.Thread(target=notice, args=(words,)).start()
        stop.set()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
