"""What differs between two texts, line by line, in time that grows with their length alone, whatever they hold.

The texts are strangers': on lines that repeat, difflib's comparison grows with the square of their number and beyond. Here
lines that stand once on both sides are matched first, and again between those, a few times over; what is left is replaced.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

CONTEXT = 2
"""Unchanged lines shown around changed ones."""

_DEPTH = 6
"""How often what lies between matched lines is looked at anew."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a difference. ``sign``: ``-`` gone, ``+`` come, blank for a line on both sides; ``old`` and ``new``: how
    many lines of each side stand before it."""

    sign: str
    text: str
    old: int
    new: int


def diff_lines(before: Sequence[str], after: Sequence[str]) -> list[Row]:
    """Every line of both sides, in order; of a run that is replaced what goes stands first."""
    found: list[Row] = []
    old = new = 0
    for at, new_at in [*sorted(_alike(before, after)), (len(before), len(after))]:
        found += [Row("-", before[number], number, new) for number in range(old, at)]
        found += [Row("+", after[number], at, number) for number in range(new, new_at)]
        if at < len(before):
            found.append(Row(" ", before[at], at, new_at))
        old, new = at + 1, new_at + 1
    return found


def write_hunks(lines: Sequence[Row], wanted: Collection[int], context: int = CONTEXT) -> list[str]:
    """A unified diff of the rows that ``wanted`` names by index and of those around them; other rows are left out."""
    shown: list[str] = []
    for first, last in _list_ranges(sorted(wanted), len(lines), context):
        part = lines[first:last]
        old = _range(part[0].old, sum(row.sign != "+" for row in part))
        new = _range(part[0].new, sum(row.sign != "-" for row in part))
        shown += [f"@@ -{old} +{new} @@", *(row.sign + row.text for row in part)]
    return shown


def find_changed_lines(lines: Sequence[Row]) -> list[int]:
    """The indexes of the rows that stand on one side alone."""
    return [index for index, row in enumerate(lines) if row.sign != " "]


def _list_ranges(wanted: Sequence[int], length: int, context: int) -> Iterator[tuple[int, int]]:
    """Where hunks begin and end; two that touch are one."""
    first = last = None
    for index in wanted:
        begin, end = max(0, index - context), min(length, index + context + 1)
        if first is not None and last is not None and begin > last:
            yield first, last
            first = None
        first, last = begin if first is None else first, end
    if first is not None and last is not None:
        yield first, last


def _range(before: int, length: int) -> str:
    """As unified diffs count: from 1, the line before where there is none, the number left out where it is one."""
    start = before + 1 if length else before
    return f"{start}" if length == 1 else f"{start},{length}"


def _alike(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Lines that are taken to be the same, by their numbers on both sides; in no order."""
    waiting = [(0, len(before), 0, len(after), _DEPTH)]
    while waiting:
        start, end, new_start, new_end, depth = waiting.pop()
        while start < end and new_start < new_end and before[start] == after[new_start]:
            yield start, new_start
            start, new_start = start + 1, new_start + 1
        while start < end and new_start < new_end and before[end - 1] == after[new_end - 1]:
            end, new_end = end - 1, new_end - 1
            yield end, new_end
        first, new_first = start, new_start
        anchors = _list_anchors(before[start:end], after[new_start:new_end]) if depth else []
        for at, new_at in anchors:
            yield first + at, new_first + new_at
            waiting.append((start, first + at, new_start, new_first + new_at, depth - 1))
            start, new_start = first + at + 1, new_first + new_at + 1
        if anchors:
            waiting.append((start, end, new_start, new_end, depth - 1))


def _list_anchors(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Lines that stand once on each side: as many as are in the same order on both, the longest increasing sequence."""
    counts, new_counts = Counter(before), Counter(after)
    places = {line: number for number, line in enumerate(after) if new_counts[line] == 1}
    lowest: list[int] = []
    ends: list[int] = []
    behind: dict[int, int] = {}
    for number, line in enumerate(before):
        if counts[line] == 1 and line in places:
            rank = bisect_left(lowest, places[line])
            lowest[rank : rank + 1], ends[rank : rank + 1] = [places[line]], [number]
            behind[number] = ends[rank - 1] if rank else -1
    found: list[int] = []
    last = ends[-1] if ends else -1
    while last >= 0:
        found.append(last)
        last = behind[last]
    return [(number, places[before[number]]) for number in reversed(found)]
