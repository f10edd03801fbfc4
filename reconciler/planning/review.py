"""What a reviewer needs beyond the changes themselves: how far they reach, who decides afterwards, what blocks them."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.plan import Plan
from reconciler.planning.control import control_changes
from reconciler.planning.ground import Ground
from reconciler.planning.guards import tripped
from reconciler.planning.impact import impact_of


def reviewed(plan: Plan, ground: Ground) -> Plan:
    """The plan with impact, control, suspensions in force, and the guards that trip on all of it."""
    in_force = tuple(each for each in ground.facts.suspensions if each.holds(ground.facts.now))
    plan = replace(
        plan,
        impact=impact_of(plan.changes, ground),
        control=control_changes(plan.changes, ground),
        suspensions=in_force,
    )
    return replace(plan, guards=tripped(plan, ground))
