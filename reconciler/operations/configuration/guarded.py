"""What guards are judged by besides the plan itself, and the refusal where one blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from reconciler.model.configuration.guard import Acknowledgement
from reconciler.model.configuration.plan import Plan
from reconciler.model.errors import Blocked
from reconciler.model.wording import join_texts
from reconciler.operations.context.workspace import Workspace

APPLIED = "config.applied"
"""The journal's event of an apply."""


def mark_additions(workspace: Workspace, entries: Sequence[Acknowledgement]) -> tuple[Acknowledgement, ...]:
    """The entries, each marked where the last apply did not know it: whoever reads the plan has to know that too."""
    if not entries:
        return ()
    last = workspace.state.journal.last(APPLIED)
    known = last.entry.data.get("acknowledgements", []) if last else []
    return tuple(replace(entry, added=write_acknowledgement(entry) not in known) for entry in entries)


def write_acknowledgement(entry: Acknowledgement) -> dict[str, Any]:
    """The entry as plain data, without its place."""
    return {
        "guard": str(entry.allowance.guard),
        "address": str(entry.allowance.address) if entry.allowance.address else None,
        "reason": entry.reason,
        "until": entry.until.isoformat() if entry.until else None,
    }


def list_allowed(plan: Plan) -> list[dict[str, Any]]:
    """Every guard that tripped and was allowed, as the journal keeps it."""
    return [
        {"guard": str(guard.id), "address": str(guard.address) if guard.address else None, "by": guard.allowed}
        for guard in plan.guards
        if not guard.blocks
    ]


def require_unblocked(plan: Plan) -> None:
    """Raises `Blocked` where a guard stops the plan."""
    blocking = [guard for guard in plan.guards if guard.blocks]
    if blocking:
        names = ", ".join(dict.fromkeys(str(guard.allowance) for guard in blocking))
        raise Blocked(
            f"{'A guard blocks' if len(blocking) == 1 else f'{len(blocking)} guards block'}: {names}",
            join_texts("\n", (guard.message for guard in blocking)),
            f"Nothing was changed. {_next(allowable=any(guard.allowable for guard in blocking))}",
        )


def _next(*, allowable: bool) -> str:
    if allowable:
        return "Correct the manifests, or, if all of this is meant, allow it as written above."
    return "Do what is written above first."
