"""What a reviewer needs beyond the changes themselves: how far they reach, who decides afterwards, what blocks them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.group.spec import GroupSpec
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.model.configuration.address import Address, parse_address
from reconciler.model.configuration.change import AskApprovers, Change, Effect, RetryMessages
from reconciler.model.configuration.control import ControlChange, Shift
from reconciler.model.configuration.plan import Plan
from reconciler.model.mail.mailbox import GroupReference
from reconciler.planning.graph.moves import find_successors
from reconciler.planning.inputs import PlanInputs, find_domains
from reconciler.planning.review.approval_control import ControlInputs, compare_approvals
from reconciler.planning.review.cause import find_causes, list_groups_reached
from reconciler.planning.review.exposure_control import compare_exposures, list_exposures
from reconciler.planning.review.guards import list_tripped_guards
from reconciler.planning.review.impact import measure_impact
from reconciler.planning.review.project_control import compare_project
from reconciler.planning.review.stranding import changes_groups
from reconciler.planning.review.way_control import compare_ways

_ORDER = (Shift.WEAKER, Shift.DIFFERENT, Shift.STRONGER, Shift.AVAILABILITY)


def compare_control(changes: Iterable[Change], inputs: PlanInputs) -> tuple[ControlChange, ...]:
    """Every fact of control that differs between stored and desired state: the weaker ones first, then by place.

    On an empty state nothing is weaker.
    """
    changes = list(changes)
    if not changes:
        return ()
    domains = find_domains(inputs)
    origin = find_successors(changes, inputs.desired, inputs.stored)
    sides = ControlInputs(
        inputs, find_causes(changes, inputs), {each.address for each in changes}, origin, domains.home
    )
    exposed = list_exposures(inputs.stored, inputs.registry), list_exposures(inputs.desired, inputs.registry)
    found = [
        *compare_approvals(sides),
        *_compare_kept_resources(changes, sides),
        *compare_exposures(sides, *exposed),
        *compare_ways(sides, *exposed),
        *(compare_project(changes, domains) if _anything_stays(inputs) else ()),
        *_protection(changes),
    ]
    if not inputs.snapshot.resources:
        found = [replace(each, shift=_unjudged(each.shift)) for each in found if each.type]
    return tuple(sorted(found, key=_place))


def _anything_stays(inputs: PlanInputs) -> bool:
    """Of what these manifests govern. Where all of it goes, that is a deletion, and nothing is left to be less safe."""
    return any(resource.owner in inputs.facts.owners for resource in inputs.desired.resources.values())


def _compare_kept_resources(changes: Iterable[Change], sides: ControlInputs) -> Iterator[ControlChange]:
    """What a kind says of a resource that stays and stands by itself; types and processes are judged together."""
    inputs = sides.inputs
    for change in changes:
        kind = inputs.registry.get(change.address.kind)
        old = inputs.stored.resources.get(sides.origin.get(change.address, change.address))
        new = inputs.desired.resources.get(change.address)
        if (
            kind is None
            or old is None
            or new is None
            or change.address.kind in (ApprovalTypeSpec.KIND, ApprovalProcessSpec.KIND)
        ):
            continue
        for rule in kind.weakenings(old, new):
            yield ControlChange("", "", rule.fact, rule.before, rule.after, rule.shift, change.address)


def _protection(changes: Iterable[Change]) -> Iterator[ControlChange]:
    """Of what stays; whether something protected may go is a guard's question."""
    for change in changes:
        if change.before is None or change.after is None:
            continue
        was, will = bool(change.before.metadata.get("protected")), bool(change.after.metadata.get("protected"))
        if was != will:
            words = {True: "protected", False: "not protected"}
            shift = Shift.STRONGER if will else Shift.WEAKER
            yield ControlChange("", "", "protection", words[was], words[will], shift, change.address)


def _unjudged(shift: Shift) -> Shift:
    return Shift.DIFFERENT if shift is Shift.WEAKER else shift


def _place(change: ControlChange) -> tuple[int, str, str, str, str, str]:
    order = _ORDER.index(change.shift)
    return (order, change.type, change.stage, change.fact, str(change.because), change.after)


_SERVER = SmtpServerSpec.KIND


def tell_changes(changes: Sequence[Change], inputs: PlanInputs) -> tuple[Change, ...]:
    """The changes, each with the effects it can have as things are."""
    renamed = {change.previous: change.address for change in changes if change.previous}
    servers = {each.name for each in inputs.stored.resources if each.kind == _SERVER}
    servers |= {address.name for address in renamed.values() if address.kind == _SERVER}
    asked = _list_asked(inputs)

    def felt(effect: Effect) -> bool:
        if isinstance(effect, AskApprovers):
            group = parse_address(effect.because)
            return group in asked and _differs(group, renamed.get(group, group), inputs)
        return not isinstance(effect, RetryMessages) or effect.server in servers

    return tuple(replace(change, told=tuple(filter(felt, change.effects))) for change in changes)


def _list_asked(inputs: PlanInputs) -> frozenset[Address]:
    """The groups that pending requests ask, nested ones too, as they are and as they will be."""
    recipients = [
        recipient for request in inputs.facts.requests for stage in request.stages for recipient in stage.approvers
    ]
    return frozenset(_groups(list_groups_reached(recipients, inputs.stored.groups))) | frozenset(
        _groups(list_groups_reached(recipients, inputs.desired.groups))
    )


def _groups(names: Iterable[str]) -> Iterable[Address]:
    return (Address(GroupSpec.KIND, name) for name in names)


def _differs(before: Address, after: Address, inputs: PlanInputs) -> bool:
    """Whether other people are in the group, nested groups included."""
    old = inputs.stored.people((GroupReference(before.name),))
    new = inputs.desired.people((GroupReference(after.name),))
    return {member.key for member in old} != {member.key for member in new}


def review_plan(plan: Plan, inputs: PlanInputs) -> Plan:
    """The plan with impact, control, stops in force, what requests were looked at, and the guards that trip."""
    in_force = tuple(each for each in inputs.facts.suspensions if each.holds(inputs.facts.now))
    plan = replace(plan, changes=tell_changes(plan.changes, inputs))
    plan = replace(
        plan,
        impact=measure_impact(plan.changes, inputs),
        control=compare_control(plan.changes, inputs),
        suspensions=in_force,
        freeze=inputs.facts.freeze,
        judged=frozenset(each.id for each in inputs.facts.requests) if changes_groups(plan.changes) else None,
    )
    return replace(plan, guards=list_tripped_guards(plan, inputs))
