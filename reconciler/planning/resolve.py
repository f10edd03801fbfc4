"""Resources become records, and their references a graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.kinds.kind import Kind
from reconciler.kinds.world import World
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record, Resource
from reconciler.planning.pointer import with_sorted_sets

Hashes = Mapping[Address, Mapping[str, str]]
"""By resource: the SHA-256 of a content by the name it is stored under."""

Graph = Mapping[Address, tuple[Address, ...]]
"""By resource: the resources it names, sorted."""


def records(
    specs: Iterable[tuple[Resource, Mapping[str, Any]]],
    registry: Mapping[str, Kind],
    templates: Hashes,
    files: Hashes,
) -> dict[Address, Record]:
    """The record of each resource: what is compared with stored state, and what an apply stores.

    ``specs`` pairs a resource with its spec as plain data, all defaults explicit. How a spec becomes plain data is the
    kinds' affair, so it arrives made. Lists that the kind calls sets are brought into one order here.
    """
    made = (_record(resource, spec, registry[resource.address.kind], templates, files) for resource, spec in specs)
    return {record.address: record for record in made}


def graph(world: World, registry: Mapping[str, Kind]) -> dict[Address, tuple[Address, ...]]:
    """Every resource with what it references; a reference that hits nothing, a diagnostic elsewhere, is left out."""
    return {
        address: _targets(resource, world, registry[address.kind]) if address.kind in registry else ()
        for address, resource in world.resources.items()
    }


def _record(resource: Resource, spec: Mapping[str, Any], kind: Kind, templates: Hashes, files: Hashes) -> Record:
    address, place = resource.address, resource.place()
    return Record(
        address=address,
        owner=resource.owner,
        schema_version=kind.schema_version,
        metadata=resource.metadata.data(),
        spec=with_sorted_sets(spec, kind.sets),
        templates=dict(sorted(templates.get(address, {}).items())),
        files=dict(sorted(files.get(address, {}).items())),
        source=f"{place.file}:{place.line}",
        renamed_from=resource.metadata.renamed_from,
    )


def _targets(resource: Resource, world: World, kind: Kind) -> tuple[Address, ...]:
    targets = {reference.target for reference in kind.references(resource)}
    return tuple(sorted(target for target in targets if target in world.resources))
