"""The plan: what an apply would do, as a value. Same input, same bytes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from reconciler.kinds.protocol.kind import AnyKind
from reconciler.kinds.protocol.world import World
from reconciler.model.canonical import digest
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change, Effect, FieldChange, LastUse
from reconciler.model.configuration.plan import Facts, Plan
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.planning.graph.diff import compare_records, orders
from reconciler.planning.graph.moves import find_moves, rename_record
from reconciler.planning.graph.order import order_changes
from reconciler.planning.graph.pointer import list_stated, list_stated_metadata, split_pointer
from reconciler.planning.graph.reference_graph import Graph, link_records
from reconciler.planning.inputs import PlanInputs
from reconciler.planning.review.acknowledged import list_used
from reconciler.planning.review.review import review_plan

DIGEST_FORMAT = 2
"""Grows when what a plan's digest covers changes, so that an old digest never fits by chance."""


class DesiredState(Protocol):
    """Validated manifests: the resources, and the record of each."""

    @property
    def world(self) -> World: ...

    @property
    def records(self) -> Mapping[Address, Record]: ...


def make_plan(
    desired: DesiredState, snapshot: Snapshot, facts: Facts, registry: Mapping[str, AnyKind], *, stored: World
) -> Plan:
    """The changes that turn the snapshot into the desired state, in the order they are carried out.

    ``stored`` holds the snapshot's resources, decoded. Writes nothing and has nothing to write with.
    """
    graphs = link_records(desired.world, registry), link_records(stored, registry)
    came_from = find_moves(desired.records, snapshot.resources)
    kinds = _Kinds(registry, stored, desired.world, facts)
    found = list(_changes(desired.records, snapshot.resources, kinds, came_from))
    changes = order_changes(found, *graphs)
    related = _related(changes, graphs, {**snapshot.resources, **desired.records})
    resting = {*desired.records, *snapshot.resources} - {*came_from.values()} - facts.left_out
    plan = Plan(
        lineage=snapshot.lineage,
        serial=snapshot.serial,
        environment=facts.environment,
        changes=changes,
        unchanged=len(resting) - len(changes),
        digest="",
        targets=facts.targets,
        left_out=len(facts.left_out),
    )
    plan = review_plan(plan, PlanInputs(stored, desired.world, snapshot, facts, registry))
    return replace(plan, digest=_plan_digest(plan, related, kinds))


def explain_change(before: Record, after: Record, fields: Sequence[FieldChange]) -> str:
    """Why an update is needed, in a few words: ``spec changed: uri, from; template changed: ask.html.j2``."""
    names: dict[str, dict[str, None]] = {}
    for change in fields:
        part, name = split_pointer(change.path)[:2]
        names.setdefault(part, {})[name] = None
    said = [f"owner changed: {before.owner} to {after.owner}"] if before.owner != after.owner else []
    said += [f"{words} changed: {', '.join(names[part])}" for part, words in _PARTS.items() if part in names]
    return "; ".join(said)


_PARTS = {"spec": "spec", "metadata": "metadata", "templates": "template", "files": "file"}
"""The parts of a record's content, the weightiest first, and what a reader calls them."""


@dataclass(frozen=True, slots=True)
class _Kinds:
    """What the kinds know about resources, stored and desired."""

    registry: Mapping[str, AnyKind]
    stored: World
    desired: World
    facts: Facts

    def fields(self, before: Record, after: Record) -> tuple[FieldChange, ...]:
        kind = self.registry.get(after.address.kind)
        return compare_records(before, after, kind.sets, kind.ordered) if kind else compare_records(before, after, ())

    def order(self, record: Record | None) -> dict[str, Any]:
        """What a record's own digest leaves out: the order of maps in which order counts."""
        kind = self.registry.get(record.address.kind) if record else None
        found = orders(record, kind.ordered) if record and kind else ()
        return {"order": found} if any(found) else {}

    def effects(self, address: Address, previous: Address | None = None) -> tuple[Effect, ...]:
        kind = self.registry.get(address.kind)
        before, after = self.stored.resources.get(previous or address), self.desired.resources.get(address)
        return tuple(kind.effects(before, after, self.desired)) if kind else ()

    def list_stated(self, after: Record) -> dict[str, Any]:
        """By JSON Pointer, what metadata and spec say beyond their defaults."""
        resource = self.desired.resources.get(after.address)
        said = dict(list_stated_metadata(after.metadata))
        return said | dict(list_stated(resource.spec, after.spec, ("spec",))) if resource else said


