"""Manifests before and after as text in, the plan of the change out; every part real, nothing read or written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import dedent

from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.decode import decode, spec_data
from reconciler.kinds.registry import REGISTRY
from reconciler.model.approvals.request import Request
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.control import ControlChange
from reconciler.model.configuration.plan import Facts, Plan
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.diagnostic import has_errors
from reconciler.planning.graph.reference_graph import records
from reconciler.planning.plan import make_plan
from reconciler.sources.yaml.documents import read_documents

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class State:
    world: World
    records: Mapping[Address, Record]


def state(text: str) -> State:
    """Documents without ``apiVersion``, parted by ``---``."""
    parts = [f"apiVersion: reconciler/v1\n{part.strip()}\n" for part in dedent(text).split("---\n") if part.strip()]
    documents, unread = read_documents("---\n".join(parts), "company.yaml")
    resources, faults = decode(documents, REGISTRY)
    assert not has_errors([*unread, *faults]), [*unread, *faults]
    world = World(resources)
    made = records([(each, spec_data(each)) for each in resources.values()], REGISTRY, {}, {})
    return State(world, made)


def plan(before: str, after: str, requests: Iterable[Request] = ()) -> Plan:
    stored, desired = state(before), state(after)
    snapshot = Snapshot("line-1", 1, stored.records) if before.strip() else Snapshot()
    return make_plan(desired, snapshot, Facts(NOW, requests=tuple(requests)), REGISTRY, stored=stored.world)


def said(changes: Iterable[ControlChange]) -> list[str]:
    """Each on a line: ``weaker open-door/1 quorum: 2 of 2 people -> 1 of 2 people [ApprovalProcess/two]``."""
    return [_line(each) for each in changes]


def _line(change: ControlChange) -> str:
    where = "/".join(part for part in (change.type, change.stage) if part)
    moved = "".join([f" +{each}" for each in change.gained] + [f" -{each}" for each in change.lost])
    texts = moved or f" {change.before or '(none)'} -> {change.after or '(none)'}"
    return f"{change.shift} {where + ' ' if where else ''}{change.fact}:{texts} [{change.because}]"
