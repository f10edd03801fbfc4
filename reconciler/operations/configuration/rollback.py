"""rollback: an ordinary plan to an earlier revision, and an ordinary apply of it, as a new serial."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.decode import check, spec_data, world_of
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.revision import Revision
from reconciler.model.configuration.selector import Selector
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.errors import NotFound, Refused
from reconciler.model.wording import Act, Do, Sentence
from reconciler.operations.configuration.apply_changes import Applied, ApplyOptions, apply_desired
from reconciler.operations.configuration.desired import Desired, read_others
from reconciler.operations.configuration.prove_state import require_as_recorded
from reconciler.operations.context.workspace import Workspace
from reconciler.planning.graph.reference_graph import records
from reconciler.sources.project.acknowledgements import read_acknowledgements


def roll_back(workspace: Workspace, serial: int, options: ApplyOptions) -> Applied:
    """Make stored state what it was at the serial. What was changed by hand since is put right by it.

    Raises `NotFound` for a serial that never was, `Refused` for one whose records were not kept, and what `apply_desired`
    raises.
    """
    desired = read_desired_at(workspace, serial).require_valid()
    return apply_desired(workspace, desired, replace(options, operation=f"rollback to serial {serial}", mends=True))


def read_desired_at(workspace: Workspace, serial: int) -> Desired:
    """What was applied at the serial, as desired state: records as this version writes them, and their stored sources."""
    snapshot = require_as_recorded(workspace, workspace.state.snapshots.read())
    _require_known(snapshot, serial)
    later = workspace.state.history.since(serial)
    kept = _own(_undo(snapshot.resources, later, serial), snapshot, workspace.project.all_owners)
    world = world_of(kept.values(), workspace.registry)
    specs = [(resource, spec_data(resource)) for resource in world.resources.values()]
    templates = {address: record.templates for address, record in kept.items()}
    files = {address: record.files for address, record in kept.items()}
    made = records(specs, workspace.registry, templates, files)
    went = _renames(later, snapshot.resources)
    found = {
        address: replace(record, source=kept[address].source, renamed_from=went.get(address, ""))
        for address, record in made.items()
    }
    wanted = {digest for record in found.values() for digest in (*record.templates.values(), *record.files.values())}
    blobs = workspace.state.snapshots.blobs(wanted)
    gone = f"it was not there at serial {serial}"
    desired = Desired(world, found, blobs, (), gone=gone).beside(read_others(workspace))
    return replace(desired, diagnostics=tuple(check(desired.world, workspace.registry)))


def _own(kept: Mapping[Address, Record], now: Snapshot, owners: Collection[str]) -> dict[Address, Record]:
    """What was, or is by now, these owners': what others have is not for them to take back."""
    current = {address: record.owner for address, record in now.resources.items()}
    return {each: record for each, record in kept.items() if {record.owner, current.get(each)} & set(owners)}


def _require_known(snapshot: Snapshot, serial: int) -> None:
    if not 1 <= serial <= snapshot.serial:
        there = f"Serials go from 1 to {snapshot.serial}." if snapshot.serial else "Nothing has been applied yet."
        raise NotFound("Unknown serial", f"There is no revision {serial}. {there}", Sentence("See: ", Do(Act.HISTORY)))


def _undo(now: Mapping[Address, Record], later: list[Revision], serial: int) -> dict[Address, Record]:
    """The resources as they were before the later revisions, which come newest first."""
    found = dict(now)
    for revision in later:
        if not revision.complete:
            raise Refused(
                "That revision was not kept",
                f"Serial {revision.serial} was applied by a version that did not keep what it replaced, so what was applied "
                f"at serial {serial} is not known. Nothing was changed.",
                f"The earliest serial to go back to is {revision.serial}.",
            )
        for change in revision.changes:
            if change.after:
                found.pop(change.address, None)
        for change in revision.changes:
            if change.before:
                found[change.before.address] = change.before
    return found


def _renames(later: list[Revision], now: Mapping[Address, Record]) -> dict[Address, str]:
    """By address at that time: the name the resource has now, where it was renamed since and the old name is free."""
    called: dict[Address, Address] = {address: address for address in now}
    for revision in later:
        for change in revision.changes:
            current = called.pop(change.address, None)
            if change.previous and current:
                called[change.previous] = current
            elif change.before and current:
                called[change.address] = current
    return {then: current.name for then, current in called.items() if then != current and then not in now}


def destroy(workspace: Workspace, options: ApplyOptions, targets: tuple[Selector, ...] = ()) -> Applied:
    """Delete every resource of this project's owners, or those that targets hit. No manifest is read, history and journal stay.

    Raises `InvalidManifests` for a fault in `acknowledgements.yaml` and for what other owners would then refer to in vain,
    and what `apply_desired` raises.
    """
    acknowledgements, faults = read_acknowledgements(workspace.root)
    left = World(read_others(workspace))
    faults += [] if targets else check(left, workspace.registry)
    desired = Desired(left, {}, {}, tuple(faults), acknowledgements).require_valid()
    return apply_desired(workspace, replace(desired, targets=targets, gone="destroy asks for it"), options)
