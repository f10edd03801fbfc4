"""Plain scalars after the YAML 1.2 core schema (YAML 1.2.2 section 10.3.2), without timestamps and without floats."""

from __future__ import annotations

import re
from decimal import Decimal

ScalarValue = str | int | bool | Decimal | None

CORE_TAG = "tag:yaml.org,2002:"
MAX_DIGITS = 40
"""Digits a number may have: beyond it a number is a mistake, or an attempt to make us print a very long one."""

_WORDS: dict[str, ScalarValue] = {
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


def read_plain(text: str) -> ScalarValue:
    """The value of an unquoted scalar. Raises `ValueError`, in words for people, for a number that is not exact."""
    if text in _WORDS:
        return _WORDS[text]
    return _number(text) if text[0] in _SPECIAL else text


def read_tagged(text: str, tag: str) -> ScalarValue:
    """The value of a scalar with an explicit tag. Raises `ValueError` where the text is not of that type.

    ``tag`` in full (``tag:yaml.org,2002:int``). `KeyError` for a tag outside the core schema.
    """
    wanted = _TYPES[tag.removeprefix(CORE_TAG)]
    if wanted is str:
        return text
    value = read_plain(text)
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


def _number(text: str) -> ScalarValue:
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