def _changes(
    desired: Mapping[Address, Record],
    stored: Mapping[Address, Record],
    kinds: _Kinds,
    came_from: Mapping[Address, Address],
) -> Iterator[Change]:
    """Every change whose action is not none, and every move."""
    for address in sorted({*desired, *stored} - {*came_from.values()}):
        if address in came_from:
            yield _move(stored[came_from[address]], desired[address], kinds)
        elif change := _change(stored.get(address), desired.get(address), kinds):
            yield change


def _move(before: Record, after: Record, kinds: _Kinds) -> Change:
    """A resource under a new name: an update where more than the name differs."""
    fields = kinds.fields(rename_record(before, after.address), after)
    action = Action.UPDATE if fields or before.owner != after.owner else Action.NONE
    said = "; ".join(filter(None, (f"renamed from {before.address.name}", explain_change(before, after, fields))))
    effects = kinds.effects(after.address, before.address)
    return Change(after.address, action, said, before, after, fields, effects, previous=before.address)


def _change(before: Record | None, after: Record | None, kinds: _Kinds) -> Change | None:
    if before is None and after is not None:
        stated, effects = kinds.list_stated(after), kinds.effects(after.address)
        return Change(after.address, Action.CREATE, "new", None, after, effects=effects, stated=stated)
    if before is not None and after is None:
        return _delete(before, kinds) if before.owner in kinds.facts.owners else None
    assert before is not None and after is not None
    fields = kinds.fields(before, after)
    if not fields and before.owner == after.owner:
        return None
    why, effects = explain_change(before, after, fields), kinds.effects(after.address)
    return Change(after.address, Action.UPDATE, why, before, after, fields, effects)


def _delete(before: Record, kinds: _Kinds) -> Change:
    why = kinds.facts.gone or "no manifest names it any more"
    uses = kinds.facts.last_uses
    last_use = LastUse(uses[before.address]) if before.address in uses else None
    return Change(before.address, Action.DELETE, why, before, effects=kinds.effects(before.address), last_use=last_use)


def _related(changes: Iterable[Change], graphs: Iterable[Graph], records: Mapping[Address, Record]) -> dict[str, str]:
    """Digests of what the changes reach by reference and leave as it is."""
    changed = {address for change in changes for address in (change.address, change.previous) if address}
    reached, waiting = set(changed), list(changed)
    while waiting:
        node = waiting.pop()
        targets = {target for graph in graphs for target in graph.get(node, ())} - reached
        reached |= targets
        waiting += targets
    return {str(address): records[address].digest for address in reached - changed}


def _plan_digest(plan: Plan, related: Mapping[str, str], kinds: _Kinds) -> str:
    """Serial and facts stand outside: an unrelated apply does not invalidate a review, a related one does."""
    return digest(
        {
            "format": DIGEST_FORMAT,
            "lineage": plan.lineage,
            "environment": plan.environment,
            "allowed": list_used(plan.guards),
            "changes": [
                _fingerprint(change, kinds) for change in sorted(plan.changes, key=lambda change: change.address)
            ],
            "related": related,
            **({"targets": plan.targets} if plan.targets else {}),
        }
    )


def _fingerprint(change: Change, kinds: _Kinds) -> dict[str, Any]:
    before, after = change.before, change.after
    return {
        "address": str(change.address),
        "previousAddress": str(change.previous) if change.previous else None,
        "action": str(change.action),
        "before": {"owner": before.owner, "digest": before.digest} if before else None,
        "after": {"owner": after.owner, "digest": after.digest} if after else None,
        **kinds.order(after),
    }
