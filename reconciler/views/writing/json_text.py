"""JSON for output: exact numbers, readable, and safe on a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from reconciler.model.canonical import canonical_json
from reconciler.model.journal import timestamp
from reconciler.views.writing.escape import json_without_commands, spelled

FORMAT_VERSION = "1.0"
"""Of every JSON document; the minor part grows with additions, the major with anything else."""


def to_json(data: Any) -> str:
    """One JSON document, indented by two, keys in the order given, without a newline at the end.

    A `Decimal` is written exactly and without exponent. Control, bidi and blank characters, and what a CI runner would obey,
    are written as ``\\u`` escapes, which any reader of JSON turns back. Raises `TypeError` for what JSON cannot carry
    exactly, floats too.
    """
    return json_without_commands(_written(data, "\n"))


def json_moment(at: datetime | None) -> str | None:
    """UTC, ISO 8601, fixed width."""
    return timestamp(at) if at else None


def _written(value: Any, newline: str) -> str:
    inner = newline + "  "
    if isinstance(value, Mapping) and value:
        items = (f"{_string(str(key))}: {_written(item, inner)}" for key, item in value.items())
        return "{" + inner + ("," + inner).join(items) + newline + "}"
    if isinstance(value, list | tuple) and value:
        return "[" + inner + ("," + inner).join(_written(item, inner) for item in value) + newline + "]"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else canonical_json(value)
    return canonical_json(value)


def _string(text: str) -> str:
    return spelled(json.dumps(text, ensure_ascii=False), lambda character: json.dumps(character)[1:-1])
