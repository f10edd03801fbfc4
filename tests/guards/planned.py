"""Plans over small worlds of parts, for guards to look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.guard import Acknowledgement, Allowance, Guard, GuardId
from reconciler.model.configuration.plan import Facts, Plan
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.diagnostic import Place
from reconciler.planning.plan import make_plan
from tests.planning.samples import KINDS, State, part, state

NOW = datetime(2027, 3, 1, 23, 59, tzinfo=UTC)


def parts(count: int, *, owner: str = "default", prefix: str = "p") -> list[Any]:
    return [part(f"{prefix}{number}", owner=owner) for number in range(count)]


def planned(desired: State, stored: State, *, project: dict[str, Any] | None = None, **facts: Any) -> Plan:
    """``project``: the spec of a stored project."""
    records = dict(stored.records)
    if project is not None:
        address = Address("Project", "mail")
        records[address] = Record(address, "platform", 1, {"name": "mail"}, project)
    snapshot = Snapshot("line-1", 3, records)
    return make_plan(desired, snapshot, Facts(NOW, **facts), KINDS, stored=stored.world)


def protect(found: State, *names: str) -> State:
    """The same with these parts protected."""
    records = {
        address: replace(record, metadata={**record.metadata, "protected": address.name in names})
        for address, record in found.records.items()
    }
    return State(found.world, records)


def allow(guard: str, address: str = "") -> Allowance:
    kind, _, name = address.partition("/")
    return Allowance(GuardId(guard), Address(kind, name) if name else None)


def entry(guard: str, address: str = "", *, until: date | None = None, line: int = 1, **more: Any) -> Acknowledgement:
    return Acknowledgement(allow(guard, address), "agreed", until, Place("acknowledgements.yaml", line, 3), **more)


def ids(guards: Iterable[Guard]) -> list[str]:
    return [str(guard.allowance) for guard in guards]


__all__ = ["NOW", "allow", "entry", "ids", "part", "parts", "planned", "protect", "state"]
