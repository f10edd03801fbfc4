"""Plans under targets over small worlds of parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.plan import Facts, Plan
from reconciler.model.configuration.selector import Selector, parse_selector
from reconciler.planning.plan import make_plan
from reconciler.planning.targets import Narrowed, TargetSides, find_hits, narrow_to
from tests.planning.samples import KINDS, State
from tests.planning.test_plan import NOW

OWNERS = frozenset({"default"})


def selectors(*words: str) -> list[Selector]:
    found = [parse_selector(word) for word in words]
    return [each for each in found if each is not None]


def sides(desired: State, stored: State) -> TargetSides:
    return TargetSides(desired.world, desired.records, stored.world, stored.records, OWNERS)


def narrow(desired: State, stored: State, *words: str) -> Narrowed:
    hit, missed = find_hits(selectors(*words), sides(desired, stored))
    assert missed == []
    return narrow_to(hit, sides(desired, stored), KINDS)


def planned_part(desired: State, stored: State, *words: str) -> Plan:
    part = narrow(desired, stored, *words)
    facts = Facts(NOW, owners=OWNERS, targets=tuple(sorted(words)), left_out=part.left_out)
    return make_plan(State(part.world, part.records), stored.snapshot(), facts, KINDS, stored=stored.world)


def said(plan: Plan) -> list[str]:
    return [f"{change.action} {change.address.name}" for change in plan.changes]


def applied(plan: Plan, stored: State) -> Mapping[Address, Any]:
    """Records after the plan."""
    found = {**stored.records}
    for change in plan.changes:
        found.pop(change.previous or change.address, None)
        if change.after:
            found[change.address] = change.after
    return found
