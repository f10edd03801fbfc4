"""Guards: what about a plan is dangerous enough that a person has to allow it by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from reconciler.kinds.project.spec import ProjectSpec
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change
from reconciler.model.configuration.control import ControlChange, Shift
from reconciler.model.configuration.guard import Guard, GuardId
from reconciler.model.configuration.plan import Facts, Plan
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.wording import Act, Do, Sentence
from reconciler.planning.inputs import PlanInputs
from reconciler.planning.review.acknowledged import judge_guard
from reconciler.planning.review.stranding import find_stranded_requests

DELETIONS = 10
"""Deletions of one owner's resources that pass, unless the stored project says otherwise."""

DELETIONS_PERCENT = 30
"""The part of an owner's resources whose deletion passes, unless the stored project says otherwise."""

FEW = 2
"""Deletions that no percentage stops: of three resources one is a third."""

_NAMED = 5


def list_tripped_guards(plan: Plan, inputs: PlanInputs) -> tuple[Guard, ...]:
    """Every guard that trips on the plan, allowed or not: what blocks first, then what this change itself acknowledges."""
    found = [
        *_find_deletions(plan.changes, inputs),
        *_find_protected(plan.changes),
        *_find_in_flight(plan.changes, inputs.facts),
        *find_stranded_requests(plan.changes, inputs),
        *_find_weakening(plan.control),
        *_find_ownership(plan.changes),
    ]
    return tuple(sorted((judge_guard(guard, inputs.facts) for guard in found), key=_rank))


def _rank(guard: Guard) -> tuple[bool, bool, str, str]:
    added = guard.acknowledgement is not None and guard.acknowledgement.added
    return not guard.blocks, not added, str(guard.id), str(guard.address or "")


@dataclass(frozen=True, slots=True)
class _Limits:
    deletions: int
    percent: int


def _limits(snapshot: Snapshot) -> _Limits:
    """What the stored projects allow, the strictest of them: a change that loosens the guards is judged under those it
    loosens."""
    projects = [
        record.spec.get("guards") or {}
        for address, record in snapshot.resources.items()
        if address.kind == ProjectSpec.KIND
    ]
    return _Limits(
        min((_number(each.get("deletions"), DELETIONS) for each in projects), default=DELETIONS),
        min((_number(each.get("deletionsPercent"), DELETIONS_PERCENT) for each in projects), default=DELETIONS_PERCENT),
    )


def _number(value: object, default: int) -> int:
    return value if isinstance(value, int) else default


def _find_deletions(changes: Iterable[Change], inputs: PlanInputs) -> Iterator[Guard]:
    """Counted for each owner by itself; the project's own record is no resource of anybody."""
    changes = list(changes)
    limits, others = _limits(inputs.snapshot), _of_another_project(changes)
    stored = Counter(
        record.owner for address, record in inputs.snapshot.resources.items() if address.kind != ProjectSpec.KIND
    )
    deleted: dict[str, list[Address]] = {}
    for change in changes:
        if change.action is Action.DELETE and change.before and change.address.kind != ProjectSpec.KIND:
            deleted.setdefault(change.before.owner, []).append(change.address)
    for owner, addresses in sorted(deleted.items()):
        why = _too_many(len(addresses), stored[owner], limits) or others
        if why:
            guard = _deletion_guard(owner, addresses, stored[owner], limits, why)
            yield guard if inputs.facts.gone else replace(guard, message=f"{guard.message} {_MISPLACED}")


def _of_another_project(changes: Iterable[Change]) -> str:
    """Why deletions need a person's word where another project's manifests are planned; empty where they are not."""
    kept = {change.action: change.address for change in changes if change.address.kind == ProjectSpec.KIND}
    if not {Action.CREATE, Action.DELETE} <= kept.keys():
        return ""
    return (
        f"the state is of {kept[Action.DELETE]}, and these are the manifests of {kept[Action.CREATE]}, which is not said to be "
        "renamed; two projects want a state each"
    )


_MISPLACED = "An empty or misplaced manifests folder looks like this."


def _too_many(deleted: int, stored: int, limits: _Limits) -> str:
    """Why so many deletions need a person's word; empty where they do not."""
    if deleted >= stored:
        return "that is everything there is"
    if deleted > limits.deletions:
        return f"more than {limits.deletions} at once"
    if deleted > FEW and deleted * 100 > limits.percent * stored:
        return f"that is {deleted * 100 // stored} %, more than {limits.percent} %"
    return ""


