"""How who decides shifts, for each approval type and stage: on effective people, groups expanded, the process followed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.protocol.answers import RuleShift
from reconciler.model.approvals.person import Member
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.control import ControlChange, Shift
from reconciler.model.configuration.resource import Resource
from reconciler.planning.inputs import PlanInputs
from reconciler.planning.review.authority import Authority, find_authorities
from reconciler.planning.review.cause import Causes

_Moved = tuple[tuple[str, ...], tuple[str, ...]]
"""Who joined, and who left."""


@dataclass(frozen=True, slots=True)
class ControlInputs:
    """Stored and desired state. ``changed``: what a plan changes; ``origin``: where what goes on under another name is stored.

    ``home``: domains that are not external.
    """

    inputs: PlanInputs
    causes: Causes
    changed: Collection[Address]
    origin: Mapping[Address, Address]
    home: Collection[str]


@dataclass(frozen=True, slots=True)
class _Stages:
    """One stage before and after. ``holder``: what changes when it is not a group."""

    before: Authority
    after: Authority
    holder: Address


def is_by_type(change: ControlChange) -> bool:
    """Whether an approval type itself is what changes, and not something it follows."""
    return change.because.kind == ApprovalTypeSpec.KIND


def compare_approvals(sides: ControlInputs) -> Iterator[ControlChange]:
    """Every shift of every approval type, the types by name."""
    stored = {kind.address: kind for kind in sides.inputs.stored.of(ApprovalTypeSpec)}
    for kind in sides.inputs.desired.of(ApprovalTypeSpec):
        was = stored.pop(sides.origin.get(kind.address, kind.address), None)
        yield from _compare_kept(was, kind, sides) if was else _compare_new(kind, sides)
    for gone in stored.values():
        for each in find_authorities(gone, sides.inputs.stored):
            people = _each(each.people, sides)
            yield _row(each, "approvers", (", ".join(people), ""), Shift.AVAILABILITY, gone.address, ((), people))


def _compare_new(kind: Resource[ApprovalTypeSpec], sides: ControlInputs) -> Iterator[ControlChange]:
    """A new type is shown with its facts: nothing it allows was decided otherwise before."""
    for each in find_authorities(kind, sides.inputs.desired):
        people = _each(each.people, sides)
        yield _row(each, "approvers", ("", ", ".join(people)), Shift.DIFFERENT, kind.address, (people, ()))
        yield _row(each, "quorum", ("", each.quorum_text), Shift.DIFFERENT, kind.address)
        if each.process.spec.self_approval:
            yield _row(each, "self-approval", ("", "allowed"), Shift.DIFFERENT, kind.address)


def _compare_kept(
    old: Resource[ApprovalTypeSpec], new: Resource[ApprovalTypeSpec], sides: ControlInputs
) -> Iterator[ControlChange]:
    kinds = sides.inputs.registry
    yield from _compare_rules(new, kinds[ApprovalTypeSpec.KIND].weakenings(old, new), new.address)
    before, after = find_authorities(old, sides.inputs.stored), find_authorities(new, sides.inputs.desired)
    if not before or not after:
        return
    was, will = before[0].process, after[0].process
    same = sides.origin.get(will.address, will.address) == was.address
    holder = will.address if same else new.address
    yield from _compare_rules(new, kinds[ApprovalProcessSpec.KIND].weakenings(was, will), holder)
    for one, other in _compare_paired(before, after):
        if one and other:
            yield from _compare_stage(_Stages(one, other, holder), sides)
        elif one:
            yield _row(one, "stage", (_names(one.people, sides), ""), Shift.WEAKER, holder)
        elif other:
            yield _row(other, "stage", ("", _names(other.people, sides)), Shift.STRONGER, holder)


def _compare_rules(
    kind: Resource[ApprovalTypeSpec], rules: Iterable[RuleShift], because: Address
) -> Iterator[ControlChange]:
    """Rules hold for a request as a whole, so no stage is named."""
    for rule in rules:
        yield ControlChange(kind.address.name, "", rule.fact, rule.before, rule.after, rule.shift, because)


def _compare_paired(
    before: Sequence[Authority], after: Sequence[Authority]
) -> Iterator[tuple[Authority | None, Authority | None]]:
    """Stages of one name belong together, the others in their order."""
    named = {each.name: each for each in before if each.name}
    same = {each.number: named[each.name] for each in after if each.name in named}
    rest = [each for each in before if each not in same.values()]
    for each in after:
        yield same.get(each.number) or (rest.pop(0) if rest else None), each
    for each in rest:
        yield each, None


def _compare_stage(stages: _Stages, sides: ControlInputs) -> Iterator[ControlChange]:
    before, after = stages.before, stages.after
    lost = _without(before.people, after.people)
    gained = _without(after.people, before.people)
    because = stages.holder
    for address, left, joined in _compare_by_cause(stages, lost, gained, sides.causes):
        texts = _names(before.people, sides), _names(after.people, sides)
        strangers_first = sorted(joined, key=lambda member: not _is_external(member, sides))
        moved = _each(strangers_first, sides), _each(left, sides)
        yield _row(after, "approvers", texts, _people_shift(joined, sides), address, moved)
        because = address if left else because
    shift = _quorum_shift(before, after)
    if shift:
        because = stages.holder if before.quorum != after.quorum else because
        yield _row(after, "quorum", (before.quorum_text, after.quorum_text), shift, because)


def _compare_by_cause(
    stages: _Stages, lost: Sequence[Member], gained: Sequence[Member], causes: Causes
) -> Iterator[tuple[Address, list[Member], list[Member]]]:
    """Who left and who joined through each change: allowing the one is not allowing the other."""
    named = stages.before.approvers, stages.after.approvers
    found = {member.key: causes.of_person(member.key, *named, stages.holder) for member in (*lost, *gained)}
    for address in sorted(set(found.values())):
        yield address, [m for m in lost if found[m.key] == address], [m for m in gained if found[m.key] == address]


def _people_shift(gained: Sequence[Member], sides: ControlInputs) -> Shift:
    """Who only lose people stay within reach of their quorum: else the manifests have an error."""
    if any(_is_external(member, sides) for member in gained):
        return Shift.WEAKER
    return Shift.DIFFERENT if gained else Shift.AVAILABILITY


def _quorum_shift(before: Authority, after: Authority) -> Shift | None:
    """By how many people are really needed, and by what a number gives away.

    ``all`` to any number is weaker: nobody is needed any more. Where ``all`` stays and people leave, fewer have to agree, so
    that is weaker too, and not availability alone: who is gone can no longer stand in the way, of open requests either.
    """
    if after.needed < before.needed or (before.quorum == "all" and after.quorum != "all"):
        return Shift.WEAKER
    if after.needed > before.needed or (after.quorum == "all") != (before.quorum == "all"):
        return Shift.STRONGER
    return None


def _without(people: Iterable[Member], others: Iterable[Member]) -> list[Member]:
    known = {member.key for member in others}
    return [member for member in people if member.key not in known]


def _names(people: Iterable[Member], sides: ControlInputs) -> str:
    return ", ".join(_each(people, sides))


def _each(people: Iterable[Member], sides: ControlInputs) -> tuple[str, ...]:
    return tuple(_name(member, sides) for member in people)


def _name(member: Member, sides: ControlInputs) -> str:
    """``Rosa Lind <rosa@example.com> (external, through desk)``."""
    notes = ["external"] if _is_external(member, sides) else []
    notes += [f"through {member.through}"] if member.through else []
    return f"{member.mailbox} ({', '.join(notes)})" if notes else str(member.mailbox)


def _is_external(member: Member, sides: ControlInputs) -> bool:
    return member.mailbox.domain not in sides.home


def _row(
    where: Authority, fact: str, texts: tuple[str, str], shift: Shift, because: Address, moved: _Moved = ((), ())
) -> ControlChange:
    return ControlChange(where.type.address.name, where.stage, fact, *texts, shift, because, *moved)
