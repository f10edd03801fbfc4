"""Targets: the part of a plan that a person asks for, as an ordinary plan to a narrower desired state.

What no target hits stays as it is stored, in the worlds that guards, control, impact and mail are judged by too: a
targeted plan shows exactly what is so after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.kinds.project.spec import ProjectSpec
from reconciler.kinds.protocol.kind import AnyKind
from reconciler.kinds.protocol.world import World
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.selector import SelectBy, Selector, labels_of
from reconciler.planning.graph.diff import orders
from reconciler.planning.graph.moves import find_moves
from reconciler.planning.graph.reference_graph import link_records
from reconciler.planning.review.exposure_control import list_exposures

Records = Mapping[Address, Record]

_PROJECT = ProjectSpec.KIND


@dataclass(frozen=True, slots=True)
class TargetSides:
    """What is wanted and what is stored. ``owners``: whose stored resources the manifests may delete."""

    desired: World
    desired_records: Records
    stored: World
    stored_records: Records
    owners: Collection[str]

    @property
    def origins(self) -> Mapping[Address, Address]:
        """By new address, the stored one it comes from."""
        return find_moves(self.desired_records, self.stored_records)

    def prunable(self) -> set[Address]:
        """What a whole plan would delete."""
        kept = self.desired_records.keys() | set(self.origins.values())
        return {a for a, record in self.stored_records.items() if a not in kept and record.owner in self.owners}


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Desired state under targets. ``chosen``: what is taken from the manifests; ``left_out``: what differs from stored
    state all the same, by its stored address where it has one."""

    world: World
    records: Records
    chosen: frozenset[Address]
    left_out: frozenset[Address]


@dataclass(frozen=True, slots=True)
class Missed:
    """A selector that hits nothing. ``choices``: selectors of its sort that would hit; ``foreign``: other owners whose
    resources it means."""

    selector: Selector
    choices: tuple[str, ...]
    foreign: tuple[str, ...]


def find_hits(selectors: Iterable[Selector], sides: TargetSides) -> tuple[frozenset[Address], list[Missed]]:
    """What the selectors hit, and those that hit nothing.

    A resource is hit as it is wanted or as it is stored, under its old name too. What other owners have is never hit.
    """
    candidates = _list_candidates(sides)
    found: set[Address] = set()
    missed: list[Missed] = []
    for selector in selectors:
        hit = {address for address, records in candidates.items() if any(map(selector.hits, records))}
        found |= hit
        if not hit:
            known = [record for records in candidates.values() for record in records]
            missed.append(Missed(selector, _choices(selector, known), _foreign(selector, sides)))
    return frozenset(found), missed


def narrow_to(hit: Collection[Address], sides: TargetSides, registry: Mapping[str, AnyKind]) -> Narrowed:
    """Desired state where only what is hit, and what that needs, is as the manifests have it.

    Deleted is only what is hit itself. A project that is not stored yet comes along, for it says to whom mail may go.
    """
    origins, prunable = sides.origins, sides.prunable()
    chosen = _with_needs({*hit} & sides.desired_records.keys() | _new_project(sides), sides.desired, registry)
    chosen &= sides.desired_records.keys()
    gone = prunable & {*hit} | {origins[address] for address in chosen if address in origins}
    kept = sides.stored_records.keys() - gone - chosen
    foreign = sides.desired.resources.keys() - sides.desired_records.keys()
    resources = {address: sides.desired.resources[address] for address in foreign | chosen}
    records = {address: sides.desired_records[address] for address in chosen}
    return Narrowed(
        World({**{address: each for address, each in sides.stored.resources.items() if address in kept}, **resources}),
        {**{address: sides.stored_records[address] for address in kept}, **records},
        frozenset(chosen),
        frozenset(_list_left_out(sides, chosen, registry)) | (prunable - gone),
    )


def find_stranded(part: Narrowed, stored: World, registry: Mapping[str, AnyKind]) -> list[tuple[Address, Address]]:
    """Who stays as stored and names what goes, each with what it names; sorted."""
    return sorted(
        (address, reference.target)
        for address, resource in part.world.resources.items()
        if address in part.records and address not in part.chosen and address.kind in registry
        for reference in registry[address.kind].references(resource)
        if reference.target not in part.world.resources and reference.target in stored.resources
    )


def _list_candidates(sides: TargetSides) -> dict[Address, Sequence[Record]]:
    """Everything that can be hit, with the records it is recognised by."""
    found: dict[Address, Sequence[Record]] = {}
    origins = sides.origins
    for address, record in sides.desired_records.items():
        before = sides.stored_records.get(origins.get(address, address))
        found[address] = [record, before] if before else [record]
    return found | {address: [sides.stored_records[address]] for address in sides.prunable()}


def _new_project(sides: TargetSides) -> set[Address]:
    if any(address.kind == _PROJECT and address in sides.desired_records for address in sides.stored_records):
        return set()
    return {address for address in sides.desired_records if address.kind == _PROJECT}


def _with_needs(start: Iterable[Address], world: World, registry: Mapping[str, AnyKind]) -> set[Address]:
    """What it begins with and all that needs: what it names, and the server that carries its mail without being named."""
    named, exposed = link_records(world, registry), list_exposures(world, registry)
    found, waiting = set(start), list(start)
    while waiting:
        address = waiting.pop()
        servers = exposed[address].servers if address in exposed else frozenset()
        fresh = ({*named.get(address, ())} | servers & world.resources.keys()) - found
        found |= fresh
        waiting += fresh
    return found


def _list_left_out(
    sides: TargetSides, chosen: Collection[Address], registry: Mapping[str, AnyKind]
) -> Iterator[Address]:
    origins = sides.origins
    for address, record in sides.desired_records.items():
        origin = origins.get(address, address)
        before = sides.stored_records.get(origin)
        same = before is not None and origin == address and _same(before, record, registry)
        if address not in chosen and not same:
            yield origin if before else address


def _same(before: Record, after: Record, registry: Mapping[str, AnyKind]) -> bool:
    kind = registry.get(after.address.kind)
    ordered = kind.ordered if kind else ()
    places = orders(before, ordered) == orders(after, ordered)
    return before.owner == after.owner and before.digest == after.digest and places


def _foreign(selector: Selector, sides: TargetSides) -> tuple[str, ...]:
    owners = {r.owner for r in sides.stored_records.values() if r.owner not in sides.owners and selector.hits(r)}
    return tuple(sorted(owners))


def _choices(selector: Selector, records: Sequence[Record]) -> tuple[str, ...]:
    match selector.by:
        case SelectBy.OWNER:
            words = {f"owner={record.owner}" for record in records}
        case SelectBy.LABEL:
            words = {f"label={label}" for record in records for label in labels_of(record)}
        case SelectBy.GLOB:
            words = _hitting(selector, records) or {str(record.address) for record in records}
        case SelectBy.ADDRESS:
            words = {str(record.address) for record in records}
    return tuple(sorted(words))


def _hitting(selector: Selector, records: Sequence[Record]) -> set[str]:
    """The same pattern under each kind where it hits."""
    _, slash, pattern = selector.word.partition("/")
    globs = {f"{record.address.kind}/{pattern}" for record in records} if slash else set()
    return {glob for glob in globs if any(Selector(SelectBy.GLOB, glob).hits(record) for record in records)}
