"""destroy: an ordinary plan to nothing, and an ordinary apply of it."""

from __future__ import annotations

from dataclasses import replace

from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.decode import check
from reconciler.model.configuration.selector import Selector
from reconciler.operations.apply_changes import Applied, ApplyOptions, apply_desired
from reconciler.operations.desired import Desired, others_of
from reconciler.operations.workspace import Workspace
from reconciler.sources.project.acknowledgements import read_acknowledgements


def destroy(workspace: Workspace, options: ApplyOptions, targets: tuple[Selector, ...] = ()) -> Applied:
    """Delete every resource of this project's owners, or those that targets hit. No manifest is read, history and journal stay.

    Raises `InvalidManifests` for a fault in `acknowledgements.yaml` and for what other owners would then refer to in vain,
    and what `apply_desired` raises.
    """
    acknowledgements, faults = read_acknowledgements(workspace.root)
    left = World(others_of(workspace))
    faults += [] if targets else check(left, workspace.registry)
    desired = Desired(left, {}, {}, tuple(faults), acknowledgements).require_valid()
    return apply_desired(workspace, replace(desired, targets=targets, gone="destroy asks for it"), options)
