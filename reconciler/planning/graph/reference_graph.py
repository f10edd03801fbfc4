"""Who names whom: resources and their references, for a picture."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.kinds.protocol.kind import AnyKind
from reconciler.kinds.protocol.world import World
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record, Resource
from reconciler.planning.graph.pointer import format_pointer, sort_sets
from reconciler.planning.review.exposure_control import list_exposures

Hashes = Mapping[Address, Mapping[str, str]]
"""By resource: the SHA-256 of a content by the name it is stored under."""

Graph = Mapping[Address, tuple[Address, ...]]
"""By resource: the resources it names, sorted."""


def records(
    specs: Iterable[tuple[Resource[object], Mapping[str, Any]]],
    registry: Mapping[str, AnyKind],
    templates: Hashes,
    files: Hashes,
) -> dict[Address, Record]:
    """The record of each resource: what is compared with stored state, and what an apply stores.

    ``specs`` pairs a resource with its spec as plain data, all defaults explicit. How a spec becomes plain data is the
    kinds' affair, so it arrives made. Lists that the kind calls sets are brought into one order here.
    """
    made = (_record(resource, spec, registry[resource.address.kind], templates, files) for resource, spec in specs)
    return {record.address: record for record in made}


def link_records(world: World, registry: Mapping[str, AnyKind]) -> dict[Address, tuple[Address, ...]]:
    """Every resource with what it references; a reference that hits nothing, a diagnostic elsewhere, is left out."""
    return {
        address: _targets(resource, world, registry[address.kind]) if address.kind in registry else ()
        for address, resource in world.resources.items()
    }


def _record(
    resource: Resource[object], spec: Mapping[str, Any], kind: AnyKind, templates: Hashes, files: Hashes
) -> Record:
    address, place = resource.address, resource.place()
    return Record(
        address=address,
        owner=resource.owner,
        schema_version=kind.schema_version,
        metadata=resource.metadata.data(),
        spec=sort_sets(spec, kind.sets),
        templates=dict(sorted(templates.get(address, {}).items())),
        files=dict(sorted(files.get(address, {}).items())),
        source=f"{place.file}:{place.line}",
        renamed_from=resource.metadata.renamed_from,
    )


def _targets(resource: Resource[object], world: World, kind: AnyKind) -> tuple[Address, ...]:
    targets = {reference.target for reference in kind.references(resource)}
    return tuple(sorted(target for target in targets if target in world.resources))


@dataclass(frozen=True, order=True, slots=True)
class GraphNode:
    """A resource; ``title`` is empty where it has none."""

    address: Address
    title: str = ""


@dataclass(frozen=True, order=True, slots=True)
class Edge:
    """``source`` needs ``target``; ``paths``: JSON Pointers of the fields that name it.

    They are empty for the server that carries its mail and is not named: the project's, or the only one.
    """

    source: Address
    target: Address
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReferenceGraph:
    """Both sorted, each once. What is named and is not there has no node and no edge."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[Edge, ...]


def build_reference_graph(
    world: World, registry: Mapping[str, AnyKind], own: Collection[Address], around: Collection[Address] = ()
) -> ReferenceGraph:
    """``own`` resources with all they need, directly or not.

    With ``around`` only those, what they need, and what needs them.
    """
    edges = sorted(_edges(world, registry))
    down = [(edge.source, edge.target) for edge in edges]
    kept = _reached(own, down)
    if around:
        up = [(target, source) for source, target in down]
        kept &= _reached(around, down) | _reached(around, up)
    nodes = (GraphNode(address, world.resources[address].metadata.title) for address in sorted(kept))
    return ReferenceGraph(tuple(nodes), tuple(e for e in edges if {e.source, e.target} <= kept))


def _edges(world: World, registry: Mapping[str, AnyKind]) -> Iterable[Edge]:
    exposed = list_exposures(world, registry)
    for address, resource in world.resources.items():
        servers = exposed[address].servers if address in exposed else frozenset()
        found: dict[Address, list[str]] = {server: [] for server in sorted(servers) if server in world.resources}
        for reference in registry[address.kind].references(resource) if address.kind in registry else ():
            if reference.target in world.resources:
                found.setdefault(reference.target, []).append(format_pointer(reference.path))
        yield from (Edge(address, target, tuple(sorted(paths))) for target, paths in found.items())


def _reached(start: Iterable[Address], steps: Iterable[tuple[Address, Address]]) -> set[Address]:
    """What one comes to from the start by any number of steps, the start too."""
    beyond: dict[Address, list[Address]] = {}
    for source, target in steps:
        beyond.setdefault(source, []).append(target)
    found, waiting = set(start), list(start)
    while waiting:
        fresh = set(beyond.get(waiting.pop(), ())) - found
        found |= fresh
        waiting += fresh
    return found
