"""state init, backup, upgrade: the state as a thing that is made, copied and brought to a newer schema."""

from __future__ import annotations

from pathlib import Path

from reconciler.model.errors import NotFound
from reconciler.operations.workspace import Workspace
from reconciler.sources.writing import require_no_way_out


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
        raise NotFound("Nothing to upgrade", "There is no state yet.", "Apply first, or check --state.")
    return workspace.state.upkeep.prepare(), current
