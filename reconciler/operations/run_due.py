"""run: do what has come due. Requests first, for what happens to them makes mail; then mail."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.model.condition import RunCounts
from reconciler.operations.deliver import Notice, deliver_due
from reconciler.operations.move_due_requests import move_due_requests
from reconciler.operations.workspace import Workspace


def run_due(workspace: Workspace, *, stop: Callable[[], bool] = lambda: False, notice: Notice) -> RunCounts:
    """Everything that is due now and what that causes; what it did, in numbers.

    Ends when nothing more is due: mail that has to be tried again falls due later and is left for then. ``stop`` is asked
    between pieces of work. Safe to call from any number of processes at once.
    """
    done = RunCounts()
    while not stop():
        moved = move_due_requests(workspace, notice=notice)
        sent = deliver_due(workspace, stop=stop, notice=notice)
        if moved.nothing and sent.nothing:
            break
        done = done + moved + sent
    return done
