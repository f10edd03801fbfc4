"""YAML text to documents: plain values built straight from the parser's events, with places.

The event stream carries line and column and costs a thirtieth of the round-trip loader. Nothing is constructed but maps,
lists, text, whole numbers, booleans, null and exact `Decimal`; no tag can name a type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from _ruamel_yaml import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    YAMLError,
)

from reconciler.model.configuration.resource import Document, Path
from reconciler.model.diagnostic import Diagnostic, Faults, Place, make_error
from reconciler.sources.reading import ReadingTime
from reconciler.sources.yaml.events import find_character_fault, parse_events
from reconciler.sources.yaml.faults import (
    refuse_alias,
    refuse_anchor,
    refuse_braces,
    refuse_key,
    translate_syntax_error,
)
from reconciler.sources.yaml.scalars import CORE_TAG, read_plain, read_tagged

MAX_DEPTH = 50
"""Maps and lists inside each other."""

MAX_ALIASED = 10_000
"""Values that aliases may add to one document; 100 characters of a text count as one."""

MAX_DOCUMENTS = 20_000
"""Documents of a file, and of all manifests: twice what a very large organisation declares."""

MAX_VALUES = 150_000
"""Values of a file: hardly a file has room for more where each stands in a line of its own."""

_MAX_TAGS = 100
"""Lines that declare tags: the parser compares each with all."""

_TAG_LINE = re.compile("^%TAG", re.MULTILINE)
_PAUSE = 10_000
"""Values after which the time is looked at."""

_STARTS = (MappingStartEvent, SequenceStartEvent)
_ENDS = (MappingEndEvent, SequenceEndEvent)


def read_documents(text: str, file: str, time: ReadingTime | None = None) -> tuple[list[Document], list[Diagnostic]]:
    """Every document of a file that is not empty, and every fault of its YAML.

    ``file`` is how places name it. Text that is not YAML ends the file with one diagnostic; the documents before it stand.
    A document with a fault inside is returned as far as it can be understood, so that its other faults are found as well.
    Raises `TooLong` where the ``time`` is over.
    """
    refused = find_character_fault(text, file)
    if refused:
        return [], [refused]
    reader = _FileReader(text, file, time or ReadingTime())
    try:
        reader.check_directives()
        parse_events(text, reader.read)
    except YAMLError as fault:
        _add_unless_told(reader.faults, translate_syntax_error(fault, text, file))
    except _TooMuch as fault:
        reader.faults.end(fault.diagnostic)
    return reader.documents, reader.faults.all()


class Places(Mapping[Path, Place]):
    """Places by path, made from the parser's marks when somebody asks: of a sound manifest hardly anyone does."""

    __slots__ = ("_file", "_marks")

    def __init__(self, file: str, marks: dict[Path, Any]) -> None:
        self._file = file
        self._marks = marks

    def __getitem__(self, path: Path) -> Place:
        mark = self._marks[path]
        return Place(self._file, mark.line + 1, mark.column + 1)

    def __contains__(self, path: object) -> bool:
        return path in self._marks

    def __iter__(self) -> Iterator[Path]:
        return iter(self._marks)

    def __len__(self) -> int:
        return len(self._marks)


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A value an alias may repeat. ``nodes`` counts it and what it holds; None while it is still being read."""

    value: Any
    nodes: int | None


class _TooMuch(Exception):
    """A limit that protects us was passed: nothing more of the file is read."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.summary)
        self.diagnostic = diagnostic


