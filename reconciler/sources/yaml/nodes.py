"""YAML text as nodes that keep what people wrote: comments, quotes, block scalars, anchors, blank lines.

Built from the parser's events and their marks: scalars are slices of the text, comments what is left between the nodes, so that
none can go missing, wherever it stands. `reconciler.sources.yaml.layout` makes text of nodes again.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from _ruamel_yaml import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from reconciler.sources.yaml.events import parse_events
from reconciler.sources.yaml.scalars import CORE_TAG

_COMMENT = re.compile("#[^\n]*")
_PROPERTIES = re.compile(r"(?:[&!]\S*|\s+|#[^\n]*)*")
_HEADER = re.compile(r"([|>])([-+]?)([1-9]?)([-+]?)")


@dataclass(frozen=True, slots=True)
class Comment:
    """``text`` from the ``#`` on. ``gap``: blanks before it, behind a value; ``blank``: whether an empty line stands above."""

    text: str
    gap: int = 1
    blank: bool = False


@dataclass(slots=True)
class Scalar:
    """A scalar or an alias. ``lines`` as written: of a block scalar its content without indentation, ``header`` its ``|-``.

    ``after``: comments behind it. ``span``: where its text stands; None for one that was never written.
    """

    lines: tuple[str, ...]
    header: str = ""
    properties: str = ""
    value: str = ""
    after: list[Comment] = field(default_factory=list)
    span: tuple[int, int] | None = None

    @property
    def keeps_breaks(self) -> bool:
        """Whether an empty line below it would be part of its value, or look as if it were: it ends in one itself."""
        return "+" in self.header or bool(self.header and self.lines and not self.lines[-1].strip(" \t"))


@dataclass(slots=True)
class Collection:
    """A map (its entries have keys) or a list. ``tail``: comments below the last entry; ``after``: behind a ``]`` or ``}``."""

    is_map: bool
    flow: bool = False
    properties: str = ""
    entries: list[NodeEntry] = field(default_factory=list)
    tail: list[Comment] = field(default_factory=list)
    after: list[Comment] = field(default_factory=list)

    def get(self, key: str) -> NodeEntry | None:
        """The entry of that key."""
        return next((entry for entry in self.entries if entry.key is not None and entry.key.value == key), None)


Node = Scalar | Collection


@dataclass(slots=True)
class NodeEntry:
    """One key and its value, or one item. ``before``: comments above it; ``blank``: whether an empty line stands above."""

    key: Scalar | None
    value: Node
    before: list[Comment] = field(default_factory=list)
    blank: bool = False


@dataclass(slots=True)
class TextDocument:
    """``preamble``: comments above its ``---``; ``head``: below it, above the first entry; ``tail``: after everything.

    ``marker`` carries what stands behind the ``---``; None where there is none. ``anchored``: whether it has anchors.
    """

    root: Node
    marker: Scalar | None = None
    preamble: list[Comment] = field(default_factory=list)
    head: list[Comment] = field(default_factory=list)
    tail: list[Comment] = field(default_factory=list)
    anchored: bool = False


@dataclass(slots=True)
class TextStream:
    """All documents of a file; ``tail``: the comments of one that holds nothing else; ``comments``: all, wherever they stand."""

    documents: list[TextDocument]
    tail: list[Comment]
    comments: list[str] = field(default_factory=list)


def read_nodes(text: str) -> TextStream:
    """The file as nodes. ``text`` is YAML without a fault (see `read_documents`), its line breaks all ``\\n``."""
    builder = _Builder(text, _events(text))
    return builder.stream()


def _events(text: str) -> list[Any]:
    events: list[Any] = []

    def collect(next_event: Callable[[], Any]) -> None:
        events[:] = [next_event()]
        while type(events[-1]) is not StreamEndEvent:
            events.append(next_event())

    parse_events(text, collect)
    return events


def _is(event: Any, *kinds: Any) -> bool:
    return type(event) in kinds


@dataclass(frozen=True, slots=True)
class _Found:
    """A comment where it stands. ``own``: whether it has the line for itself."""

    comment: Comment
    index: int
    line: int
    column: int
    own: bool


def _found(text: str, events: list[Any]) -> list[_Found]:
    """Outside of scalars every ``#`` begins a comment: a parser that got this far has said so."""
    found: list[_Found] = []
    position, lines = 0, _Lines(text)
    for start, end in [*(_body(text, event) for event in events if _is(event, ScalarEvent)), (len(text), len(text))]:
        found += [_comment(text, match, lines) for match in _COMMENT.finditer(text, position, start)]
        header = _HEADER.match(text, start) if start < end else None
        if header:
            line_end = text.find("\n", header.end(), end)
            line_end = end if line_end < 0 else line_end
            found += [_comment(text, m, lines) for m in _COMMENT.finditer(text, header.end(), line_end)]
        position = max(position, end)
    return found


