"""Manuals made of what stands at the fields: the schema of a spec, told in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.kinds.fields.forms import Form
from reconciler.kinds.fields.spec import OTHERWISE
from reconciler.model.configuration.manual import FieldManual
from reconciler.model.suggestion import list_words

_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "mapping",
}


def field_manuals(schema: Form) -> tuple[FieldManual, ...]:
    """Every field of a mapping, a list of mappings or a map of mappings, as its schema (see `json_schema.schema_of`) has it."""
    required = schema.get("required", ())
    return tuple(field_manual(name, inner, name in required) for name, inner in schema.get("properties", {}).items())


def field_manual(name: str, schema: Form, required: bool = False) -> FieldManual:
    """One field with all below it. A shared type is named and not unfolded: it has a manual of its own."""
    inner = tuple(field for part in _list_mappings(schema) for field in field_manuals(part))
    return FieldManual(
        name,
        type_words(schema),
        schema.get("description", ""),
        required,
        "" if required else _default(schema, inner),
        tuple(schema.get("examples", ())),
        inner,
    )


def type_words(schema: Form) -> str:
    """The type in words: ``duration``, ``whole number, 1 to 100``, ``name or mapping``."""
    if "enum" in schema:
        return list_words([str(value) for value in schema["enum"] if value is not None], "or")
    if "title" in schema:
        return str(schema["title"])
    if "anyOf" in schema:
        return list_words(dict.fromkeys(words for part in schema["anyOf"] if (words := type_words(part))), "or")
    if "patternProperties" in schema:
        values = [type_words(value) for value in schema["patternProperties"].values()]
        return f"by name: {list_words(values, 'or')}"
    types = [each for each in _list(schema.get("type", ())) if each != "null"]
    if types == ["array"] and "items" in schema:
        return f"list of {_plural(type_words(schema['items']))}"
    words = list_words([_TYPES[each] for each in types], "or") if types else ""
    return words + _bounds(schema)


def _list_mappings(schema: Form) -> Iterator[Form]:
    """The mappings that the value is, or is made of."""
    if "title" in schema:
        return
    if "properties" in schema:
        yield schema
    parts: Iterable[Any] = (
        schema.get("items"),
        *schema.get("anyOf", ()),
        *schema.get("patternProperties", {}).values(),
    )
    for part in parts:
        if isinstance(part, Mapping):
            yield from _list_mappings(dict(part))


def _default(schema: Form, inner: tuple[FieldManual, ...]) -> str:
    value = schema.get("default")
    if OTHERWISE in schema:
        return str(schema[OTHERWISE])
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int) and value != "":
        return str(value)
    return "" if isinstance(value, dict) and inner else "none"


def _bounds(schema: Form) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f", {low} to {high}"
    return f", at least {low}" if low is not None else ""


def _list(types: Any) -> list[str]:
    return [types] if isinstance(types, str) else list(types)


def _plural(words: str) -> str:
    head, _, rest = words.partition(" ")
    return f"{head}s {rest}".strip() if words != "text" else words
