"""What a new resource states beyond the defaults of its kind: the facts a reader of a plan needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from reconciler.planning.pointer import Steps, pointer


def stated_metadata(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """JSON Pointer and value of all that stored metadata says besides the name; every label on its own, empty ones too."""
    for key, value in data.items():
        if key == "labels":
            yield from ((pointer(("metadata", key, label)), text) for label, text in value.items())
        elif value and key != "name":
            yield pointer(("metadata", key)), value


def stated(spec: Any, data: Any, path: Steps) -> Iterator[tuple[str, Any]]:
    """JSON Pointer and plain value of every field that differs from its default, in the order of the schema.

    ``spec`` is the validated value, ``data`` the same as plain data, ``path`` where it stands. Maps and lists of maps are
    followed to their leaves; in a map that has no schema of its own, what is empty or false counts as default.
    """
    if isinstance(spec, BaseModel) and isinstance(data, Mapping):
        yield from _fields(spec, data, path)
    elif _are_models(spec, data):
        for index, (item, plain) in enumerate(zip(spec, data, strict=True)):
            yield from stated(item, plain, (*path, index))
    elif isinstance(data, Mapping):
        for key, plain in data.items():
            yield from stated(None, plain, (*path, key))
    elif data or (data == 0 and data is not False):
        yield pointer(path), data


def _fields(spec: BaseModel, data: Mapping[str, Any], path: Steps) -> Iterator[tuple[str, Any]]:
    for name, field in type(spec).model_fields.items():
        key, value = field.alias or name, getattr(spec, name)
        if key not in data or (not field.is_required() and value == field.get_default(call_default_factory=True)):
            continue
        if data[key] is False:
            yield pointer((*path, key)), False
        else:
            yield from stated(value, data[key], (*path, key))


def _are_models(spec: Any, data: Any) -> bool:
    lists = isinstance(spec, list | tuple) and isinstance(data, list | tuple) and len(spec) == len(data)
    return lists and bool(spec) and all(isinstance(item, BaseModel) for item in spec)
