"""JSON Pointers (RFC 6901), and the patterns with which a kind names its lists that are sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from reconciler.model.canonical import write_canonical_json

Steps = tuple[str | int, ...]
"""A pointer taken apart: map keys and list indexes from the root."""


def format_pointer(steps: Iterable[str | int]) -> str:
    """The steps as a JSON Pointer: ``("templates", "approvals/ask.html.j2")`` is ``/templates/approvals~1ask.html.j2``."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def split_pointer(text: str) -> tuple[str, ...]:
    """The inverse of `format_pointer`; a list index comes back as text, for a pointer alone does not tell it from a key."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])


def matches(pattern: tuple[str, ...], path: Steps) -> bool:
    """Whether the path is what the pattern names; ``*`` stands for any one key or index."""
    return len(pattern) == len(path) and all(part in ("*", str(step)) for part, step in zip(pattern, path, strict=True))


def sort_sets(spec: Mapping[str, Any], sets: Iterable[str]) -> dict[str, Any]:
    """The spec with every list that ``sets`` names in one order, whatever order it was written in."""
    patterns = [split_pointer(text) for text in sets]
    return {key: _sort(value, [p[1:] for p in patterns if p and p[0] in ("*", key)]) for key, value in spec.items()}


def _sort(value: Any, patterns: list[tuple[str, ...]]) -> Any:
    if not patterns:
        return value
    if isinstance(value, Mapping):
        return {key: _sort(item, _below(patterns, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [_sort(item, _below(patterns, str(index))) for index, item in enumerate(value)]
        return sorted(items, key=write_canonical_json) if () in patterns else items
    return value


def _below(patterns: list[tuple[str, ...]], step: str) -> list[tuple[str, ...]]:
    return [pattern[1:] for pattern in patterns if pattern and pattern[0] in ("*", step)]


def list_stated_metadata(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """JSON Pointer and value of all that stored metadata says besides the name; every label on its own, empty ones too."""
    for key, value in data.items():
        if key == "labels":
            yield from ((format_pointer(("metadata", key, label)), text) for label, text in value.items())
        elif value and key != "name":
            yield format_pointer(("metadata", key)), value


def list_stated(spec: object, data: object, path: Steps) -> Iterator[tuple[str, Any]]:
    """JSON Pointer and plain value of every field that differs from its default, in the order of the schema.

    ``spec`` is the validated value, ``data`` the same as plain data, ``path`` where it stands. Maps and lists of maps are
    followed to their leaves; in a map that has no schema of its own, what is empty or false counts as default.
    """
    if isinstance(spec, BaseModel) and isinstance(data, Mapping):
        yield from _list_fields(spec, data, path)
    elif models := _list_models(spec, data):
        for index, (item, plain) in enumerate(models):
            yield from list_stated(item, plain, (*path, index))
    elif isinstance(data, Mapping):
        for key, plain in data.items():
            yield from list_stated(None, plain, (*path, key))
    elif data or (data == 0 and data is not False):
        yield format_pointer(path), data


def _list_fields(spec: BaseModel, data: Mapping[str, Any], path: Steps) -> Iterator[tuple[str, Any]]:
    for name, field in type(spec).model_fields.items():
        key, value = field.alias or name, getattr(spec, name)
        if key not in data or (not field.is_required() and value == field.get_default(call_default_factory=True)):
            continue
        if data[key] is False:
            yield format_pointer((*path, key)), False
        else:
            yield from list_stated(value, data[key], (*path, key))


def _list_models(spec: object, data: object) -> list[tuple[BaseModel, object]]:
    """A list of models with their plain forms; nothing for any other value."""
    if not (isinstance(spec, list | tuple) and isinstance(data, list | tuple) and len(spec) == len(data)):
        return []
    models = [item for item in spec if isinstance(item, BaseModel)]
    return list(zip(models, data, strict=True)) if len(models) == len(spec) else []
