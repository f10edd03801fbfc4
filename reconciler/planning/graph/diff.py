"""What differs between two records, field by field. The only door to deepdiff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.model.canonical import read_json, write_canonical_json
from reconciler.model.configuration.change import FieldChange
from reconciler.model.configuration.resource import Record
from reconciler.model.errors import Bug
from reconciler.planning.graph.pointer import Steps, format_pointer, matches, split_pointer

Pattern = tuple[str, ...]

_ABSENT = object()


def compare_records(
    before: Record, after: Record, sets: Sequence[str], ordered: Sequence[str] = ()
) -> tuple[FieldChange, ...]:
    """Every field that differs, in the order of the pointers; empty exactly when digests and orders are equal.

    Maps are compared key by key at every depth, whether or not they have a key in common. A list that ``sets`` names (JSON
    Pointers below the spec, ``*`` for any step) is one change with what joined and what left. A list of maps is compared
    item by item, an item more or less being one change; any other list is one change, whole. Of a map that ``ordered``
    names the keys are one change more where those on both sides have changed places: digests do not know their order.
    """
    moved = tuple(_move(before, after, ordered))
    if before.digest == after.digest:
        return moved
    old, new = _canonical(before), _canonical(after)
    patterns = [("spec", *split_pointer(text)) for text in sets]
    found = {_cut(path, old, new, patterns) for path in _differing(old, new)}
    changes = [_change(path, old, new, patterns) for path in sorted(found, key=_natural)]
    if not changes:
        raise Bug(f"{after.address} has a new digest and no changed field; this is a bug in reconciler")
    return (*moved, *changes)


def orders(record: Record, ordered: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Of each map that ``ordered`` names, the keys as they come; none of what is no map."""
    found = (_at(record.spec, split_pointer(text)) for text in ordered)
    return tuple(tuple(each) if isinstance(each, Mapping) else () for each in found)


def _move(before: Record, after: Record, ordered: Sequence[str]) -> Iterator[FieldChange]:
    for text, old, new in zip(ordered, orders(before, ordered), orders(after, ordered), strict=True):
        if [key for key in old if key in new] != [key for key in new if key in old]:
            yield FieldChange(f"/spec{text}", list(old), list(new))


def _canonical(record: Record) -> Any:
    """The content in the form its digest sees: spelled alike, numbers alike, so that no difference shows that is none."""
    return read_json(write_canonical_json(record.content()))


def _differing(old: Any, new: Any) -> Iterator[Steps]:
    # deepdiff costs over 100 ms to import, and most plans have no update to compare.
    from deepdiff import DeepDiff  # noqa: PLC0415

    # Each of these turns a shortcut off: maps with few keys in common reported whole, lists aligned, keys with __ left out.
    tree = DeepDiff(
        old, new, view="tree", threshold_to_diff_deeper=0, zip_ordered_iterables=True, ignore_private_variables=False
    )
    for levels in tree.values():
        for level in levels:
            yield tuple(level.path(output_format="list"))


def _cut(path: Steps, old: Any, new: Any, patterns: Iterable[Pattern]) -> Steps:
    """The path, or the nearest list above it that is shown whole."""
    for length in range(len(path)):
        head = path[:length]
        if _is_shown_whole(_at(old, head), _at(new, head), of_set=_is_set(head, patterns)):
            return head
    return path


def _is_set(path: Steps, patterns: Iterable[Pattern]) -> bool:
    return any(matches(pattern, path) for pattern in patterns)


def _is_shown_whole(before: Any, after: Any, *, of_set: bool) -> bool:
    """Whether these are lists, and sets or of something else than maps: a map is never shown whole."""
    lists = isinstance(before, list) and isinstance(after, list)
    return lists and (of_set or not all(isinstance(item, Mapping) for item in (*before, *after)))


def _change(path: Steps, old: Any, new: Any, patterns: Iterable[Pattern]) -> FieldChange:
    before, after = _present(_at(old, path)), _present(_at(new, path))
    lists = isinstance(before, list | None) and isinstance(after, list | None)
    if not (lists and _is_set(path, patterns)):
        return FieldChange(format_pointer(path), before, after)
    joined, left = _without(after or [], before or []), _without(before or [], after or [])
    return FieldChange(format_pointer(path), before, after, joined, left)


def _without(items: list[Any], others: list[Any]) -> tuple[Any, ...]:
    known = {write_canonical_json(other) for other in others}
    return tuple(item for item in items if write_canonical_json(item) not in known)


def _at(value: Any, path: Steps) -> Any:
    for step in path:
        inside = step in value if isinstance(value, Mapping) else isinstance(step, int) and step < len(value)
        if not inside:
            return _ABSENT
        value = value[step]
    return value


def _present(value: Any) -> Any:
    return None if value is _ABSENT else value


def _natural(path: Steps) -> list[tuple[bool, int, str]]:
    """Sorts indexes as numbers, keys as text."""
    return [(False, step, "") if isinstance(step, int) else (True, 0, step) for step in path]
