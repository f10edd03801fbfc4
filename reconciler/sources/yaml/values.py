"""Plain data as nodes in block style, each text in the plainest spelling that every YAML reader understands alike."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from reconciler.sources.yaml.nodes import Collection, NodeEntry, Scalar
from reconciler.sources.yaml.scalars import plain

_PLAIN = re.compile(r"(?:[^\W\d]|[0-9]+[smhdw]\Z)(?:[\w.@+<>()/ -]*[\w.@+<>()/-])?\Z")
_OTHER_READERS = frozenset(("y", "n", "yes", "no", "on", "off"))
"""Words that a reader of YAML 1.1 takes for true and false."""
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_BLOCK = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]*\Z")


def node_of(value: Any) -> Scalar | Collection:
    """Nodes for JSON types and `Decimal`; numbers are written exactly."""
    if isinstance(value, dict):
        return Collection(True, entries=[NodeEntry(scalar_of(key), node_of(item)) for key, item in value.items()])
    if isinstance(value, list | tuple):
        return Collection(False, entries=[NodeEntry(None, node_of(item)) for item in value])
    return scalar_of(value)


def scalar_of(value: Any) -> Scalar:
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
    if _PLAIN.match(value) and value.lower() not in _OTHER_READERS and isinstance(plain(value), str):
        return Scalar((value,), value=value)
    return Scalar((quoted(value),), value=value)


def quoted(value: str) -> str:
    """The text in double quotes, with escapes for what no file may hold."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
