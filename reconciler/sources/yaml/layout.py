"""The one layout of YAML text: nodes to lines.

Two blanks of indentation, lists indented below their key, one empty line at most between entries. What was written between
braces or brackets stays so while it fits on its line and holds no comment; documents and their spec are always blocks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from reconciler.sources.yaml.nodes import Collection, Comment, Node, NodeEntry, Scalar, TextDocument, TextStream
from reconciler.sources.yaml.scalars import read_plain

_PLAIN = re.compile(r"(?:[^\W\d]|[0-9]+[smhdw]\Z)(?:[\w.@+<>()/ -]*[\w.@+<>()/-])?\Z")
_OTHER_READERS = frozenset(("y", "n", "yes", "no", "on", "off"))
"""Words that a reader of YAML 1.1 takes for true and false."""
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_BLOCK = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]*\Z")


def make_node(value: Any) -> Scalar | Collection:
    """Nodes for JSON types and `Decimal`; numbers are written exactly."""
    if isinstance(value, dict):
        return Collection(True, entries=[NodeEntry(make_scalar(key), make_node(item)) for key, item in value.items()])
    if isinstance(value, list | tuple):
        return Collection(False, entries=[NodeEntry(None, make_node(item)) for item in value])
    return make_scalar(value)


def make_scalar(value: Any) -> Scalar:
    """One scalar: a text over several lines as a block where YAML can hold it so."""
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        word = {None: "null", True: "true", False: "false"}[value]
        return Scalar((word,), value=word)
    number = format(value, "f") if isinstance(value, Decimal) else str(value)
    return Scalar((number,), value=number)


def _text(value: str) -> Scalar:
    if "\n" in value and value.strip() and _BLOCK.match(value):
        chomping = "-" if not value.endswith("\n") else "+" if value.endswith("\n\n") else ""
        indent = "2" if value[0] in " \t\n" else ""  # where the first line does not show how deep the text stands
        lines = value.split("\n")
        return Scalar(tuple(lines if lines[-1] else lines[:-1]), f"|{indent}{chomping}", value=value)
    if _PLAIN.match(value) and value.lower() not in _OTHER_READERS and isinstance(read_plain(value), str):
        return Scalar((value,), value=value)
    return Scalar((quote(value),), value=value)


def quote(value: str) -> str:
    """The text in double quotes, with escapes for what no file may hold."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


WIDTH = 100
"""Columns a line of braces or brackets may fill."""

_BLANK, _KEPT = "\x02", "\x03"
"""Stand for an empty line between entries, and for the end of a text whose last line breaks count: an empty line below would
be part of it. No YAML text holds these characters."""


def lay_out(stream: TextStream) -> str:
    """The text of the file, with a line break at its end; empty where there is nothing at all."""
    lines: list[str] = []
    for number, document in enumerate(stream.documents):
        lines += _document(document, first=number == 0)
    lines += _comments(stream.tail, first=not lines)
    return "".join(line + "\n" for line in _settled(lines))


def _settled(lines: Iterable[str]) -> Iterator[str]:
    below_kept = False
    for line in lines:
        if line != _KEPT and not (line == _BLANK and below_kept):
            yield "" if line == _BLANK else line
        below_kept = line == _KEPT


def _document(document: TextDocument, *, first: bool) -> list[str]:
    lines = _comments(document.preamble, first=first)
    if document.marker is not None:
        lines.append(_with_comment("---", document.marker.after))
    lines += _comments(document.head, first=True)
    lines += _root(document.root, gap=bool(document.head))
    return lines + _comments(document.tail, first=not lines)


def _root(root: Node, *, gap: bool) -> list[str]:
    """``gap``: whether an empty line may part the first entry from what stands above."""
    if isinstance(root, Scalar):
        return _leaf_lines(root, "", root.after) if any(root.lines) or root.header or root.properties else []
    if not root.entries:
        return [*_comments(root.tail, first=True), _with_comment(root.properties + _empty(root), root.after)]
    lines = [root.properties.rstrip()] if root.properties else []
    lines += _entries(root, 0, root=True)
    return [_BLANK, *lines] if gap and root.entries[0].blank else lines


def _entries(node: Collection, indent: int, *, root: bool = False, bare: bool = False) -> list[str]:
    """The lines of a block; ``indent`` is where they will stand, and not yet written. ``bare``: see `_without_leading`."""
    lines: list[str] = []
    for entry in node.entries:
        first = bare and not lines
        before = [*entry.before, *(_leading(entry.value, indent) if entry.key is None and not first else ())]
        lines += _comments(before, first=not lines)
        if entry.blank and lines:
            lines.append(_BLANK)
        lines += _item(entry.value, indent, first) if entry.key is None else _pair(entry.key, entry.value, indent, root)
    return lines + _comments(node.tail, first=not lines)


