"""plan: what an apply would do. Talks to the state backend alone, resolves no secret, holds nothing that writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler.kinds.project.spec import ProjectSpec
from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.decode import world_of
from reconciler.model.approvals.request import Request, RequestState
from reconciler.model.configuration.guard import Allowance
from reconciler.model.configuration.plan import Facts, Plan
from reconciler.model.configuration.selector import Selector
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.diagnostic import sort_diagnostics
from reconciler.model.errors import InvalidManifests
from reconciler.model.mail.message import Message, MessageState
from reconciler.operations.configuration.desired import Desired, read_against
from reconciler.operations.configuration.guarded import mark_additions
from reconciler.operations.configuration.preview_mail import Preview, preview_mail
from reconciler.operations.configuration.prove_state import require_sound
from reconciler.operations.configuration.suspend import read_suspensions
from reconciler.operations.configuration.target_changes import narrow_to_targets
from reconciler.operations.context.applied_state import own_settings, own_world
from reconciler.operations.context.workspace import Workspace
from reconciler.planning.graph.moves import find_lookalikes, refuse_both_stored
from reconciler.planning.plan import make_plan
from reconciler.planning.review.acknowledged import warn_of_acknowledgements, warn_of_allowances

_PAGE = 500
"""Requests or messages read at once."""


def plan_changes(
    workspace: Workspace,
    allowed: tuple[Allowance, ...] = (),
    *,
    preview: Preview = Preview.SOME,
    targets: tuple[Selector, ...] = (),
) -> Plan:
    """The plan for the manifests as they are now.

    Raises `InvalidManifests` where one has an error, and what `narrow_to_targets` raises.
    """
    desired = replace(read_against(workspace).require_valid(), targets=targets)
    snapshot = workspace.state.snapshots.read()
    require_sound(workspace, snapshot)
    return make_plan_with_facts(workspace, desired, snapshot, allowed, preview=preview)


def make_plan_with_facts(
    workspace: Workspace,
    desired: Desired,
    snapshot: Snapshot,
    allowed: tuple[Allowance, ...] = (),
    *,
    preview: Preview = Preview.SOME,
) -> Plan:
    """The plan from the snapshot to the desired state. ``allowed``: the guards that `--allow` names.

    Raises what `narrow_to_targets` raises where desired state has targets.
    """
    if impossible := list(refuse_both_stored(desired.records, snapshot.resources, desired.world)):
        raise InvalidManifests([*desired.diagnostics, *impossible])
    everything = world_of(snapshot.resources.values(), workspace.registry)
    own_settings(workspace, everything)
    stored = own_world(workspace, everything)
    desired, left_out = narrow_to_targets(workspace, desired, snapshot, stored)
    project = workspace.project
    going = snapshot.resources.keys() - desired.records.keys()
    facts = Facts(
        now=workspace.now(),
        requests=_pending(workspace),
        held=_list_held(workspace, everything),
        suspensions=tuple(read_suspensions(workspace)),
        environment=project.environment,
        owners=project.all_owners,
        gone=desired.gone,
        needed=workspace.state.snapshots.needed(going),
        last_uses=workspace.state.snapshots.last_uses(going),
        allowed=allowed,
        acknowledgements=mark_additions(workspace, desired.acknowledgements),
        targets=tuple(sorted({str(each) for each in desired.targets})),
        left_out=left_out,
        freeze=workspace.state.freezes.current(),
    )
    plan = make_plan(desired, snapshot, facts, workspace.registry, stored=stored)
    plan = preview_mail(workspace, plan, desired, (snapshot, stored), preview)
    alike = find_lookalikes(plan.changes, desired.world, stored)
    found = [
        *desired.diagnostics,
        *alike,
        *warn_of_acknowledgements(plan.guards, facts),
        *warn_of_allowances(plan.guards, facts),
    ]
    return replace(plan, diagnostics=tuple(sort_diagnostics(found)))


def _list_held(workspace: Workspace, world: World) -> tuple[tuple[str, ...], ...]:
    """Whom each unfinished message is still for, where this project's settings, and no other's, hold mail back."""
    holding = [each for each in world.of(ProjectSpec) if each.spec.mail.deliver == "hold"]
    mine = own_world(workspace, world)
    if len(holding) != 1 or holding[0].address not in mine.resources:
        return ()
    now, mail = workspace.now(), holding[0].spec.mail
    return tuple(
        message.open_recipients
        for message in _unfinished(workspace)
        if message.give_up > now and not all(mail.allows(address) for address in message.open_recipients)
    )


def _unfinished(workspace: Workspace) -> Iterator[Message]:
    states = tuple(state for state in MessageState if not state.final)
    page = workspace.state.outbox.find(states, limit=_PAGE)
    yield from page
    while len(page) == _PAGE:
        page = workspace.state.outbox.find(states, limit=_PAGE, before=page[-1].id)
        yield from page


def _pending(workspace: Workspace) -> tuple[Request, ...]:
    """Every request that waits for a decision."""
    found = workspace.state.requests.find(RequestState.PENDING, limit=_PAGE)
    page = found
    while len(page) == _PAGE:
        page = workspace.state.requests.find(RequestState.PENDING, limit=_PAGE, before=page[-1].id)
        found = found + page
    return tuple(found)
