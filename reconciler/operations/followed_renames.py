"""Stored records as they are called by manifests that rename some of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.kinds.reading.decode import Registry, resource_of
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record, Resource
from reconciler.planning.graph.moves import moved, renamed


def followed(
    records: Mapping[Address, Record], declared: Iterable[Resource], registry: Registry
) -> tuple[dict[Address, Record], dict[Address, Address]]:
    """The records, each under the name the declared resources give it and with references to names of today; and by new
    address the stored one, for those that are renamed."""
    names = moved({each.address: each.metadata.renamed_from for each in declared}, records)
    if not names:
        return dict(records), {}
    new_names = {old: new for new, old in names.items()}
    found = {}
    for address, record in records.items():
        now = new_names.get(address, address)
        found[now] = _with_references(renamed(record, now) if now != address else record, record, new_names, registry)
    return found, names


def _with_references(
    record: Record, stored: Record, new_names: Mapping[Address, Address], registry: Registry
) -> Record:
    spec: Any = stored.spec
    for reference in registry[stored.address.kind].references(resource_of(stored, registry)):
        new = new_names.get(reference.target)
        if new:
            spec = _replaced(spec, reference.path[1:], reference.target.name, new.name)
    return replace(record, spec=spec)


def _replaced(data: Any, path: tuple[str | int, ...], old: str, new: str) -> Any:
    """The data with the name replaced wherever it is the whole of a text at the path or below."""
    if isinstance(data, Mapping):
        return {
            key: _replaced(value, path[1:], old, new) if not path or key == path[0] else value
            for key, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [
            _replaced(value, path[1:], old, new) if not path or index == path[0] else value
            for index, value in enumerate(data)
        ]
    return new if data == old and not path else data
