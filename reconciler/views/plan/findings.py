"""What annotations and SARIF both show: where a blocked guard points, and a plan in one line."""

from __future__ import annotations

from reconciler.model.configuration.change import Action
from reconciler.model.configuration.guard import Guard
from reconciler.model.configuration.plan import Plan
from reconciler.model.diagnostic import Place
from reconciler.views.writing.layout import counted


def guard_place(plan: Plan, guard: Guard) -> Place | None:
    """Where the resource stands whose change trips the guard, or stood last; None where it is about them all."""
    for change in plan.changes:
        record = change.after or change.before
        if change.address == guard.address and record is not None:
            file, _, line = record.source.rpartition(":")
            return Place(file, int(line)) if file and line.isascii() and line.isdecimal() else None
    return None


TO_DO = ("to create", "to update", "to delete", "to rename")
DONE = ("created", "updated", "deleted", "renamed")


def counts(plan: Plan, words: tuple[str, str, str, str] = TO_DO) -> str:
    """``1 to create, 2 to update (1 of them renamed), 1 to rename``: every change in one number alone; empty for none."""
    actions = (Action.CREATE, Action.UPDATE, Action.DELETE, Action.NONE)
    moved = sum(change.previous is not None and change.action is Action.UPDATE for change in plan.changes)
    more = {Action.UPDATE: f" ({moved} of them renamed)"} if moved else {}
    return ", ".join(
        f"{plan.count(action)} {word}{more.get(action, '')}"
        for action, word in zip(actions, words, strict=True)
        if plan.count(action)
    )


def summed_up(plan: Plan) -> str:
    """``Plan: 1 to create, 2 to update; blocked by 1 guard``."""
    blocked = sum(guard.blocks for guard in plan.guards)
    return f"Plan: {counts(plan) or 'no changes'}" + (f"; blocked by {counted(blocked, 'guard')}" if blocked else "")


def targeted(plan: Plan) -> str:
    """Which part of everything the plan is: ``Only Group/desk, owner=mail and what they need; 3 changes are left out.``"""
    named = ", ".join(plan.targets[:_NAMED])
    more = f" and {len(plan.targets) - _NAMED} more targets" if len(plan.targets) > _NAMED else ""
    rest = (
        f"{counted(plan.left_out, 'change')} {'is' if plan.left_out == 1 else 'are'}" if plan.left_out else "nothing is"
    )
    needs = "what it needs" if len(plan.targets) == 1 else "what they need"
    return f"Only {named}{more} and {needs}; {rest} left out."


_NAMED = 5