class _FileReader:
    """Reads one file. ``_values`` and ``_keys`` hold the marks of the document being read."""

    def __init__(self, text: str, file: str, time: ReadingTime) -> None:
        self.documents: list[Document] = []
        self.faults = Faults()
        self._text = text
        self._file = file
        self._time = time

    def check_directives(self) -> None:
        """Raise `_TooMuch` where more tags are declared than the parser can take without going through all again and again."""
        for number, found in enumerate(_TAG_LINE.finditer(self._text)):
            if number == _MAX_TAGS:
                detail = f"More than {_MAX_TAGS} lines begin with %TAG; nothing of the file was read."
                place = Place(self._file, self._text.count("\n", 0, found.start()) + 1)
                raise _TooMuch(make_error("Too many tags", detail, place, hint="Remove them: manifests use no tags."))

    def read(self, next_event: Callable[[], Any]) -> None:
        """All events of the stream, from its start. Raises `YAMLError` where the text is not YAML, `_TooMuch` beyond a limit."""
        self.documents, self.faults = [], Faults()
        self._nodes, self._pause, documents = 0, _PAUSE, 0
        self._next = next_event
        event = self._next()
        while type(event) is not StreamEndEvent:
            if type(event) is DocumentStartEvent:
                documents += 1
                if documents > MAX_DOCUMENTS:
                    raise self._refuse_too_many("Too many documents", MAX_DOCUMENTS, event)
                self._check_version(event)
                self._read_document()
            event = self._next()

    def _read_document(self) -> None:
        self._values: dict[Path, Any] = {}
        self._keys: dict[Path, Any] = {}
        self._anchors: dict[str, _Anchored] = {}
        self._aliased = 0
        event = self._next()
        data = self._read_node(event, ())
        if data is not None:
            places = Places(self._file, self._values), Places(self._file, self._keys)
            self.documents.append(Document(data, self._file, *places))

    def _read_node(self, event: Any, path: Path) -> Any:
        """The value that begins with this event; its last event is consumed too."""
        kind = type(event)
        self._values[path] = event.start_mark
        self._nodes += 1
        if self._nodes >= self._pause:
            self._check_limits(event)
        if kind is AliasEvent:
            return self._read_alias(event)
        if event.anchor is not None:
            return self._keep_anchored(event, path)
        return self._read_scalar(event) if kind is ScalarEvent else self._read_collection(event, path)

    def _check_limits(self, event: Any) -> None:
        if self._nodes > MAX_VALUES:
            raise self._refuse_too_many("Too many values", MAX_VALUES, event)
        self._pause = min(self._nodes + _PAUSE, MAX_VALUES + 1)
        self._time.check(self._file)

    def _refuse_too_many(self, summary: str, most: int, event: Any) -> _TooMuch:
        what = summary.removeprefix("Too many ")
        detail = f"The file holds more than {most:,} {what}; nothing after this place was read."
        return _TooMuch(self._fault(summary, detail, event, "Split it into several files."))

    def _read_scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.implicit[0]:
            try:
                return read_plain(text)
            except ValueError as fault:
                self._number_fault(event, fault)
                return text
        return text if event.tag is None else self._read_tagged(event)

    def _read_collection(self, event: Any, path: Path) -> Any:
        if len(path) >= MAX_DEPTH:
            raise self._refuse_too_deep(event)
        if type(event) is MappingStartEvent:
            if self._text.startswith("{{", event.start_mark.index):
                return self._read_braces(event)
            if event.tag is not None and event.tag != CORE_TAG + "map":
                self._note_tag_fault(event)
            return self._read_mapping(path)
        if event.tag is not None and event.tag != CORE_TAG + "seq":
            self._note_tag_fault(event)
        return self._read_sequence(path)

    def _refuse_too_deep(self, event: Any) -> _TooMuch:
        detail = f"Maps and lists are nested more than {MAX_DEPTH} deep here; nothing after this place was read."
        return _TooMuch(self._fault("Nesting too deep", detail, event, "No field needs that. Check the indentation."))

    def _read_mapping(self, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        following, keys, node = self._next, self._keys, self._read_node
        event = following()
        while type(event) is not MappingEndEvent:
            key = self._read_key(event, path)
            if key is None or key in data:
                if key is not None:
                    self._refuse_duplicate(event, key, path)
                self._skip_value(path)
            else:
                below = (*path, key)
                keys[below] = event.start_mark
                data[key] = node(following(), below)
            event = following()
        return data

    def _read_sequence(self, path: Path) -> list[Any]:
        data: list[Any] = []
        following = self._next
        event = following()
        while type(event) is not SequenceEndEvent:
            data.append(self._read_node(event, (*path, len(data))))
            event = following()
        return data

    def _read_braces(self, event: Any) -> str:
        """A template somebody left unquoted: one diagnostic, and the text as it was meant."""
        self.faults.add(refuse_braces, event, self._file)
        depth, end = 1, event
        while depth:
            end = self._next()
            depth += (type(end) in _STARTS) - (type(end) in _ENDS)
            self._nodes += 1
            if depth > MAX_DEPTH:
                raise self._refuse_too_deep(end)
            if self._nodes >= self._pause:
                self._check_limits(end)
        return self._text[event.start_mark.index : end.end_mark.index]

    def _read_key(self, event: Any, path: Path) -> str | None:
        """The key that begins with this event; None, and a diagnostic, where it is not text."""
        if type(event) is ScalarEvent and event.tag is None:
            text: str = event.value
            if event.anchor is not None:
                self._check_anchor(event)
                self._anchors[event.anchor] = _Anchored(text, 1)
            if not event.implicit[0]:
                return text
            if text != "<<" and type(_plain_or_text(text)) is str:
                return text
        elif type(event) is not AliasEvent:
            self._skip(event, (*path, "?"))
        self.faults.add(refuse_key, event, self._file)
        return None

    def _skip_value(self, path: Path) -> None:
        self._skip(self._next(), (*path, "?"))

    def _skip(self, event: Any, path: Path) -> None:
        """Read a value that stands nowhere in the data: its faults and anchors count, its places do not."""
        kept = self._values, self._keys
        self._values, self._keys = {}, {}
        self._read_node(event, path)
        self._values, self._keys = kept

    def _keep_anchored(self, event: Any, path: Path) -> Any:
        self._check_anchor(event)
        before = self._nodes
        self._anchors[event.anchor] = _Anchored(None, None)
        value = self._read_scalar(event) if type(event) is ScalarEvent else self._read_collection(event, path)
        weight = len(value) // 100 if isinstance(value, str) else 0
        self._anchors[event.anchor] = _Anchored(value, self._nodes - before + 1 + weight)
        return value

    def _read_alias(self, event: Any) -> Any:
        anchored = self._anchors.get(event.anchor)
        if anchored is None:
            self.faults.add(refuse_alias, event, self._anchors, self._file)
            return f"*{event.anchor}"
        if anchored.nodes is None:
            detail = f"*{event.anchor} stands inside the value it repeats, which would never end."
            raise _TooMuch(self._fault("Endless alias", detail, event, "Write the value out."))
        self._nodes += anchored.nodes
        self._aliased += anchored.nodes
        if self._aliased > MAX_ALIASED:
            detail = f"The aliases of this document repeat more than {MAX_ALIASED:,} values; nothing after it was read."
            raise _TooMuch(self._fault("Too many values through aliases", detail, event, "Write the values out."))
        return deepcopy(anchored.value)

    def _read_tagged(self, event: Any) -> Any:
        try:
            return read_tagged(event.value, event.tag)
        except KeyError:
            self._note_tag_fault(event)
        except ValueError as fault:
            self._number_fault(event, fault)
        return event.value

    def _check_version(self, event: Any) -> None:
        if event.version is not None and event.version != (1, 2):
            written = ".".join(map(str, event.version))
            detail = (
                f"The document asks to be read as YAML {written}; manifests are YAML 1.2, where yes and no are text."
            )
            self._say("Wrong YAML version", detail, event, "Remove the %YAML line.")

    def _check_anchor(self, event: Any) -> None:
        """The parser ends a name where YAML 1.2 goes on: `&a:b c` has the anchor a:b to most readers."""
        end = self._text.find(f"&{event.anchor}", event.start_mark.index) + 1 + len(event.anchor)
        if self._text[end : end + 1] in ("?", ":"):
            self.faults.add(refuse_anchor, event, self._file)

    def _refuse_duplicate(self, event: Any, key: str, path: Path) -> None:
        first = self._keys[*path, key].line + 1
        detail = f'"{key}" stands twice in one map, first in line {first}. Which of the two is meant cannot be told.'
        self._say("Duplicate key", detail, event, "Remove one of them.")

    def _note_tag_fault(self, event: Any) -> None:
        tag = event.tag.replace(CORE_TAG, "!!", 1)
        detail = (
            f"The tag {tag} is not one of YAML's core types. Manifests hold plain data and never name a type to build."
        )
        hint = "Remove the tag; put text that begins with ! into quotes."
        self._say("Tag not allowed", detail, event, hint)

    def _number_fault(self, event: Any, fault: ValueError) -> None:
        detail = f"This value cannot be used: {fault}."
        self._say("Not an exact value", detail, event, "If text is meant, put it into quotes.")

    def _say(self, summary: str, detail: str, event: Any, hint: str) -> None:
        self.faults.add(self._fault, summary, detail, event, hint)

    def _fault(self, summary: str, detail: str, event: Any, hint: str) -> Diagnostic:
        mark = event.start_mark
        return make_error(summary, detail, Place(self._file, mark.line + 1, mark.column + 1), hint=hint)


def _add_unless_told(faults: Faults, fault: Diagnostic) -> None:
    """What stops the parser in a line that has a fault already is a consequence of that fault."""
    if not faults.last or faults.last.place.line != fault.place.line:
        faults.end(fault)


def _plain_or_text(text: str) -> Any:
    try:
        return read_plain(text)
    except ValueError:
        return None
