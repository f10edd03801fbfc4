"""JSON for output: exact numbers, readable, safe on a terminal; and documents, declared once.

What is written of a value, and the JSON Schema of what is written, come from the same keys: `Key`, `shape`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from reconciler.model.canonical import write_canonical_json
from reconciler.model.journal import format_timestamp
from reconciler.views.writing.escape import json_without_commands, spelled

FORMAT_VERSION = "1.0"
"""Of every JSON document; the minor part grows with additions, the major with anything else."""


def to_json(data: Any) -> str:
    """One JSON document, indented by two, keys in the order given, without a newline at the end.

    A `Decimal` is written exactly and without exponent. Control, bidi and blank characters, and what a CI runner would obey,
    are written as ``\\u`` escapes, which any reader of JSON turns back. Raises `TypeError` for what JSON cannot carry
    exactly, floats too.
    """
    return json_without_commands(_write(data, "\n"))


def json_moment(at: datetime | None) -> str | None:
    """UTC, ISO 8601, fixed width."""
    return format_timestamp(at) if at else None


def _write(value: Any, newline: str) -> str:
    inner = newline + "  "
    if isinstance(value, Mapping) and value:
        items = (f"{_string(str(key))}: {_write(item, inner)}" for key, item in value.items())
        return "{" + inner + ("," + inner).join(items) + newline + "}"
    if isinstance(value, list | tuple) and value:
        return "[" + inner + ("," + inner).join(_write(item, inner) for item in value) + newline + "]"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else write_canonical_json(value)
    return write_canonical_json(value)


def _string(text: str) -> str:
    return spelled(json.dumps(text, ensure_ascii=False), lambda character: json.dumps(character)[1:-1])


Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """``schema``: what fits the form; ``write``: makes plain data in it of a value."""

    schema: Schema
    write: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a document. ``take``: how its value is had: a function, or the path of an attribute, by default the name in
    snake case. ``optional``: an attribute; where that is None the key is left out."""

    name: str
    form: Form
    description: str = ""
    take: str | Callable[[Any], Any] = ""
    optional: str = ""


def shape(*keys: Key, description: str = "") -> Form:
    """An object that has these keys."""
    takers = [(key, key.take if callable(key.take) else attrgetter(key.take or _snake(key.name))) for key in keys]

    def write(value: Any) -> dict[str, Any]:
        return {
            key.name: key.form.write(take(value))
            for key, take in takers
            if not key.optional or getattr(value, key.optional) is not None
        }

    required = [key.name for key in keys if not key.optional]
    properties = {key.name: _describe(key.form.schema, key.description) for key in keys}
    head = _describe({"type": "object"}, description)
    return Form({**head, "required": required, "properties": properties}, write)


def list_of(form: Form) -> Form:
    """A list of what has the form."""
    return Form({"type": "array", "items": form.schema}, lambda values: [form.write(value) for value in values])


def or_null(form: Form) -> Form:
    """The form, or null for None."""
    schema = {**form.schema, "type": [form.schema["type"], "null"]}
    return Form(schema, lambda value: None if value is None else form.write(value))


def one_of(*values: str) -> Form:
    """One of a few words."""
    return Form({"enum": [str(value) for value in values]}, str)


def itself(value: Any) -> Any:
    """For a key whose own keys are taken from the same value."""
    return value


def _describe(schema: Mapping[str, Any], description: str) -> Schema:
    """The schema with the description at its end, of a list before its items, instead of one that it has."""
    if not description:
        return dict(schema)
    items = {"items": schema["items"]} if "items" in schema else {}
    return {**{key: value for key, value in schema.items() if key != "items"}, "description": description, **items}


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name)


ANY = Form({})
TEXT = Form({"type": "string"})
FLAG = Form({"type": "boolean"}, bool)
COUNT = Form({"type": "integer", "minimum": 0})
POSITION = Form({"type": "integer", "minimum": 1})
"""A line or a column."""
ADDRESS = Form({"type": "string", "pattern": "^[^/]+/.+$", "description": "Kind/name"}, str)
MOMENT = Form({"type": "string", "format": "date-time", "description": "UTC"}, json_moment)

VERSION = Key(
    "formatVersion",
    Form({"type": "string", "pattern": r"^1\.\d+$"}),
    "A larger minor part adds keys.",
    take=lambda _: FORMAT_VERSION,
)
"""The first key of every document."""
