"""How far a plan reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.kinds.group.spec import GroupSpec
from reconciler.kinds.project.spec import ProjectSpec
from reconciler.kinds.protocol.answers import Exposure
from reconciler.kinds.protocol.world import World, project_of
from reconciler.model.approvals.request import Request
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Change
from reconciler.model.configuration.plan import Impact
from reconciler.model.mail.mailbox import GroupReference
from reconciler.planning.graph.reference_graph import link_records
from reconciler.planning.inputs import PlanInputs, find_domains, take_domain
from reconciler.planning.review.exposure_control import list_exposures


def measure_impact(changes: Iterable[Change], inputs: PlanInputs) -> Impact:
    """Everything the changes reach: what changes, and what needs it, directly or not."""
    changes = list(changes)
    if not changes:
        return Impact()
    stored, desired = list_exposures(inputs.stored, inputs.registry), list_exposures(inputs.desired, inputs.registry)
    touched = _list_touched(changes, inputs, (stored, desired))
    reached = touched | _otherwise_delivered(changes, stored, desired, inputs)
    present = _present(reached, changes)
    meant = _list_mailboxes({a: e for a, e in desired.items() if a in reached}, inputs.desired)
    recipients = _list_readers(meant, inputs.desired)
    external = {take_domain(address) for address in recipients} - find_domains(inputs).home
    known = {take_domain(address) for address in _list_readers(_list_mailboxes(stored, inputs.stored), inputs.stored)}
    deliver = _deliver(inputs.desired)
    return Impact(
        tasks=_of_kind(present, EmailTaskSpec.KIND),
        processes=_of_kind(present, ApprovalProcessSpec.KIND),
        recipients=tuple(sorted(recipients)),
        external_domains=tuple(sorted(external)),
        new_external_domains=tuple(sorted(external - known)),
        requests=tuple(sorted(r.id for r in inputs.facts.requests if _concerned(r, touched))),
        effects=tuple(sorted({str(effect) for change in changes for effect in change.told})),
        deliver=deliver,
        withheld=tuple(sorted(meant - recipients)),
        released=_list_released(inputs) if deliver != "hold" else (),
    )


def _deliver(world: World) -> str:
    project = project_of(world)
    return str(project.spec.mail.deliver) if project else "all"


def _otherwise_delivered(
    changes: Iterable[Change],
    stored: Mapping[Address, Exposure],
    desired: Mapping[Address, Exposure],
    inputs: PlanInputs,
) -> frozenset[Address]:
    """What sends mail that gets to other people from now on, or through other servers, because of the project."""
    if not any(change.address.kind == ProjectSpec.KIND for change in changes):
        return frozenset()
    people = {address: _list_mailboxes({address: each}, inputs.desired) for address, each in desired.items()}
    return frozenset(
        address
        for address, each in people.items()
        if _list_readers(each, inputs.stored) != _list_readers(each, inputs.desired)
        or desired[address].servers != stored.get(address, desired[address]).servers
    )


def _list_readers(meant: Iterable[str], world: World) -> set[str]:
    """Who really gets mail that is meant for these, as the project delivers it in this world."""
    project = project_of(world)
    found = (project.spec.mail.reader_of(address) if project else address for address in meant)
    return {reader for reader in found if reader}


def _list_released(inputs: PlanInputs) -> tuple[tuple[str, ...], ...]:
    """Whom each message goes to that is held back until now."""
    found = (tuple(sorted(_list_readers(each, inputs.desired))) for each in inputs.facts.held)
    return tuple(each for each in found if each)


def _list_touched(
    changes: Sequence[Change], inputs: PlanInputs, exposed: Sequence[Mapping[Address, Exposure]]
) -> frozenset[Address]:
    """What changes and all that needs it. A type changes what is asked, so it reaches the process that asks."""
    above: dict[Address, set[Address]] = {}
    for world in (inputs.stored, inputs.desired):
        for address, targets in link_records(world, inputs.registry).items():
            for target in targets:
                above.setdefault(target, set()).add(address)
    for each in exposed:
        for address, exposure in each.items():
            for server in exposure.servers:
                above.setdefault(server, set()).add(address)
    start = {change.address for change in changes} | {change.previous for change in changes if change.previous}
    found, waiting = set(start), list(start)
    while waiting:
        fresh = above.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return frozenset(found | _processes_of(start, inputs))


def _present(touched: Iterable[Address], changes: Iterable[Change]) -> frozenset[Address]:
    """The addresses as they will be: a resource that is renamed is one, and not two."""
    names = {change.previous: change.address for change in changes if change.previous}
    return frozenset(names.get(address, address) for address in touched)


def _processes_of(changed: Iterable[Address], inputs: PlanInputs) -> set[Address]:
    types = [each for each in changed if each.kind == ApprovalTypeSpec.KIND]
    found = [world.spec(ApprovalTypeSpec, each.name) for world in (inputs.stored, inputs.desired) for each in types]
    return {Address(ApprovalProcessSpec.KIND, kind.process) for kind in found if kind}


def _list_mailboxes(exposed: Mapping[Address, Exposure], world: World) -> set[str]:
    return {member.mailbox.address for each in exposed.values() for member in world.people(each.recipients)}


def _of_kind(addresses: Iterable[Address], kind: str) -> tuple[Address, ...]:
    return tuple(sorted(address for address in addresses if address.kind == kind))


def _concerned(request: Request, touched: frozenset[Address]) -> bool:
    """A request keeps its stages; words, route and who is in a group are those of now."""
    pinned = {
        Address(GroupSpec.KIND, recipient.group)
        for stage in request.stages
        for recipient in stage.approvers
        if isinstance(recipient, GroupReference)
    }
    needs = {Address(ApprovalTypeSpec.KIND, request.type), Address(ApprovalProcessSpec.KIND, request.process), *pinned}
    return not needs.isdisjoint(touched)
