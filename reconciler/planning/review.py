"""What a reviewer needs beyond the changes themselves: how far they reach, who decides afterwards, what blocks them."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.configuration.plan import Plan
from reconciler.planning.control import control_changes
from reconciler.planning.ground import Ground
from reconciler.planning.guards import tripped
from reconciler.planning.impact import impact_of
from reconciler.planning.stranding import groups_change
from reconciler.planning.told import with_told


def reviewed(plan: Plan, ground: Ground) -> Plan:
    """The plan with impact, control, stops in force, what requests were looked at, and the guards that trip."""
    in_force = tuple(each for each in ground.facts.suspensions if each.holds(ground.facts.now))
    plan = replace(plan, changes=with_told(plan.changes, ground))
    plan = replace(
        plan,
        impact=impact_of(plan.changes, ground),
        control=control_changes(plan.changes, ground),
        suspensions=in_force,
        freeze=ground.facts.freeze,
        judged=frozenset(each.id for each in ground.facts.requests) if groups_change(plan.changes) else None,
    )
    return replace(plan, guards=tripped(plan, ground))
