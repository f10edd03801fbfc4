"""Guards: what about a plan is dangerous enough that a person has to allow it by name."""

from __future__ import annotations

from reconciler.model.guard import Guard
from reconciler.model.plan import Plan
from reconciler.planning.ground import Ground


def tripped(plan: Plan, ground: Ground) -> tuple[Guard, ...]:
    return ()
