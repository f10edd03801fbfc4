"""Plain data that was written by us and is read again: whether it is, in every part, what was written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

ODD = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What making values of such data raises where it is something else than was written."""

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_DEEPEST = 50
"""No value that was ever stored nests as deep."""


def read_back(text: str) -> Any:
    """The inverse of `write_canonical_json` and `write_exact_json`, of what they write and nothing else that JSON allows.

    Raises what is in `ODD`.
    """
    value = _DECODER.decode(text)
    if text.count("[") + text.count("{") > _DEEPEST and not _is_shallow(value):
        raise ValueError("nothing is stored that nests as deep")
    if "\\ud" in text:  # half a character, which nothing can print
        json.dumps(value, ensure_ascii=False, default=str).encode()
    return value


def _fraction(number: str) -> Decimal:
    return Decimal(number) if "e" not in number.lower() else _refuse(number)


def _refuse(number: str) -> Decimal:
    raise ValueError("a number as nothing writes it")


@cache
def fitting(hint: Any) -> Callable[[Any], bool]:
    """Tells whether a value is of the type, with all that is in it."""
    origin = get_origin(hint)
    if origin is Literal:
        return lambda value: value in get_args(hint)
    inside = [fitting(each) for each in get_args(hint) if each is not Ellipsis]
    if origin in (Union, UnionType):
        return lambda value: any(fits(value) for fits in inside)
    if origin in (tuple, list):
        return lambda value: isinstance(value, origin) and all(map(inside[0], value))
    if origin in (Mapping, dict):
        key_fits, item_fits = inside
        return lambda value: (
            isinstance(value, dict) and all(map(key_fits, value)) and all(map(item_fits, value.values()))
        )
    if is_dataclass(hint):
        return _fitting_fields(hint)
    return _PLAIN.get(hint) or (lambda value: isinstance(value, hint))


def _fitting_fields(kind: Any) -> Callable[[Any], bool]:
    hints = get_type_hints(kind)
    parts = [(field.name, fitting(hints[field.name])) for field in fields(kind)]
    return lambda value: isinstance(value, kind) and all(fits(getattr(value, name)) for name, fits in parts)


_DECODER = json.JSONDecoder(parse_float=_fraction, parse_constant=_refuse)


def _is_shallow(value: Any, depth: int = _DEEPEST) -> bool:
    if isinstance(value, dict):
        return depth > 0 and all(_is_shallow(each, depth - 1) for each in value.values())
    return not isinstance(value, list) or (depth > 0 and all(_is_shallow(each, depth - 1) for each in value))


_PLAIN: dict[Any, Callable[[Any], bool]] = {
    Any: lambda value: True,
    NoneType: lambda value: value is None,
    int: lambda value: type(value) is int and abs(value) < 1 << 63,
    datetime: lambda value: isinstance(value, datetime) and value >= _EARLIEST,
}
