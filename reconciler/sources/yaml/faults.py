"""Faults of YAML in plain words: what the C parser says of broken text, translated, with hints for the usual traps."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from _ruamel_yaml import AliasEvent, ScalarEvent, YAMLError

from reconciler.model.diagnostic import Diagnostic, Place, make_error
from reconciler.model.suggestion import find_nearest
from reconciler.sources.yaml.events import COLON_IN_FLOW, HALF_A_CHARACTER

_SUMMARY = "Broken YAML"

_WORDS = {
    "mapping values are not allowed in this context": "a second `key: value` begins where a value stands or was not finished",
    "block sequence entries are not allowed in this context": "a list item (`- `) begins where none can stand",
    "block mapping keys are not allowed in this context": "a key begins where none can stand",
    "did not find expected key": "the line does not go on as a map: its indentation differs, or something stands too much",
    "did not find expected '-' indicator": "a list goes on here, and this line is no list item (`- `)",
    "did not find expected ',' or ']'": "a list that began with [ is not closed, or a comma is missing",
    "did not find expected ',' or '}'": "a map that began with { is not closed, or a comma is missing",
    "did not find expected <document start>": "a document begins here without the line --- before it",
    "found unexpected end of stream": "a quoted text is not closed before the end of the file",
    "found unexpected document indicator": "a quoted text is not closed before the next document (---)",
    "could not find expected ':'": "a line stands here that is neither `key: value` nor a list item",
    "found unknown escape character": "this escape is not one YAML knows inside double quotes",
    "found character that cannot start any token": "a value cannot begin with this character",
    "found a tab character where an indentation space is expected": "a tab stands where spaces indent the line",
    "did not find expected node content": "a value is due here: a list, a map or a text was begun and not finished",
    "did not find expected comment or line break": "after | or > the text has to begin in a new line",
    "did not find expected hexdecimal number": "this escape lacks digits",
    HALF_A_CHARACTER: "this escape stands for no character, or for half of one without its other half",
    COLON_IN_FLOW: "this colon is followed by no blank, so it ends no key, and it cannot be part of an unquoted text here",
    "found unknown directive name": "a line that begins with % is a directive to YAML, and this one is unknown",
    "did not find the expected '>'": "a tag that began with !< is not closed",
    "found undefined tag handle": "the tag at this place is not declared",
    "did not find expected alphabetic or numeric character": "after * or & comes the name of an anchor, and none stands here",
}

_PROBLEM_HINTS = {
    HALF_A_CHARACTER: 'Write both halves, or the character itself: "\\ud83d\\ude80" is 🚀.',
    COLON_IN_FLOW: "Put a blank behind the colon that ends a key, and a text that holds a colon into quotes.",
}

_SEEN_LATE = {
    "found unexpected end of stream",
    "found unexpected document indicator",
    "could not find expected ':'",
}
"""Faults the parser notices only lines later: where they began helps a person more."""

_ANCHORS = 1_000
"""Of more anchors in a document nobody is told which one an alias may have meant."""

_LINE = 1_000
"""Characters of a line in which a trap is looked for."""

_BRACES = 'A value that begins with {{ is a map to YAML. Put the whole value into quotes: "{{ … }}".'
_STAR = "A value that begins with * is an alias to YAML. If text is meant, put it into quotes."
_BRACE_VALUE = re.compile(r"(?:^|[:\-,\[]\s+|^\s*)\{\{")
_STAR_VALUE = re.compile(r"(?:[:\-]\s+|^\s*)\*")
_VARIABLE_IN_FLOW = re.compile(r"(?<!\$)[{\[][^'\"]*\$\{")
_TAB_INDENT = re.compile(r" *\t")
_COLON_IN_VALUE = re.compile(r"^\s*(?:- +)?[^\s:'\"#][^:]*:\s+[^'\"\s|>{\[&*!].*:(?:\s|$)")


def translate_syntax_error(fault: YAMLError, text: str, file: str) -> Diagnostic:
    """What stopped the parser, at the place where a person has to look."""
    problem = str(getattr(fault, "problem", None) or "the text cannot be read")
    mark, context = getattr(fault, "problem_mark", None), getattr(fault, "context_mark", None)
    lines = text.splitlines()
    if context is not None and (problem in _SEEN_LATE or mark is None or mark.line >= len(lines)):
        mark = context
    line, column = _inside(lines, mark)
    words = _WORDS.get(problem, problem)
    detail = f"The file cannot be read as YAML from here on: {words}."
    hint = _PROBLEM_HINTS.get(problem) or _hint(lines, line, column)
    return make_error(_SUMMARY, detail, Place(file, line + 1, column + 1), hint=hint)


def refuse_key(event: Any, file: str) -> Diagnostic:
    """A key of a map that is not text. ``event`` is the first of the key."""
    mark = event.start_mark
    place = Place(file, mark.line + 1, mark.column + 1)
    if type(event) is ScalarEvent and event.value == "<<":
        detail = "Merge keys (<<) are not part of YAML 1.2, and two readers would see two different manifests."
        return make_error("Merge key", detail, place, hint="Write the fields out, or repeat one value with an alias.")
    if type(event) is ScalarEvent:
        detail = f'The key "{event.value}" is a number, a boolean or empty to YAML; every key of a manifest is text.'
        return make_error("Key is not text", detail, place, hint="Put the key into quotes if this text is meant.")
    if type(event) is AliasEvent:
        detail = "A key is given through an alias, which hides the field's name from whoever reads the manifest."
        return make_error("Key is not text", detail, place, hint="Write the key out. " + _STAR)
    detail = "A map or a list stands where the key of a map is due; every key of a manifest is text."
    return make_error("Key is not text", detail, place, hint="Check braces, brackets and question marks.")


def refuse_braces(event: Any, file: str) -> Diagnostic:
    """A value that begins with two braces: a template to a person, a map to YAML."""
    detail = "A value that begins with {{ is a map to YAML, and a template is text."
    place = Place(file, event.start_mark.line + 1, event.start_mark.column + 1)
    return make_error("Unquoted template", detail, place, hint='Put the whole value into quotes: "{{ … }}".')


def refuse_anchor(event: Any, file: str) -> Diagnostic:
    """An anchor whose name holds more than letters, digits, - and _: readers differ in where it ends."""
    detail = f"The anchor &{event.anchor} is not followed by a blank: readers of YAML differ in where its name ends."
    place = Place(file, event.start_mark.line + 1, event.start_mark.column + 1)
    return make_error(
        _SUMMARY, detail, place, hint="Name anchors with letters, digits, - and _, and put a blank behind."
    )


def refuse_alias(event: Any, anchors: Collection[str], file: str) -> Diagnostic:
    """An alias without an anchor before it: most often text that begins with a star."""
    place = Place(file, event.start_mark.line + 1, event.start_mark.column + 1)
    close = find_nearest(event.anchor, anchors) if len(anchors) <= _ANCHORS else None
    meant = f"Did you mean *{close}? " if close else ""
    return make_error("Unknown alias", f"*{event.anchor} names no anchor before it.", place, hint=meant + _STAR)


def _inside(lines: list[str], mark: Any) -> tuple[int, int]:
    """The mark's line and column, from 0; for one behind the last line, the end of the last line that is not blank."""
    if mark is not None and mark.line < len(lines):
        return mark.line, mark.column
    line = max((number for number, text in enumerate(lines) if text.strip()), default=0)
    return line, len(lines[line]) if lines else 0


def _hint(lines: list[str], line: int, column: int) -> str:
    here = lines[line] if line < len(lines) and len(lines[line]) <= _LINE else ""
    character = here[column : column + 1]
    if _TAB_INDENT.match(here) and column <= len(here) - len(here.lstrip()):
        return "Indent with spaces: YAML does not allow tabs there."
    if _VARIABLE_IN_FLOW.search(here):
        return 'Inside { } and [ ] put a variable into quotes: "${vars.NAME}".'
    if _BRACE_VALUE.search(here) or (line and _BRACE_VALUE.search(lines[line - 1][:_LINE]) and not here.strip()):
        return _BRACES
    if _STAR_VALUE.search(here[: column + 1]):
        return _STAR
    if character and character in "@`%":
        return f"Put a text that begins with {character} into quotes."
    if _COLON_IN_VALUE.match(here):
        return "Put a text that holds a colon followed by a space into quotes."
    return "Compare the indentation with the lines above, and look for a missing quote, colon, bracket or comma."