def _deletion_guard(owner: str, addresses: Sequence[Address], stored: int, limits: _Limits, why: str) -> Guard:
    resources = "resource" if stored == 1 else "resources"
    message = f"{len(addresses)} of {stored} {resources} of owner {owner} would be deleted; {why}: {_names(addresses)}."
    numbers = {
        "deleted": len(addresses),
        "stored": stored,
        "limit": limits.deletions,
        "limitPercent": limits.percent,
    }
    return _guard(GuardId.DELETIONS, None, message, numbers)


def _find_protected(changes: Iterable[Change]) -> Iterator[Guard]:
    """What stored state protects: the manifest that said so may be the very thing that was removed."""
    for change in changes:
        if change.before is None or not _is_protected(change.before):
            continue
        address = change.before.address
        if change.after is None:
            yield _guard(GuardId.PROTECTED, address, f"{address} is protected and would be deleted.")
        elif not _is_protected(change.after):
            message = f"{address} is protected and would no longer be, so that a later change could delete it."
            yield _guard(GuardId.PROTECTED, address, message)


def _is_protected(record: Record) -> bool:
    return record.metadata.get("protected") is True


def _find_in_flight(changes: Iterable[Change], facts: Facts) -> Iterator[Guard]:
    """Nothing allows these: the commit itself refuses what an open request or an unfinished message needs."""
    for change in changes:
        why = facts.needed.get(change.address)
        if why is not None and change.action is Action.DELETE:
            requests = "request" in why
            first = (
                ("decide or cancel the requests (", Do(Act.LIST_REQUESTS))
                if requests
                else ("let the mail finish (", Do(Act.DELIVER), ", ", Do(Act.LIST_DELIVERIES))
            )
            message = Sentence(
                f"{change.address} would be deleted and is still needed by {why}. Nothing allows this, for the apply "
                "would refuse it all the same: keep it for now, or first ",
                *first,
                "), then apply.",
            )
            yield Guard(GuardId.IN_FLIGHT, change.address, message, allowable=False)


def _find_weakening(control: Iterable[ControlChange]) -> Iterator[Guard]:
    weaker: dict[Address, list[ControlChange]] = {}
    for shift in control:
        if shift.shift is Shift.WEAKER and shift.fact != _GUARDED_BY_ITSELF:
            weaker.setdefault(shift.because, []).append(shift)
    for address, shifts in sorted(weaker.items()):
        facts = list(dict.fromkeys(_fact(shift) for shift in shifts))
        more = f"; and {len(facts) - _NAMED} more" if len(facts) > _NAMED else ""
        message = f"{address} would weaken control: {'; '.join(facts[:_NAMED])}{more}."
        yield _guard(GuardId.WEAKENING, address, message, {"facts": len(facts)})


_GUARDED_BY_ITSELF = "protection"
"""The fact of control with a guard of its own: one danger is allowed once."""


def _fact(shift: ControlChange) -> str:
    where = [shift.type, f"stage {shift.stage}" if shift.stage else ""]
    place = ", ".join(part for part in where if part)
    return f"{place + ': ' if place else ''}{shift.clause or _clause(shift)}"


def _clause(shift: ControlChange) -> str:
    if shift.gained or shift.lost:
        joined = f"{_names(shift.gained)} would join" if shift.gained else ""
        left = f"{_names(shift.lost)} would leave" if shift.lost else ""
        return f"{shift.fact}: {', '.join(filter(None, (joined, left)))}"
    if not shift.before:
        return f"new {shift.fact} {shift.after}"
    return f"{shift.fact} from {shift.before} to {shift.after or 'none'}"


def _find_ownership(changes: Iterable[Change]) -> Iterator[Guard]:
    for change in changes:
        before, after = change.before, change.after
        if before is not None and after is not None and before.owner != after.owner:
            message = f"{change.address} belongs to owner {before.owner} and would be taken over by {after.owner}."
            yield _guard(GuardId.OWNERSHIP, change.address, message)


def _guard(id: GuardId, address: Address | None, message: str, numbers: dict[str, int] | None = None) -> Guard:
    return Guard(id, address, message, numbers=numbers or {})


def _names(names: Sequence[object]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(map(str, names[:_NAMED])) + more
