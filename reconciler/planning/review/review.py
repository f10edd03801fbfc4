"""What a reviewer needs beyond the changes themselves: how far they reach, who decides afterwards, what blocks them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconciler.model.configuration.address import Address, parse_address
from reconciler.model.configuration.change import Change
from reconciler.model.configuration.effect import AskApprovers, Effect, RetryMessages
from reconciler.model.configuration.plan import Plan
from reconciler.model.mail.mailbox import GroupReference
from reconciler.planning.inputs import PlanInputs
from reconciler.planning.review.cause import groups_reached
from reconciler.planning.review.control import control_changes
from reconciler.planning.review.guards import tripped
from reconciler.planning.review.impact import impact_of
from reconciler.planning.review.stranding import groups_change

_SERVER = "SmtpServer"


def with_told(changes: Sequence[Change], inputs: PlanInputs) -> tuple[Change, ...]:
    """The changes, each with the effects it can have as things are."""
    renamed = {change.previous: change.address for change in changes if change.previous}
    servers = {each.name for each in inputs.stored.resources if each.kind == _SERVER}
    servers |= {address.name for address in renamed.values() if address.kind == _SERVER}
    asked = _asked(inputs)

    def felt(effect: Effect) -> bool:
        if isinstance(effect, AskApprovers):
            group = parse_address(effect.because)
            return group in asked and _differs(group, renamed.get(group, group), inputs)
        return not isinstance(effect, RetryMessages) or effect.server in servers

    return tuple(replace(change, told=tuple(filter(felt, change.effects))) for change in changes)


def _asked(inputs: PlanInputs) -> frozenset[Address]:
    """The groups that pending requests ask, nested ones too, as they are and as they will be."""
    recipients = [
        recipient for request in inputs.facts.requests for stage in request.stages for recipient in stage.approvers
    ]
    return frozenset(_groups(groups_reached(recipients, inputs.stored.groups))) | frozenset(
        _groups(groups_reached(recipients, inputs.desired.groups))
    )


def _groups(names: Iterable[str]) -> Iterable[Address]:
    return (Address("Group", name) for name in names)


def _differs(before: Address, after: Address, inputs: PlanInputs) -> bool:
    """Whether other people are in the group, nested groups included."""
    old = inputs.stored.people((GroupReference(before.name),))
    new = inputs.desired.people((GroupReference(after.name),))
    return {member.key for member in old} != {member.key for member in new}


def reviewed(plan: Plan, inputs: PlanInputs) -> Plan:
    """The plan with impact, control, stops in force, what requests were looked at, and the guards that trip."""
    in_force = tuple(each for each in inputs.facts.suspensions if each.holds(inputs.facts.now))
    plan = replace(plan, changes=with_told(plan.changes, inputs))
    plan = replace(
        plan,
        impact=impact_of(plan.changes, inputs),
        control=control_changes(plan.changes, inputs),
        suspensions=in_force,
        freeze=inputs.facts.freeze,
        judged=frozenset(each.id for each in inputs.facts.requests) if groups_change(plan.changes) else None,
    )
    return replace(plan, guards=tripped(plan, inputs))
