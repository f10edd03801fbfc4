"""Plain scalars after the YAML 1.2 core schema (YAML 1.2.2 section 10.3.2), without timestamps and without floats."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from reconciler.sources.yaml.nodes import Collection, Entry, Scalar

Scalar = str | int | bool | Decimal | None

CORE_TAG = "tag:yaml.org,2002:"
MAX_DIGITS = 40
"""Digits a number may have: beyond it a number is a mistake, or an attempt to make us print a very long one."""

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_SPECIAL = set("-+.0123456789")
_WHOLE = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_FRACTION = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE](?P<exponent>[-+]?[0-9]+))?\Z")
_ENDLESS = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")


def plain(text: str) -> Scalar:
    """The value of an unquoted scalar. Raises `ValueError`, in words for people, for a number that is not exact."""
    if text in _WORDS:
        return _WORDS[text]
    return _number(text) if text[0] in _SPECIAL else text


def tagged(text: str, tag: str) -> Scalar:
    """The value of a scalar with an explicit tag. Raises `ValueError` where the text is not of that type.

    ``tag`` in full (``tag:yaml.org,2002:int``). `KeyError` for a tag outside the core schema.
    """
    wanted = _TYPES[tag.removeprefix(CORE_TAG)]
    if wanted is str:
        return text
    value = plain(text)
    if wanted is Decimal and isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if type(value) is not wanted:
        raise ValueError(f"it is tagged !!{tag.removeprefix(CORE_TAG)}, and the text after the tag is not one")
    return value


_TYPES: dict[str, type] = {
    "str": str,
    "int": int,
    "float": Decimal,
    "bool": bool,
    "null": type(None),
}


def _number(text: str) -> Scalar:
    if _WHOLE.match(text):
        return int(_short(text))
    if _OCTAL.match(text):
        return int(_short(text)[2:], 8)
    if _HEXADECIMAL.match(text):
        return int(_short(text)[2:], 16)
    if match := _FRACTION.match(text):
        exponent = match["exponent"] or "0"
        if len(exponent) > 3 or abs(int(exponent)) > MAX_DIGITS:
            raise ValueError(f"its exponent goes beyond {MAX_DIGITS}")
        return Decimal(_short(text)) or Decimal(0)
    if _ENDLESS.match(text):
        raise ValueError("infinity and not-a-number cannot be compared or stored exactly")
    return text


def _short(text: str) -> str:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"it has more than {MAX_DIGITS} digits")
    return text


_PLAIN = re.compile(r"(?:[^\W\d]|[0-9]+[smhdw]\Z)(?:[\w.@+<>()/ -]*[\w.@+<>()/-])?\Z")
_OTHER_READERS = frozenset(("y", "n", "yes", "no", "on", "off"))
"""Words that a reader of YAML 1.1 takes for true and false."""
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_BLOCK = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]*\Z")


def node_of(value: Any) -> Scalar | Collection:
    """Nodes for JSON types and `Decimal`; numbers are written exactly."""
    if isinstance(value, dict):
        return Collection(True, entries=[Entry(scalar_of(key), node_of(item)) for key, item in value.items()])
    if isinstance(value, list | tuple):
        return Collection(False, entries=[Entry(None, node_of(item)) for item in value])
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
