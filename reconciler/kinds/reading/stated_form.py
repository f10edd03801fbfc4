"""A stored resource as a person would write it: what every reader fills in by itself is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import ValidationError

from reconciler.kinds.fields.spec import STORED, ResourceSpec
from reconciler.kinds.reading.decode import API_VERSION, Registry, resource_of, spec_data
from reconciler.model.configuration.resource import Record

_VARIABLE = "${vars."


def stated_form(record: Record, registry: Registry) -> dict[str, Any]:
    """The document of the resource as plain data: no default, texts as manifests write them (``$${vars.`` for ``${vars.``)."""
    full = spec_data(resource_of(record, registry))
    spec = _without_defaults(full, registry[record.address.kind].spec)
    metadata = {key: value for key, value in record.metadata.items() if key == "name" or value}
    document = {"apiVersion": API_VERSION, "kind": record.address.kind, "metadata": metadata, "spec": spec}
    escaped: dict[str, Any] = _escape(document)
    return escaped


def _without_defaults(full: dict[str, Any], model: type[ResourceSpec]) -> dict[str, Any]:
    """The smallest part of the spec that is read as the whole."""
    stated: dict[str, Any] = _copy(full)

    def still_whole() -> bool:
        try:
            return bool(model.model_validate(stated, context=STORED).plain() == full)
        except ValidationError:
            return False

    _prune(stated, still_whole)
    return stated


def _prune(data: dict[str, Any], still_whole: Callable[[], bool]) -> None:
    """Take out each key, outermost first, that is not missed."""
    for key in list(data):
        value = data[key]
        kept = dict(data)
        del data[key]
        if still_whole():
            continue
        data.clear()
        data.update(kept)  # with the order the keys had
        for inner in _maps(value):
            _prune(inner, still_whole)


def _maps(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _escape(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(_VARIABLE, "$" + _VARIABLE)
    if isinstance(value, dict):
        return {key: _escape(item) for key, item in value.items()}
    return [_escape(item) for item in value] if isinstance(value, list) else value
