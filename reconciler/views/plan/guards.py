"""Guards as text: what blocks and what would allow it, what was allowed and by whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.guard import Acknowledgement, Guard
from reconciler.model.configuration.plan import Plan
from reconciler.views.writing.escape import visible
from reconciler.views.writing.layout import Style, counted, wrapped

INDENT = "    "


SHOWN = 20
"""Guards shown unless asked for more; those that are alike count once."""

NAMED = 10
"""Addresses named of those where a guard trips alike, unless asked for more."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A guard, and where the same guard trips in the same words and is allowed in the same way."""

    guard: Guard
    others: tuple[Address, ...] = ()


def alike(guards: Iterable[Guard]) -> list[Alike]:
    """Each guard once with those that differ from it in their address alone, in the order given."""
    found: dict[tuple[object, ...], list[Guard]] = {}
    for guard in guards:
        text = guard.trouble.replace(str(guard.address), "\0") if guard.address else guard.trouble
        found.setdefault((guard.id, text, allowed_by(guard), guard.allowable), []).append(guard)
    return [Alike(first, tuple(each.address for each in rest if each.address)) for first, *rest in found.values()]


def predicate(guard: Guard, text: str) -> str:
    """The text, which is the guard's message or trouble, for below a headline that has the address already."""
    return text.removeprefix(f"{guard.address} ") if guard.address else text


def guard_blocks(plan: Plan, style: Style, width: int, *, verbose: bool) -> list[str]:
    """A block for the guards that stop the apply, one for those that were allowed; none where no guard trips."""
    stopping = [guard for guard in plan.guards if guard.blocks]
    passing = [guard for guard in plan.guards if not guard.blocks]
    found = []
    if stopping:
        does = "stops" if len(stopping) == 1 else "stop"
        head = style.mark(f"Blocked: {counted(len(stopping), 'guard')} {does} the apply.", "bold", "red")
        found.append(_block(head, stopping, style, width, verbose))
    if passing:
        head = style.mark(f"Allowed: {counted(len(passing), 'guard')}.", "bold", "yellow")
        found.append(_block(head, passing, style, width, verbose))
    return found


def allowed_by(guard: Guard) -> str:
    """What lets the guard pass, in words; empty where nothing does."""
    return f"{guard.allowed} {_entry(guard.acknowledgement)}" if guard.acknowledgement else guard.allowed


def _entry(entry: Acknowledgement) -> str:
    until = f", until {entry.until}" if entry.until else ""
    added = ", added since the last apply" if entry.added else ""
    return f"(“{entry.reason}”{until}{added})"


def _block(head: str, guards: Sequence[Guard], style: Style, width: int, verbose: bool) -> str:
    lines, groups = [head], alike(guards)
    shown = groups if verbose else groups[:SHOWN]
    for each in shown:
        lines += _lines(each, style, width, verbose)
    if hidden := sum(1 + len(each.others) for each in groups[len(shown) :]):
        lines.append(f"  … and {counted(hidden, 'more guard')}; --verbose shows all")
    return "\n".join(lines)


def _lines(each: Alike, style: Style, width: int, verbose: bool) -> list[str]:
    guard = each.guard
    by = f" by {visible(allowed_by(guard))}" if guard.allowed else ""
    address = f" {visible(str(guard.address))}" if guard.address else ""
    more = f" and {counted(len(each.others), 'other')} alike" if each.others else ""
    said = wrapped(visible(predicate(guard, guard.message)), width, INDENT)
    if each.others:
        all_of_them = "" if by or not guard.allowable else f"; --allow {guard.id} allows all of its kind"
        said += wrapped(visible(f"Alike: {_listed(each.others, verbose)}{all_of_them}"), width, INDENT)
    return [
        *wrapped(f"{guard.id}{address}{more}{by}", width, "  ", INDENT),
        *(style.mark(line, "dim") if by else line for line in said),
    ]


def _listed(addresses: Sequence[Address], verbose: bool) -> str:
    shown = addresses if verbose else addresses[:NAMED]
    more = f" and {len(addresses) - len(shown)} more" if len(addresses) > len(shown) else ""
    return ", ".join(map(str, shown)) + more
