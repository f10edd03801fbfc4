"""state move: all of a state to another place, and another database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.suspension import Freeze, Suspension
from reconciler.model.errors import Bug, NotFound, UserError
from reconciler.model.journal import Entry, Verification
from reconciler.operations.configuration.read_journal import verify_journal
from reconciler.operations.context.workspace import Workspace
from reconciler.state.protocols import Dump

_TELL_EVERY = 2_000


@dataclass(frozen=True, slots=True)
class Moved:
    """What stands in the new place: rows by table, and its journal, verified."""

    to: str
    serial: int
    rows: Mapping[str, int]
    journal: Verification


def move_state(workspace: Workspace, target: Workspace, notice: Callable[[str], None]) -> Moved:
    """Copy all there is into the empty state of ``target``, and stop what goes on by itself here: applies are frozen and mail
    servers suspended. Nothing is deleted, so that it can be gone back to.

    Raises `NotFound` where nothing is stored, `UserError` where both are one, `Refused` where the target is not empty and while
    mail is being sent.
    """
    state = workspace.state
    if state.name == target.state.name:
        raise UserError("Both are the same state", f"{state.name} is where it is already.", "Name another place.")
    if state.upkeep.versions()[0] == 0:
        raise NotFound("Nothing to move", f"There is no state at {state.name} yet.")
    counts: dict[str, int] = {}

    def fill(dump: Dump) -> None:
        counts.clear()
        target.state.upkeep.fill(replace(dump, rows=lambda: _counted(dump, counts, notice)))

    reason = f"moved to {target.state.name}"
    caller, at = workspace.caller, workspace.now()
    data = {"reason": reason, "operator": caller.operator}
    stop = Freeze(caller.actor, caller.operator, at, reason), Entry("state.frozen", "state", caller.actor, at, data)

    def suspended(address: Address) -> tuple[Suspension, Entry]:
        entry = Entry("resource.suspended", str(address), caller.actor, at, data | {"until": None})
        return Suspension(address, caller.actor, at, reason), entry

    state.upkeep.hand_over(fill, at, stop, suspended)
    verified = verify_journal(target)
    if not verified.holds:
        raise Bug(
            "The copy is not what was copied", f"{verified.fault or verified.differences}; this is a bug in reconciler."
        )
    return Moved(target.state.name, target.state.snapshots.part().serial, counts, verified)


def _counted(
    dump: Dump, counts: dict[str, int], notice: Callable[[str], None]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    for total, (table, row) in enumerate(dump.rows(), 1):
        counts[table] = counts.get(table, 0) + 1
        if total % _TELL_EVERY == 0:
            notice(f"{total} rows copied.")
        yield table, row
