"""JSON for output: exact numbers, readable, safe on a terminal; and documents, declared once.

What is written of a value, and the JSON Schema of what is written, come from the same keys: `Key`, `shape`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Any, get_args, get_origin

from reconciler.model.canonical import write_canonical_json
from reconciler.model.configuration.address import Address
from reconciler.model.journal import format_timestamp
from reconciler.views.writing.escape import escape_commands_in_json, spelled

FORMAT_VERSION = "1.0"
"""Of every JSON document; the minor part grows with additions, the major with anything else."""


def to_json(data: Any) -> str:
    """One JSON document, indented by two, keys in the order given, without a newline at the end.

    A `Decimal` is written exactly and without exponent. Control, bidi and blank characters, and what a CI runner would obey,
    are written as ``\\u`` escapes, which any reader of JSON turns back. Raises `TypeError` for what JSON cannot carry
    exactly, floats too.
    """
    return escape_commands_in_json(_write(data, "\n"))


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
Take = str | Callable[[Any], Any]
"""How something of a value is had: a function, or the path of an attribute, which is None behind what is None."""


@dataclass(frozen=True, slots=True)
class Form:
    """``schema``: what fits the form; ``write``: makes plain data in it of a value."""

    schema: Schema
    write: Callable[..., Any] = lambda value: value


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a document. ``form``: a `Form`, or a type that has one (`find_form`). ``take``: how its value is had, by default
    as the attribute of that name in snake case. ``optional``: where that is None, the key is left out."""

    name: str
    form: Any
    description: str = ""
    take: Take = ""
    optional: Take = ""


@dataclass(frozen=True, slots=True)
class Document:
    """What a command prints as JSON. ``title``: of its schema; ``when``: under which condition it is printed."""

    title: str
    form: Form
    when: str = ""

    def write(self, value: Any = None, **given: Any) -> dict[str, Any]:
        """Plain data that fits `schema`. ``given``: by key, what is not taken from the value."""
        written: dict[str, Any] = self.form.write(value, **given)
        return written

    def text(self, value: Any = None, **given: Any) -> str:
        """The same, printed."""
        return to_json(self.write(value, **given))

    def schema(self, command: str) -> Schema:
        """JSON Schema, draft 2020-12. ``command``: what prints it. Unknown keys are allowed: a larger minor version adds keys."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.title,
            "description": f"What `{command}` prints{self.when}.",
            **self.form.schema,
        }


def document(title: str, *keys: Key, when: str = "") -> Document:
    """An object that has the version of all documents and these keys."""
    return Document(title, shape(VERSION, *keys), when)


def shape(*keys: Key, description: str = "") -> Form:
    """An object that has these keys."""
    forms = {key.name: find_form(key.form) for key in keys}
    takers = [(key, _taker(key.take or _snake(key.name)), key.optional and _taker(key.optional)) for key in keys]

    def write(value: Any, **given: Any) -> dict[str, Any]:
        return {
            key.name: forms[key.name].write(given[key.name] if key.name in given else take(value))
            for key, take, present in takers
            if not present or present(value) is not None
        }

    required = [key.name for key in keys if not key.optional]
    properties = {key.name: _describe(forms[key.name].schema, key.description) for key in keys}
    head = _describe({"type": "object"}, description)
    return Form({**head, "required": required, "properties": properties}, write)


def find_form(kind: Any) -> Form:
    """How a type is written: str, bool, int (a count), datetime, Address, dict, object (anything), an enumeration; a list of
    one, or None beside it."""
    if isinstance(kind, Form):
        return kind
    if isinstance(kind, UnionType):
        return or_null(get_args(kind)[0])
    if get_origin(kind) is list:
        return list_of(*get_args(kind))
    return one_of(*kind) if issubclass(kind, Enum) else _FORMS[kind]


def list_of(kind: Any) -> Form:
    """A list of what has the form."""
    form = find_form(kind)
    return Form({"type": "array", "items": form.schema}, lambda values: [form.write(value) for value in values])


def or_null(kind: Any) -> Form:
    """The form, or null for None."""
    form = find_form(kind)
    words = {"enum": [*form.schema["enum"], None]} if "enum" in form.schema else {"type": [form.schema["type"], "null"]}
    return Form({**form.schema, **words}, lambda value: None if value is None else form.write(value))


def one_of(*values: str) -> Form:
    """One of a few words."""
    return Form({"enum": [str(value) for value in values]}, str)


def taken_from(part: Take, *keys: Key) -> list[Key]:
    """The keys, of a value of which a part is what they are taken from."""
    outer = _taker(part)

    def through(take: Take) -> Callable[[Any], Any]:
        inner = _taker(take)
        return lambda value: inner(outer(value))

    return [
        replace(key, take=through(key.take or _snake(key.name)), optional=key.optional and through(key.optional))
        for key in keys
    ]


def itself(value: Any) -> Any:
    """For a key whose own keys are taken from the same value."""
    return value


def _describe(schema: Mapping[str, Any], description: str) -> Schema:
    """The schema with the description at its end, of a list before its items, instead of one that it has."""
    if not description:
        return dict(schema)
    items = {"items": schema["items"]} if "items" in schema else {}
    return {**{key: value for key, value in schema.items() if key != "items"}, "description": description, **items}


def _taker(take: Take) -> Callable[[Any], Any]:
    if callable(take):
        return take
    first, *rest = take.split(".")

    def walk(value: Any) -> Any:
        value = getattr(value, first)
        for name in rest:
            value = None if value is None else getattr(value, name)
        return value

    return walk


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name)


TEXT_OR_NULL = Form({"type": ["string", "null"]}, lambda text: text or None)
"""Null for the empty text."""
_COUNT = Form({"type": "integer", "minimum": 0})
COUNTS = Form({"type": "object", "additionalProperties": _COUNT.schema}, dict)
POSITION = Form({"type": "integer", "minimum": 1})
"""A line or a column."""
QUORUM = Form({"oneOf": [POSITION.schema, {"const": "all"}]})

VERSION = Key(
    "formatVersion",
    Form({"type": "string", "pattern": r"^1\.\d+$"}),
    "A larger minor part adds keys.",
    take=lambda _: FORMAT_VERSION,
)
"""The first key of every document."""

_FORMS: Mapping[type, Form] = {
    object: Form({}),
    str: Form({"type": "string"}),
    bool: Form({"type": "boolean"}, bool),
    int: _COUNT,
    datetime: Form({"type": "string", "format": "date-time", "description": "UTC"}, format_timestamp),
    Address: Form({"type": "string", "pattern": "^[^/]+/.+$", "description": "Kind/name"}, str),
    dict: Form({"type": "object"}, dict),
}
