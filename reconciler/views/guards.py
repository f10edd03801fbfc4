"""Guards as text: what blocks and what would allow it, what was allowed and by whom."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.guard import Acknowledgement, Guard
from reconciler.model.plan import Plan
from reconciler.views.escape import visible
from reconciler.views.layout import Style, counted, wrapped

INDENT = "    "


def guard_blocks(plan: Plan, style: Style, width: int) -> list[str]:
    """A block for the guards that stop the apply, one for those that were allowed; none where no guard trips."""
    stopping = [guard for guard in plan.guards if guard.blocks]
    passing = [guard for guard in plan.guards if not guard.blocks]
    found = []
    if stopping:
        does = "stops" if len(stopping) == 1 else "stop"
        head = style.mark(f"Blocked: {counted(len(stopping), 'guard')} {does} the apply.", "bold", "red")
        found.append(_block(head, stopping, style, width))
    if passing:
        head = style.mark(f"Allowed: {counted(len(passing), 'guard')}.", "bold", "yellow")
        found.append(_block(head, passing, style, width))
    return found


def allowed_by(guard: Guard) -> str:
    """What lets the guard pass, in words; empty where nothing does."""
    return f"{guard.allowed} {_entry(guard.acknowledgement)}" if guard.acknowledgement else guard.allowed


def _entry(entry: Acknowledgement) -> str:
    until = f", until {entry.until}" if entry.until else ""
    added = ", added since the last apply" if entry.added else ""
    return f"(“{entry.reason}”{until}{added})"


def _block(head: str, guards: Sequence[Guard], style: Style, width: int) -> str:
    lines = [head]
    for guard in guards:
        by = f" by {visible(allowed_by(guard))}" if guard.allowed else ""
        address = f" {visible(str(guard.address))}" if guard.address else ""
        lines += wrapped(f"{guard.id}{address}{by}", width, "  ", INDENT)
        lines += [style.mark(line, "dim") if by else line for line in wrapped(visible(guard.message), width, INDENT)]
    return "\n".join(lines)