def _pair(key: Scalar, value: Node, indent: int, root: bool) -> list[str]:
    head = _key(key) + ":"
    if isinstance(value, Scalar):
        return _leaf_lines(value, head, [*key.after, *value.after])
    always_block = root and key.value == "spec" and bool(value.entries)
    short = None if always_block else _short(value, indent + len(head) + 1)
    if short is not None:
        return [_with_comment(f"{head} {short}", key.after)]
    first = _with_comment(f"{head} {value.properties}".rstrip(), key.after)
    return [first, *_indented(_entries(value, indent + 2))]


def _item(value: Node, indent: int, bare: bool = False) -> list[str]:
    if isinstance(value, Scalar):
        return _leaf_lines(value, "-", value.after)
    short = _short(value, indent + 2)
    if short is not None:
        return [_with_comment(f"- {short}", value.after)]
    if value.properties:
        return [f"- {value.properties}".rstrip(), *_indented(_entries(value, indent + 2))]
    value = value if bare else _without_leading(value, indent + 2)
    first, *rest = _entries(value, indent + 2, bare=True)
    return [f"- {first}", *_indented(rest)]


def _leading(value: Node, indent: int) -> list[Comment]:
    """Comments that would stand between a dash and its item, or have no line to stand behind: they go above the dash."""
    if isinstance(value, Scalar) or _short(value, indent + 2) is not None:
        return []
    if value.properties or not value.entries:
        return value.after
    first = value.entries[0]
    return [*value.after, *first.before, *(_leading(first.value, indent + 2) if first.key is None else ())]


def _without_leading(value: Collection, indent: int) -> Collection:
    """The block that stands at ``indent`` behind a dash, without the comments `_leading` takes."""
    first = value.entries[0]
    inner = first.value
    if (
        first.key is None
        and isinstance(inner, Collection)
        and _short(inner, indent + 2) is None
        and not inner.properties
    ):
        inner = _without_leading(inner, indent + 2)
    bare = NodeEntry(first.key, inner, [], False)
    return Collection(value.is_map, value.flow, value.properties, [bare, *value.entries[1:]], value.tail, [])


def _leaf_lines(value: Scalar, head: str, comments: list[Comment]) -> list[str]:
    """``head``: the key with its colon, or the dash. Further lines of the value stand two deeper."""
    if value.header:
        first = _with_comment(f"{head} {value.properties}{value.header}".lstrip(), comments)
        return [first, *_indented(value.lines), *([_KEPT] if value.keeps_breaks else [])]
    first, *rest = value.lines or ("",)
    lines = [f"{head} {value.properties}{first}".strip() if head else value.properties + first]
    lines += _indented(rest) if head else rest
    return [*lines[:-1], _with_comment(lines[-1], comments)]


def _short(value: Collection, column: int) -> str | None:
    """The collection on one line; None where it has to be a block."""
    if not value.entries:
        return value.properties + _empty(value)
    if not value.flow:
        return None
    text = _flow(value)
    return text if text is not None and column + len(text) <= WIDTH else None


def _flow(node: Node, room: int = WIDTH) -> str | None:
    """On one line; None where it cannot stand there, or hardly fits into ``room`` columns and need not be looked at further."""
    if isinstance(node, Scalar):
        if node.header or len(node.lines) > 1:
            return None
        return node.properties + (node.lines[0] if any(node.lines) else "null")
    if node.tail:
        return None
    parts: list[str] = []
    for entry in node.entries:
        text = _flow(entry.value, room - 1) if room >= 0 else None
        inside = [*entry.before, *(entry.key.after if entry.key else ()), *entry.value.after]
        if text is None or inside:
            return None
        parts.append(f"{_key(entry.key)}: {text}" if entry.key else text)
        room -= len(parts[-1])
    brackets = _empty(node)
    return f"{node.properties}{brackets[0]}{', '.join(parts)}{brackets[1]}"


def _empty(node: Collection) -> str:
    return "{}" if node.is_map else "[]"


def _key(key: Scalar) -> str:
    written = key.lines[0] if len(key.lines) == 1 and not key.header else quote(key.value)
    return key.properties + written


def _comments(comments: Iterable[Comment], *, first: bool) -> list[str]:
    lines: list[str] = []
    for comment in comments:
        if comment.blank and not (first and not lines):
            lines.append(_BLANK)
        lines.append(comment.text)
    return lines


def _with_comment(line: str, comments: list[Comment]) -> str:
    return line + "".join(" " * comment.gap + comment.text for comment in comments)


def _indented(lines: Iterable[str]) -> list[str]:
    return ["  " + line if line not in ("", _BLANK, _KEPT) else line for line in lines]