class _Lines:
    """Where the lines of a text begin, and which hold nothing; lines and columns count from 0."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._blank = [not line.strip() for line in text.split("\n")]

    def line(self, index: int) -> int:
        return bisect_right(self._starts, index) - 1

    def column(self, index: int) -> int:
        return index - self._starts[self.line(index)]

    def blank_above(self, index: int) -> bool:
        line = self.line(index)
        return line > 0 and self._blank[line - 1]


def _body(text: str, event: Any) -> tuple[int, int]:
    """Where the scalar itself stands, behind its anchor and tag."""
    start, end = event.start_mark.index, event.end_mark.index
    if event.anchor is not None or event.tag is not None:
        match = _PROPERTIES.match(text, start, end)
        start = match.end() if match else start
    return start, end


def _comment(text: str, match: re.Match[str], lines: _Lines) -> _Found:
    index = match.start()
    before = text[index - lines.column(index) : index]
    gap = len(before) - len(before.rstrip(" \t"))
    comment = Comment(match[0].rstrip(), max(gap, 1), lines.blank_above(index))
    return _Found(comment, index, lines.line(index), len(before), not before.strip())


class _Builder:
    """Walks through the events; ``_pending`` holds comments that wait for the node they stand above."""

    def __init__(self, text: str, events: list[Any]) -> None:
        self._text = text
        self._lines = _Lines(text)
        self._comments = deque(_found(text, events))
        self._texts = [found.comment.text for found in self._comments]
        self._events = deque(event for event in events if not _is(event, StreamStartEvent))
        self._pending: deque[_Found] = deque()
        self._last: Scalar | Collection | None = None
        self._last_line = -1
        self._anchored = False

    def stream(self) -> TextStream:
        documents: list[TextDocument] = []
        while _is(self._events[0], DocumentStartEvent):
            documents.append(self._build_document(not documents))
        self._settle(len(self._text) + 1)
        return TextStream(documents, self._take(), self._texts)

    def _build_document(self, first: bool) -> TextDocument:
        start = self._events.popleft()
        self._anchored = False
        self._settle(start.start_mark.index)
        found = TextDocument(Scalar(()))
        if start.explicit or not first:
            found.preamble, found.marker = self._take(), Scalar(("---",))
            self._end(found.marker, start.end_mark.index)
        found.root = self._build_node(-1)
        end = self._events.popleft()
        assert _is(end, DocumentEndEvent)
        self._settle(end.start_mark.index)
        found.tail = self._take()
        found.anchored = self._anchored
        _make_room(found.root)
        if isinstance(found.root, Collection) and found.root.entries:  # becomes a block, which nothing can stand behind
            top = found.root.entries[0]
            found.head, found.root.after, top.before = [*found.root.after, *top.before], [], []
        return found

    def _build_node(self, column: int) -> Node:
        """The next node; ``column``: that of the collection around it."""
        event = self._events.popleft()
        if _is(event, AliasEvent):
            self._anchored = True
            return self._build_leaf(Scalar((f"*{event.anchor}",)), event.start_mark.index, event.end_mark.index)
        self._anchored = self._anchored or event.anchor is not None
        return self._build_scalar(event, column) if _is(event, ScalarEvent) else self._build_collection(event, column)

    def _build_scalar(self, event: Any, column: int) -> Scalar:
        start, end = _body(self._text, event)
        written = self._text[start:end]
        scalar = Scalar(_strip(written), "", _properties(event), event.value, span=(start, end))
        if event.style in ("|", ">"):
            scalar.header, scalar.lines = _block(written, max(column, 0), keeps="+" in written.partition("\n")[0])
            self._settle(start)
            self._end(scalar, start)
            self._settle(end)
            return scalar
        return self._build_leaf(scalar, start, end) if start < end else self._build_empty(scalar, start)

    def _build_empty(self, scalar: Scalar, index: int) -> Scalar:
        """A value that is not there: it stands right behind what comes before it."""
        if scalar.properties:
            return self._build_leaf(scalar, index, index)
        if self._text[index - 1 : index] == "-":  # an empty item: what stands behind its dash is its own
            self._end(scalar, index)
        return scalar

    def _build_leaf(self, scalar: Scalar, start: int, end: int) -> Scalar:
        self._settle(start)
        self._end(scalar, end)
        return scalar

    def _build_collection(self, event: Any, column: int) -> Collection:
        is_map, index = _is(event, MappingStartEvent), event.start_mark.index
        found = Collection(is_map, bool(event.flow_style), _properties(event))
        if found.flow:
            self._settle(index)
        own_column = self._lines.column(index)
        while not _is(self._events[0], MappingEndEvent, SequenceEndEvent):
            if is_map and not found.entries:
                own_column = self._lines.column(self._events[0].start_mark.index)
            found.entries.append(self._build_entry(is_map, own_column))
        end = self._events.popleft()
        self._settle(end.start_mark.index)
        if found.flow:
            found.tail = self._take()
            self._end(found, end.end_mark.index)
            return found
        least = own_column + 1 if own_column == column and not is_map else own_column
        while self._pending and self._pending[0].own and self._pending[0].column >= least:
            found.tail.append(self._pending.popleft().comment)
        return found

    def _build_entry(self, is_map: bool, column: int) -> NodeEntry:
        index = self._events[0].start_mark.index
        self._settle(index)
        before = self._take()
        blank = self._lines.blank_above(index)
        key = self._build_key() if is_map else None
        following = self._events[0]
        if _is(following, ScalarEvent, AliasEvent) and following.start_mark.index < following.end_mark.index:
            self._settle(_body(self._text, following)[0] if _is(following, ScalarEvent) else following.start_mark.index)
            before += self._take()
        return NodeEntry(key, self._build_node(column), before, blank)

    def _build_key(self) -> Scalar:
        event = self._events.popleft()
        self._anchored = self._anchored or event.anchor is not None
        return self._build_scalar(event, 0)

    def _settle(self, index: int) -> None:
        """Give the comments before the index to what they stand behind; those that have a line for themselves wait."""
        while self._comments and self._comments[0].index < index:
            found = self._comments.popleft()
            if not found.own and self._last is not None and self._last_line == found.line:
                self._last.after.append(found.comment)
            else:
                self._pending.append(found)

    def _take(self) -> list[Comment]:
        taken, self._pending = [each.comment for each in self._pending], deque()
        return taken

    def _end(self, node: Node, index: int) -> None:
        self._last, self._last_line = node, self._lines.line(index)


def _make_room(node: Node) -> None:
    """Of the comments behind a key and behind its value only the last has room in one line; it becomes the key's where the
    value is a collection. Inside an empty one there is room for none."""
    for entry in node.entries if isinstance(node, Collection) else ():
        _make_room(entry.value)
        if entry.key is not None:
            comments = [*entry.key.after, *entry.value.after]
            entry.before += comments[:-1]
            entry.key.after, entry.value.after = [], []
            bearer: Node = entry.key if isinstance(entry.value, Collection) else entry.value
            bearer.after = comments[-1:]
        if isinstance(entry.value, Collection) and not entry.value.entries:
            entry.before += entry.value.tail
            entry.value.tail = []


def _properties(event: Any) -> str:
    anchor = f"&{event.anchor} " if event.anchor is not None else ""
    tag = event.tag.replace(CORE_TAG, "!!", 1) + " " if event.tag is not None else ""
    return anchor + tag


def _strip(written: str) -> tuple[str, ...]:
    """The lines of a flow scalar; how far its further lines are indented means nothing."""
    first, *rest = written.split("\n")
    return (first, *(line.lstrip(" \t") for line in rest))


def _block(written: str, column: int, *, keeps: bool) -> tuple[str, tuple[str, ...]]:
    """Header and content of a block scalar; an indentation that is written becomes ours, of two blanks."""
    header = _HEADER.match(written)
    assert header is not None
    style, digit, chomping = header[1], header[3], header[2] or header[4]
    lines = written.split("\n")[1:]
    if lines and lines.pop():  # the file ends without a line break, and so does the value
        lines, chomping = written.split("\n")[1:], "-"
    indent = column + int(digit) if digit else _indent(lines)
    content = [line[indent:] for line in lines]
    while content and not content[-1] and not keeps:
        content.pop()
    return f"{style}{'2' if digit else ''}{chomping}", tuple(content)


def _indent(lines: list[str]) -> int:
    first = next((line for line in lines if line.strip(" ")), None)
    if first is None:
        return max(map(len, lines), default=0)
    return len(first) - len(first.lstrip(" "))
