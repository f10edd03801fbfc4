"""destroy: an ordinary plan to nothing, and an ordinary apply of it."""

from __future__ import annotations

from reconciler.kinds.world import World
from reconciler.operations.apply_changes import Applied, ApplyOptions, apply_desired
from reconciler.operations.desired import Desired
from reconciler.operations.workspace import Workspace
from reconciler.sources.acknowledgements import read_acknowledgements


def destroy(workspace: Workspace, options: ApplyOptions) -> Applied:
    """Delete every resource of this project's owners; manifests are not read, history and journal stay.

    Raises `InvalidManifests` for a fault in `acknowledgements.yaml`, and what `apply_desired` raises.
    """
    acknowledgements, faults = read_acknowledgements(workspace.folder)
    desired = Desired(World({}), {}, {}, tuple(faults), acknowledgements).require_valid()
    return apply_desired(workspace, desired, options)
