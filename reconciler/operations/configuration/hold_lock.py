"""The lock: taken before an apply, given back after it, taken over from a process that is no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from reconciler.model.errors import EnvironmentFault, NotFound, StateLocked
from reconciler.model.wording import Act, Do, Given, Sentence
from reconciler.operations.context.workspace import Workspace, is_alive
from reconciler.sources.writing import require_no_way_out
from reconciler.state.protocols import Holder

POLL_SECONDS = 0.2


@contextmanager
def hold_lock(
    workspace: Workspace, operation: str, *, wait: timedelta, notice: Callable[[str], None]
) -> Iterator[None]:
    """Hold the state's lock for the time of the block.

    Waits up to ``wait`` for a holder that lives. A holder on this host whose process is gone is taken over from, and
    ``notice`` is told. Raises `StateLocked`, which names holder, host, age and the way out.
    """
    caller = workspace.caller
    mine = Holder(
        token=workspace.new_id("lock"),
        actor=caller.actor,
        host=caller.host,
        process=caller.process,
        started=caller.process_started,
        operation=operation,
        since=workspace.now(),
    )
    _take(workspace, mine, wait, notice)
    try:
        yield
    finally:
        _give_back(workspace, mine, notice)


def _give_back(workspace: Workspace, mine: Holder, notice: Callable[[str], None]) -> None:
    """What was done under the lock stands or fell by itself: a lock that cannot be given back changes neither."""
    try:
        workspace.state.lock.release(mine.token)
    except EnvironmentFault as fault:
        notice(
            f"The lock could not be given back: {fault.summary}. {fault.detail} "
            "The next apply on this machine takes it over."
        )


def _take(workspace: Workspace, mine: Holder, wait: timedelta, notice: Callable[[str], None]) -> None:
    lock = workspace.state.lock
    deadline = time.monotonic() + wait.total_seconds()
    told = False
    while (other := lock.acquire(mine)) is not None:
        if other.host == mine.host and not is_alive(other.process, other.started):
            if lock.seize(mine, token=other.token):
                notice(f"Took over the lock of {_who(other)}: that process has ended without giving it back.")
                return
            continue
        if time.monotonic() >= deadline:
            raise _locked(workspace, other)
        if not told:
            notice(f"Waiting for the lock, held by {_who(other)}.")
            told = True
        time.sleep(POLL_SECONDS)


def _who(holder: Holder) -> str:
    return f"{holder.actor} (process {holder.process} on {holder.host}, {holder.operation})"


def _locked(workspace: Workspace, holder: Holder) -> StateLocked:
    age = workspace.now() - holder.since
    return StateLocked(
        "The state is locked",
        f"{_who(holder)} has held the lock of {workspace.state.name} for {_age(age)}, since "
        f"{holder.since:%Y-%m-%d %H:%M:%S} UTC. Nothing was changed.",
        _way_out(holder),
    )


def _way_out(holder: Holder) -> Sentence:
    wait = Sentence("Wait for it to finish, or try again with ", Given("lock-timeout", "5m"), ".")
    if not holder.token:  # it has not said yet who it is
        return wait
    gone = " If that process is gone for good (it was on another machine), run: "
    return Sentence(wait, gone, Do(Act.UNLOCK, holder.token))


def _age(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h" if seconds < 172_800 else f"{seconds // 86_400} days"


def break_lock(workspace: Workspace, token: str) -> None:
    """Remove the lock that goes by this token, whoever holds it. Raises `NotFound` when it is not held under it."""
    holder = workspace.state.lock.holder()
    if holder is None or holder.token != token:
        held = f"It is held under {holder.token}, by {_who(holder)}." if holder else "Nothing holds the lock."
        raise NotFound("No such lock", f"The state is not locked by “{token}”. {held}")
    workspace.state.lock.release(token)


def make_state(workspace: Workspace) -> bool:
    """Make an empty state; False where there is one, which is left as it is."""
    stored, _ = workspace.state.upkeep.versions()
    if stored:
        return False
    workspace.state.upkeep.prepare()
    return True


def back_up(workspace: Workspace, to: Path) -> None:
    """Copy the state into a new file. Raises `NotFound` where there is no state, `UserError` where the file exists,
    `EnvironmentFault` where a folder of the project leads out of it."""
    require_no_way_out(to, workspace.root)
    workspace.state.upkeep.backup(to)


def upgrade_state(workspace: Workspace) -> tuple[int, int]:
    """Bring the state to the present schema; the version before and the one now. Raises `NotFound` where there is none."""
    stored, current = workspace.state.upkeep.versions()
    if stored == 0:
        raise NotFound(
            "Nothing to upgrade", "There is no state yet.", Sentence("Apply first, or check ", Given("state"), ".")
        )
    return workspace.state.upkeep.prepare(), current
