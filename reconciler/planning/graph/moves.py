"""Renames: which stored resource goes on under which new name, and which delete and create look like one."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.kinds.protocol.world import World
from reconciler.model.canonical import digest, write_canonical_json
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change
from reconciler.model.configuration.resource import Record
from reconciler.model.diagnostic import Diagnostic, Place, make_error, make_warning
from reconciler.planning.graph.pointer import list_stated

ALIKE = 0.7
"""The part of what two resources say that must be the same for one to look like the other renamed."""

_ENOUGH = 2
"""Facts they must have in common: two short resources are easily alike."""

_PAIRS = 10_000
"""Pairs that are compared fact by fact at most; beyond, only those that are the same are found."""


def find_moves(desired: Mapping[Address, Record], stored: Mapping[Address, Record]) -> dict[Address, Address]:
    """By new address, the stored address it comes from. A manifest may name an old name for ever: where nothing is stored
    under it, nothing happens."""
    return find_moved({address: record.renamed_from for address, record in desired.items()}, stored)


def find_moved(old_names: Mapping[Address, str], stored: Container[Address]) -> dict[Address, Address]:
    """The same, of addresses and the name each says it had, empty where it says none."""
    found: dict[Address, Address] = {}
    for address in sorted(old_names):
        old = Address(address.kind, old_names[address])
        free = old in stored and address not in stored and old not in old_names
        if old.name and free and old not in found.values():
            found[address] = old
    return found


def rename_record(record: Record, address: Address) -> Record:
    """The record as it would be under the other name."""
    return replace(record, address=address, metadata={**record.metadata, "name": address.name})


def refuse_both_stored(
    desired: Mapping[Address, Record], stored: Mapping[Address, Record], world: World
) -> Iterator[Diagnostic]:
    """Renames that cannot be: the new name is stored, and so is the old one."""
    for address in sorted(desired):
        old = Address(address.kind, desired[address].renamed_from)
        if old.name and old in stored and address in stored and old not in desired:
            resource = world.resources[address]
            yield make_error(
                "Both names are stored",
                f"{address} says that it was {old}, but both are in stored state: nothing can move from one to the other.",
                resource.place(("metadata", "renamedFrom")),
                address,
                f"Remove renamedFrom; {old} is then deleted, as no manifest names it.",
            )


def find_lookalikes(changes: Iterable[Change], desired: World, stored: World) -> Iterator[Diagnostic]:
    """For each delete and create of one kind that look like a rename, the line to paste."""
    for gone, new in _alike(changes, desired, stored):
        yield _hint(gone, new, desired)


def find_successors(changes: Iterable[Change], desired: World, stored: World) -> dict[Address, Address]:
    """By new address, the stored one it goes on from: renamed, or deleted while one that says nearly the same is created."""
    changes = list(changes)
    found = {new.address: gone.address for gone, new in _alike(changes, desired, stored)}
    return found | {change.address: change.previous for change in changes if change.previous}


def _alike(changes: Iterable[Change], desired: World, stored: World) -> Iterator[tuple[Change, Change]]:
    """What is deleted and what is created in its place."""
    by_kind: dict[str, tuple[list[Change], list[Change]]] = {}
    for change in changes:
        if change.action in (Action.CREATE, Action.DELETE):
            pair = by_kind.setdefault(change.address.kind, ([], []))
            pair[change.action is Action.CREATE].append(change)
    for deleted, created in by_kind.values():
        yield from _list_pairs(deleted, created, desired, stored)


def _list_pairs(
    deleted: list[Change], created: list[Change], desired: World, stored: World
) -> Iterator[tuple[Change, Change]]:
    """Each change at most once: those that are the same first, then the most alike."""
    going, coming = [_said(c, stored) for c in deleted], [_said(c, desired) for c in created]
    same: dict[str, list[_Said]] = {}
    for each in going:
        same.setdefault(each.digest, []).append(each)
    taken: set[Address] = set()
    for new in coming:
        if matching := same.get(new.digest):
            gone = matching.pop(0)
            taken |= {gone.change.address, new.change.address}
            yield gone.change, new.change
    if len(going) * len(coming) > _PAIRS:
        return
    scored = [(_likeness(gone, new), gone.change, new.change) for gone in going for new in coming]
    for likeness, old, young in sorted(scored, key=lambda item: (-item[0], item[1].address, item[2].address)):
        if likeness >= ALIKE and not taken & {old.address, young.address}:
            taken |= {old.address, young.address}
            yield old, young


@dataclass(frozen=True, slots=True)
class _Said:
    """A change, the digest of its record apart from the name, and what the record says beyond defaults."""

    change: Change
    digest: str
    facts: frozenset[str]


def _said(change: Change, world: World) -> _Said:
    record = change.after or change.before
    assert record is not None
    content = record.content()
    metadata = {key: value for key, value in record.metadata.items() if key != "name"}
    resource = world.resources.get(record.address)
    facts = dict(list_stated(resource.spec, record.spec, ("spec",))) if resource else {}
    facts |= {f"/metadata/{key}": value for key, value in metadata.items() if value}
    facts |= {f"/{part}": content[part] for part in ("templates", "files") if content[part]}
    return _Said(change, digest({**content, "metadata": metadata}), frozenset(_list_facts(facts)))


def _list_facts(values: Mapping[str, Any]) -> Iterator[str]:
    for path, value in values.items():
        for item in value if isinstance(value, list | tuple) else (value,):
            yield f"{path} {write_canonical_json(item)}"


def _likeness(one: _Said, other: _Said) -> float:
    shared = len(one.facts & other.facts)
    return shared / len(one.facts | other.facts) if shared >= _ENOUGH else 0.0


def _hint(gone: Change, new: Change, world: World) -> Diagnostic:
    resource = world.resources.get(new.address)
    return make_warning(
        "Looks like a rename",
        f"{gone.address} would be deleted and {new.address}, which says nearly the same, created. What waits or runs under "
        "the old name would not go on under the new one. Who decides, and under which rules, is compared between the two.",
        resource.place(("metadata", "name")) if resource else Place("(stored state)"),
        new.address,
        f"If it is the same under a new name, write under metadata of {new.address}: renamedFrom: {gone.address.name}",
    )
