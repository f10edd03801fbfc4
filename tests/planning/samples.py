"""A small world of two kinds: a Part may use other Parts, and a Box holds Parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from reconciler.kinds.protocol.answers import Reference
from reconciler.kinds.protocol.kind import AnyKind, PlainKind
from reconciler.kinds.protocol.world import World
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import AskApprovers, Effect
from reconciler.model.configuration.resource import Metadata, Record, Resource
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.planning.graph.reference_graph import records


class Limits(BaseModel):
    size: int = 4
    rate: int = 1


class Layer(BaseModel):
    name: str = ""
    holds: list[str] = []
    strict: bool = True


class PartSpec(BaseModel):
    colour: str = "grey"
    weight: int = 1
    uses: list[str] = []
    words: str = ""
    limits: Limits = Limits()
    layers: list[Layer] = []
    labels: dict[str, Any] = {}
    open: bool = True


@dataclass(frozen=True)
class PartKind(PlainKind[Any]):
    """``uses`` names other parts and is a set; so is what a layer holds."""

    name: str = "Part"
    schema_version: int = 3
    spec: type[BaseModel] = PartSpec
    sets: tuple[str, ...] = ("/uses", "/layers/*/holds")
    ordered: tuple[str, ...] = ("/labels",)

    def references(self, resource: Resource) -> Iterable[Reference]:
        return [Reference(("spec", "uses", i), Address("Part", name)) for i, name in enumerate(resource.spec.uses)]

    def effects(self, before: Resource | None, after: Resource | None, world: World) -> Iterable[Effect]:
        resource = after or before
        assert resource is not None
        return [AskApprovers(str(resource.address))] if resource.spec.colour == "red" else []


KINDS: Mapping[str, AnyKind] = {"Part": PartKind()}


@dataclass(frozen=True)
class State:
    """Desired or stored resources, with their records."""

    world: World
    records: Mapping[Address, Record]

    def snapshot(self, serial: int = 1, lineage: str | None = "line-1") -> Snapshot:
        return Snapshot(lineage, serial, self.records)


def address(name: str) -> Address:
    return Address("Part", name)


def state(*resources: Resource, templates: Mapping[str, Mapping[str, str]] | None = None) -> State:
    by_name = {address(name): hashes for name, hashes in (templates or {}).items()}
    specs = [(resource, resource.spec.model_dump()) for resource in resources]
    world = World({resource.address: resource for resource in resources})
    return State(world, records(specs, KINDS, by_name, {}))


def part(name: str, *, title: str = "", owner: str = "default", **spec: Any) -> Resource:
    return Resource(address(name), Metadata(name, title), PartSpec(**spec), owner)


def record(name: str = "one", **spec: Any) -> Record:
    return state(part(name, **spec)).records[address(name)]
