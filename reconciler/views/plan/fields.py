"""Fields of a change as text: names people read, values before and after, line by line where they are long."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from reconciler.model.configuration.change import Action, Change, FieldChange
from reconciler.planning.graph.pointer import split_pointer
from reconciler.planning.mail.line_diff import diff_lines, find_changed_lines, write_hunks
from reconciler.views.writing.escape import visible, visible_lines
from reconciler.views.writing.json_text import to_json
from reconciler.views.writing.layout import PLAIN, Page, cells, padded, wrapped

INDENT = "    "
_TITLE = "/metadata/title"
_IN_HEAD = 40
"""Columns of a title that the head of a change always has room for."""
_MISTAKABLE = re.compile(
    r"(?:true|false|null|\(none\)|[-+.\d]+|\".*\"|.* -> .*|\s.*|.*\s|)\Z", re.IGNORECASE | re.DOTALL
)
"""Text that without quotes would read as another value, as two values, or as less than it is."""


def name_field(path: str) -> str:
    """A JSON Pointer as people say it: ``/spec/stages/0/quorum`` is ``stages[0].quorum``, a template its name."""
    part, *rest = split_pointer(path)
    if part == "spec":
        return visible(_dotted(rest))
    if part in ("templates", "files"):
        return f"{part[:-1]} {visible('/'.join(rest))}" if rest else part
    return visible(_dotted([part, *rest]))


def describe_value(value: Any) -> str:
    """A plain value on one line: text without quotes where it cannot be mistaken, secrets and groups by name."""
    if value is None:
        return "(none)"
    if isinstance(value, str):
        return visible(value) if not _MISTAKABLE.match(value) and visible(value) == value else _quote(value)
    if isinstance(value, bool | int | Decimal):
        return to_json(value)
    if isinstance(value, Mapping):
        return _map_text(value)
    return ", ".join(map(_item_text, value)) if value else "(none)"


def list_change_lines(changes: Sequence[FieldChange], page: Page = PLAIN) -> list[str]:
    """Each changed field: ``before -> after``, sets as what joined and left, long text as a unified diff."""
    column = _column((change.path for change in changes), page)
    return [line for change in changes for line in _label(change.path, column, _say(change, column, page))]


def list_created_lines(change: Change, page: Page = PLAIN, more: Mapping[str, Any] | None = None) -> list[str]:
    """What a new resource says, and ``more``; nothing for any other change. A short title stands in the head alone."""
    if change.action is not Action.CREATE:
        return []
    said = {path: value for path, value in change.stated.items() if path != _TITLE or cells(value) > _IN_HEAD}
    return list_stated_lines({**said, **(more or {})}, page)


def list_fields(change: Change, page: Page = PLAIN) -> list[str]:
    """What the change says, field by field, without a margin."""
    return [
        line.removeprefix(INDENT)
        for line in [*list_change_lines(change.fields, page), *list_created_lines(change, page)]
    ]


def list_stated_lines(stated: Mapping[str, Any], page: Page) -> list[str]:
    """What a resource says: one field after the other, long text line by line."""
    column = _column(stated, page)
    return [
        line for path, value in stated.items() for line in _label(path, column, _show(value, page.width - column - 6))
    ]


def _dotted(names: Iterable[str]) -> str:
    text = "".join(f"[{name}]" if name.isdigit() else f".{name}" for name in names)
    return text.removeprefix(".")


def _quote(text: str) -> str:
    return '"' + visible(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _map_text(value: Mapping[str, Any]) -> str:
    if len(value) == 1:
        ((key, name),) = value.items()
        if key in ("secret", "group") and isinstance(name, str):
            return f"{key} {visible(name)}"
    said = ((key, item) for key, item in value.items() if item is not None and item != [])
    return "{" + ", ".join(f"{visible(str(key))}: {_item_text(item)}" for key, item in said) + "}"


def _item_text(value: Any) -> str:
    """A value among others: text that holds what stands between them is quoted, but for names quoted already."""
    text = describe_value(value)
    plain = isinstance(value, str) and text == value
    return _quote(value) if plain and ", " in text and not text.startswith('"') else text


def _column(paths: Iterable[str], page: Page) -> int:
    """Columns for the names: enough for all but the very long ones."""
    return min(max((cells(name_field(path)) for path in paths), default=0), page.width // 3)


def _label(path: str, column: int, lines: list[str]) -> list[str]:
    """The name before the first line; above it where it is too long for its column."""
    name, margin = name_field(path), INDENT + " " * column + "  "
    if cells(name) > column:
        return [INDENT + name, *((margin + line).rstrip() for line in lines)]
    return [INDENT + padded(name, column) + "  " + lines[0], *((margin + line).rstrip() for line in lines[1:])]


def _say(change: FieldChange, column: int, page: Page) -> list[str]:
    room = page.width - column - 6
    if change.added is not None or change.removed is not None:
        return _join_and_left(change, page, room)
    if change.path.startswith(("/templates/", "/files/")):
        return [f"{_short(change.before)} -> {_short(change.after)}"]
    if _is_long(change.before) or _is_long(change.after):
        return _text_diff(change.before, change.after, page)
    before, after = describe_value(change.before), describe_value(change.after)
    if cells(before) + cells(after) + 4 <= room:
        return [f"{before} -> {after}"]
    taken = [page.mark(line, "red") for line in wrapped(before, room, "- ")]
    return [*taken, *(page.mark(line, "green") for line in wrapped(after, room, "+ "))]


def _join_and_left(change: FieldChange, page: Page, room: int) -> list[str]:
    signs = (("+ ", "green", change.added), ("- ", "red", change.removed))
    lines = [
        page.mark(line, colour)
        for sign, colour, items in signs
        for item in items or ()
        for line in wrapped(describe_value(item), room, sign)
    ]
    return lines or ["(the same members, another number of times)"]


def _short(digest: Any) -> str:
    return str(digest)[:8] if digest else "(none)"


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value


def _text_diff(before: Any, after: Any, page: Page) -> list[str]:
    old, new = (visible_lines(value) if isinstance(value, str) else [] for value in (before, after))
    found = diff_lines(old, new)
    lines = [line if line.strip() else "" for line in write_hunks(found, find_changed_lines(found))]
    return [page.mark_diff(line, line[:1]) for line in lines] or ["(line ends)"]


def _show(value: Any, room: int) -> list[str]:
    if _is_long(value):
        return [f"| {line}".rstrip() for line in visible_lines(value.rstrip("\n"))]
    return wrapped(describe_value(value), room)
