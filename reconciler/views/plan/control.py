"""The section of a plan that says how control shifts: who decides, and under which rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.configuration.control import ControlChange, Shift
from reconciler.planning.review.approval_control import is_by_type
from reconciler.views.plan.fields import INDENT
from reconciler.views.writing.escape import visible
from reconciler.views.writing.layout import Style, cells, counted, wrapped

SHOWN = 12
"""Shifts that are shown unless asked for more; the weaker ones always are."""

NAMED = 10
"""People, or types, that are named unless asked for more."""

_COLOURS = {Shift.WEAKER: "red", Shift.STRONGER: "green", Shift.DIFFERENT: "yellow", Shift.AVAILABILITY: "yellow"}
_ALIKE = tuple[str, str, str, str, str, str, tuple[str, ...], tuple[str, ...]]


def control_section(control: Sequence[ControlChange], *, verbose: bool, style: Style, width: int) -> list[str]:
    """The section as one block, or none where nothing shifts. Types that shift alike are told together."""
    if not control:
        return []
    groups = _alike(control)
    shown = len(groups) if verbose else max(SHOWN, sum(each.shift is Shift.WEAKER for each, _ in groups))
    lines = [style.mark(_headline(control), "bold")]
    for change, types in groups[:shown]:
        lines += [*_head(change, types, verbose, style, width), *_body(change, verbose, style, width)]
    if len(groups) > shown:
        lines.append(style.mark(f"  … {counted(len(groups) - shown, 'more shift')}; --verbose shows all", "dim"))
    return ["\n".join(lines)]


def shift_word(change: ControlChange) -> str:
    """What the shift is called: a fact of a new approval type is ``new``, of one that goes ``gone``."""
    if change.type and change.shift is Shift.DIFFERENT and not change.before:
        return "new"
    return "gone" if change.type and change.shift is Shift.AVAILABILITY and not change.after else str(change.shift)


def _headline(control: Sequence[ControlChange]) -> str:
    words = [shift_word(change) for change in control]
    counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    return f"Control: {counts}"


def _alike(control: Sequence[ControlChange]) -> list[tuple[ControlChange, list[str]]]:
    """Each distinct shift, once, with the approval types it concerns."""
    found: dict[_ALIKE, tuple[ControlChange, list[str]]] = {}
    for change in control:
        because = "" if is_by_type(change) else str(change.because)
        key = (*_texts(change), str(change.shift), because, change.gained, change.lost)
        found.setdefault(key, (change, []))[1].append(change.type)
    return list(found.values())


def _texts(change: ControlChange) -> tuple[str, str, str, str]:
    return (change.stage, change.fact, change.before, change.after)


def _head(change: ControlChange, types: Sequence[str], verbose: bool, style: Style, width: int) -> Iterator[str]:
    where = f" of {_listed(types, verbose)}" if change.type else ""
    stage = f", stage {change.stage}" if change.stage else ""
    several = is_by_type(change) and len(types) > 1
    by = "" if several else f" [{change.because}]"
    word = shift_word(change)
    first, *rest = wrapped(visible(f"{change.fact}{where}{stage}{by}"), width, f"  {word}  ")
    yield "  " + style.mark(word, "bold", _COLOURS[change.shift]) + first[2 + cells(word) :]
    yield from rest


def _body(change: ControlChange, verbose: bool, style: Style, width: int) -> Iterator[str]:
    if change.gained or change.lost:
        for sign, colour, people in (("+ ", "green", change.gained), ("- ", "red", change.lost)):
            if people:
                lines = wrapped(visible(_listed(people, verbose)), width, INDENT + sign)
                yield from (style.mark(line, colour) for line in lines)
        return
    before, after = visible(change.before), visible(change.after)
    one = f"{before} -> {after}" if before and after else after or f"{before} -> (none)"
    if cells(one) + len(INDENT) <= width:
        yield INDENT + one
        return
    yield from (style.mark(line, "red") for line in wrapped(before, width, f"{INDENT}- ") if before)
    yield from (style.mark(line, "green") for line in wrapped(after, width, f"{INDENT}+ ") if after)


def _listed(names: Sequence[str], verbose: bool) -> str:
    shown = list(names) if verbose else list(names[:NAMED])
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
