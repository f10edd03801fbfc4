"""How control shifts, as text: who decides, and under which rules; types that shift alike are told together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.configuration.control import ControlChange, Shift
from reconciler.planning.review.approval_control import is_by_type
from reconciler.views.plan.fields import INDENT
from reconciler.views.writing.escape import visible
from reconciler.views.writing.layout import Page, cells, counted, list_names, wrapped

SHOWN = 12
"""Shifts that are shown unless asked for more; the weaker ones always are."""

_COLOURS = {Shift.WEAKER: "red", Shift.STRONGER: "green", Shift.DIFFERENT: "yellow", Shift.AVAILABILITY: "yellow"}
_ALIKE = tuple[str, str, str, str, str, str, tuple[str, ...], tuple[str, ...]]


def describe_control(control: Sequence[ControlChange], page: Page) -> str:
    """The section as one block, under how many shifts there are of each sort."""
    groups = _group_alike(control)
    shown = len(groups) if page.verbose else max(SHOWN, sum(each.shift is Shift.WEAKER for each, _ in groups))
    words = list(map(_shift_word, control))
    counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    lines = [page.mark(f"Control: {counts}", "bold")]
    for change, types in groups[:shown]:
        lines += [*_list_head_lines(change, types, page), *_list_body_lines(change, page)]
    if len(groups) > shown:
        more = counted(len(groups) - shown, "more shift")
        lines.append(page.mark(f"  … {more}; {page.more}", "dim"))
    return "\n".join(lines)


def _shift_word(change: ControlChange) -> str:
    """What the shift is called: a fact of a new approval type is ``new``, of one that goes ``gone``."""
    if change.type and change.shift is Shift.DIFFERENT and not change.before:
        return "new"
    return "gone" if change.type and change.shift is Shift.AVAILABILITY and not change.after else str(change.shift)


def _group_alike(control: Sequence[ControlChange]) -> list[tuple[ControlChange, list[str]]]:
    """Each distinct shift, once, with the approval types it concerns."""
    found: dict[_ALIKE, tuple[ControlChange, list[str]]] = {}
    for change in control:
        because = "" if is_by_type(change) else str(change.because)
        key = (
            change.stage,
            change.fact,
            change.before,
            change.after,
            str(change.shift),
            because,
            change.gained,
            change.lost,
        )
        found.setdefault(key, (change, []))[1].append(change.type)
    return list(found.values())


def _list_head_lines(change: ControlChange, types: Sequence[str], page: Page) -> Iterator[str]:
    where = f" of {list_names(types, verbose=page.verbose)}" if change.type else ""
    stage = f", stage {change.stage}" if change.stage else ""
    several = is_by_type(change) and len(types) > 1
    by = "" if several else f" [{change.because}]"
    word = _shift_word(change)
    first, *rest = wrapped(visible(f"{change.fact}{where}{stage}{by}"), page.width, f"  {word}  ")
    yield "  " + page.mark(word, "bold", _COLOURS[change.shift]) + first[2 + cells(word) :]
    yield from rest


def _list_body_lines(change: ControlChange, page: Page) -> Iterator[str]:
    if change.gained or change.lost:
        for sign, colour, people in (("+ ", "green", change.gained), ("- ", "red", change.lost)):
            if people:
                lines = wrapped(visible(list_names(people, verbose=page.verbose)), page.width, INDENT + sign)
                yield from (page.mark(line, colour) for line in lines)
        return
    before, after = visible(change.before), visible(change.after)
    one = f"{before} -> {after}" if before and after else after or f"{before} -> (none)"
    if cells(one) + len(INDENT) <= page.width:
        yield INDENT + one
        return
    yield from (page.mark(line, "red") for line in wrapped(before, page.width, f"{INDENT}- ") if before)
    yield from (page.mark(line, "green") for line in wrapped(after, page.width, f"{INDENT}+ ") if after)
