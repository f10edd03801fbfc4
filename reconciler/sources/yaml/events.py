"""Events of ruamel.yaml's C parser for texts of YAML 1.2: one grammar for every file, whatever else stands in it.

The C parser is one of YAML 1.1. Three things it stops at are sound: a colon or a question mark inside an unquoted text between
braces, as in `{uri: smtp://host}`, and a character above U+FFFF that a writer of JSON escaped in two halves. They are masked by
stand-ins of equal width, so that every mark stays right, and given back in the values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from _ruamel_yaml import CParser, ScalarEvent, YAMLError

from reconciler.model.diagnostic import Diagnostic, Place, make_error

COLON_IN_FLOW = "found unexpected ':'"
"""What the parser says of a colon inside an unquoted text between braces or brackets."""

HALF_A_CHARACTER = "found invalid Unicode character escape code"

MAX_PASSES = 50
"""Times a text is begun anew. Nearly everything is masked at once; what is left has to be put into quotes."""

MAX_AGAIN = 128 * 1024
"""Characters that are masked and read again for it, in all: of a large text once."""

_PLAIN = r"[^\s,\[\]{}]"
_IN_FLOW = re.compile(
    r"^%.*|(?<!" + _PLAIN + r")(?:!\S*|[&*]" + _PLAIN + r"*)"  # directives, tags, anchors and aliases stay
    r"|(?<=[^\s,\[\]{}\"'])(?:(?P<colon>:)(?=" + _PLAIN + r")|(?P<question>\?))",
    re.MULTILINE,
)
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))")
_PRIVATE = (*range(0xE000, 0xF900), *range(0xF0000, 0xF1000))


def parse_events(text: str, read: Callable[[Callable[[], Any]], None]) -> None:
    """Call ``read`` with a function that gives one event after the other; again, from the start, when more has to be masked.

    ``text`` holds no character that `find_character_fault` refuses. Raises `YAMLError` where it is not YAML; marks are its own.
    """
    masked: _Masked | None = None
    for _ in range(min(MAX_PASSES, 1 + MAX_AGAIN // (len(text) + 1))):
        try:
            return read(masked.next_event if masked else CParser(text).get_event)
        except YAMLError as fault:
            masked = _more(masked or _Masked(text, text, _stand_ins(text)), fault)
            if masked is None:
                raise
    return read(masked.next_event if masked else CParser(text).get_event)


@dataclass(frozen=True, slots=True)
class _StandIns:
    """Characters that stand nowhere in the text, nor does an escape of them."""

    colon: str
    question: str
    opening: str
    closing: str


class _Masked:
    """A text with stand-ins in it; ``text`` as it was written."""

    def __init__(self, text: str, masked: str, stand_ins: _StandIns | None) -> None:
        self.text = text
        self.masked = masked
        self.stand_ins = stand_ins
        self._parser = CParser(masked)

    def next_event(self) -> Any:
        """The next event, with the values that the text as written has."""
        event = self._parser.get_event()
        if type(event) is not ScalarEvent:
            return event
        value = self._value(event)
        if value == event.value:
            return event
        marks = event.start_mark, event.end_mark
        return ScalarEvent(event.anchor, event.tag, event.implicit, value, *marks, event.style)

    def _value(self, event: Any) -> str:
        signs = self.stand_ins
        value: str = event.value
        if signs is None:
            return value
        if signs.opening in value:
            value = self._pairs(event, signs)
        return value.replace(signs.colon, ":").replace(signs.question, "?")

    def _pairs(self, event: Any, signs: _StandIns) -> str:
        value: str = event.value
        if event.style == '"':
            return value.replace(signs.opening, "").replace(signs.closing, "")
        # Anywhere else a backslash is a backslash. The header of a block text may hold a comment.
        start = event.start_mark.index
        start = self.text.index("\n", start) if event.style in ("|", ">") else start
        written = (found[0] for found in _PAIR.finditer(self.text, start, event.end_mark.index))
        return re.sub(f"{signs.opening}.{{10}}{signs.closing}", lambda _: next(written), value)


def _more(masked: _Masked, fault: YAMLError) -> _Masked | None:
    """More of the text masked; None where the fault is one in YAML 1.2 too."""
    signs, mark = masked.stand_ins, getattr(fault, "problem_mark", None)
    problem = str(getattr(fault, "problem", None))
    if signs is None or mark is None:
        return None
    before, here = masked.masked[: mark.index], masked.masked[mark.index :]
    if problem == HALF_A_CHARACTER:
        made = _PAIR.sub(lambda pair: _join(pair, signs), masked.masked)
    elif problem == COLON_IN_FLOW and re.match(":" + _PLAIN, here):
        made = before + _in_flow(signs.colon + here[1:], signs)
    elif problem.startswith("did not find expected ',' or") and here.startswith("?"):
        made = before + _in_flow(signs.question + here[1:], signs)
    else:
        return None
    return _Masked(masked.text, made, signs) if made != masked.masked else None


def _in_flow(text: str, signs: _StandIns) -> str:
    """Every colon and question mark masked that can only be part of a text, wherever it stands."""
    by_group = {"colon": signs.colon, "question": signs.question, None: ""}
    return _IN_FLOW.sub(lambda found: by_group[found.lastgroup] or found[0], text)


def _join(pair: re.Match[str], signs: _StandIns) -> str:
    high, low = int(pair[1], 16), int(pair[2], 16)
    code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
    return f"{signs.opening}\\U{code:08x}{signs.closing}"


def _stand_ins(text: str) -> _StandIns | None:
    """None where the text leaves no characters for it."""
    taken = set(text) | {chr(int(a or b, 16) % 0x110000) for a, b in _ESCAPE.findall(text)}
    free = list(islice((chr(code) for code in _PRIVATE if chr(code) not in taken), 4))
    return _StandIns(*free) if len(free) == 4 else None


_REFUSED = re.compile(
    r"\r(?!\n)|[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_BREAKS = frozenset("\r\x0b\x0c\x85\u2028\u2029")
"""Line breaks to some editors and to some readers of YAML, and to others not. `\\r\\n` is one to all of them."""


def find_character_fault(text: str, file: str) -> Diagnostic | None:
    """The first refused character, at its place; escaped inside double quotes each of them is allowed."""
    found = _REFUSED.search(text)
    if not found:
        return None
    start, number = found.start(), ord(found[0])
    place = Place(file, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
    escaped = f'Inside double quotes it can be written as "\\u{number:04x}".'
    if found[0] == "\ufeff":
        detail = "A byte order mark (U+FEFF) stands here: invisible, and not part of any value a person meant."
        return make_error("Byte order mark", detail, place, hint='Save the file as "UTF-8 without BOM" in your editor.')
    if found[0] in _BREAKS:
        detail = (
            f"The character U+{number:04X} stands here: some readers begin a new line at it and others do not, so a "
            "reviewer could see a comment where the file says more."
        )
        return make_error(
            "Hidden line break", detail, place, hint=f"Break the line with Enter, or remove it. {escaped}"
        )
    detail = f"The character U+{number:04X} stands here; YAML allows no control characters."
    return make_error("Control character", detail, place, hint=f"Remove it. {escaped}")
