"""plan: what an apply would do. Talks to the state backend alone, resolves no secret, holds nothing that writes."""

from __future__ import annotations

from dataclasses import replace

from reconciler.kinds.decode import world_of
from reconciler.model.change import Action
from reconciler.model.diagnostic import Diagnostic, Place, in_order, warning
from reconciler.model.plan import Facts, Plan
from reconciler.model.snapshot import Snapshot
from reconciler.operations.desired import Desired, read_desired
from reconciler.operations.workspace import Workspace
from reconciler.planning.plan import make_plan


def plan_changes(workspace: Workspace) -> Plan:
    """The plan for the manifests as they are now. Raises `InvalidManifests` where one has an error."""
    desired = read_desired(workspace).require_valid()
    snapshot = workspace.state.snapshots.read()
    return planned(workspace, desired, snapshot)


def planned(workspace: Workspace, desired: Desired, snapshot: Snapshot) -> Plan:
    """The plan from the snapshot to the desired state, with a warning for each deletion an apply would refuse."""
    stored = world_of(snapshot.resources.values(), workspace.registry)
    facts = Facts(now=workspace.now())
    plan = make_plan(desired, snapshot, facts, workspace.registry, stored=stored)
    return replace(plan, diagnostics=tuple(in_order([*desired.diagnostics, *_needed(workspace, plan)])))


def _needed(workspace: Workspace, plan: Plan) -> list[Diagnostic]:
    """Deletions that open requests or unfinished messages still need: the commit would refuse them."""
    deleted = [change.address for change in plan.changes if change.action is Action.DELETE]
    if not deleted:
        return []
    places = {c.address: c.before.source for c in plan.changes if c.before is not None}
    return [
        warning(
            "Deletion would be refused",
            f"{address} is still needed: {why}. As long as that is so, apply stops without changing anything.",
            _last_place(places.get(address, "")),
            address,
            "Let it finish, or decide or cancel it (reconciler approvals list, reconciler deliveries list), then apply.",
        )
        for address, why in workspace.state.snapshots.needed(deleted).items()
    ]


def _last_place(source: str) -> Place:
    file, _, line = source.rpartition(":")
    return Place(file or "(stored state)", int(line) if line.isdigit() else 1)
