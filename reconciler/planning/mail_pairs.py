"""Which mails a plan may change: each as stored and as desired, and the change it is told under. Nothing is rendered."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.kinds.kind import Kind
from reconciler.kinds.world import World
from reconciler.messages.mail import MailCase
from reconciler.model.address import Address
from reconciler.model.change import Action
from reconciler.model.plan import Plan
from reconciler.model.resource import Record

CREATED = 50
"""New mails that are rendered unless all are asked for."""

Records = Mapping[Address, Record]


@dataclass(frozen=True, slots=True)
class Side:
    """A mail in one state. ``address``: who gives the words; ``templates``: its sources by name, as SHA-256."""

    address: Address
    case: MailCase
    templates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pair:
    """One mail before and after. ``before`` is None for a new mail; ``cause``: the change it is told under.

    ``alike``: others that give a new mail the very same words.
    """

    cause: Address
    before: Side | None
    after: Side
    alike: tuple[Address, ...] = ()

    @property
    def edited(self) -> bool:
        """Whether a template, or text in its place, differs."""
        before, after = self.before, self.after
        return before is None or texts_of(before) != texts_of(after) or before.templates != after.templates

    @property
    def digests(self) -> set[str]:
        """The sources needed to render it."""
        return {digest for side in (self.before, self.after) if side for digest in side.templates.values()}


@dataclass(frozen=True, slots=True)
class Mails:
    """One state's worth of what mails are made from."""

    world: World
    records: Records
    registry: Mapping[str, Kind]


def mail_pairs(plan: Plan, stored: Mails, desired: Mails, *, created: int | None = CREATED) -> list[Pair]:
    """Every mail that may read otherwise after the plan, by the address of its words; new mails last.

    A mail is compared with what the same reader got at the same moment before, whoever gave the words then. A mail that
    goes is not here: the deletion says it. New mails come once for each distinct set of templates, at most ``created``.
    """
    if plan.empty:
        return []
    actions = {change.address: change.action for change in plan.changes}
    moves = {str(change.previous): str(change.address) for change in plan.changes if change.previous}
    before = {_moved(key, moves): side for key, side in _by_key(stored).items()}
    after = _by_key(desired)
    seen: set[tuple[int, int]] = set()
    kept: list[Pair] = []
    new: list[Pair] = []
    for key, side in after.items():
        old = before.get(key) or _other_use(side, before.values(), actions)
        pair = _pair(old, side, actions)
        if pair is None or (id(old), id(side)) in seen:
            continue
        seen.add((id(old), id(side)))
        (kept if pair.before else new).append(pair)
    return [*kept, *_distinct(new, created)]


def _by_key(mails: Mails) -> dict[str, Side]:
    found: dict[str, Side] = {}
    for address in sorted(mails.world.resources):
        kind = mails.registry.get(address.kind)
        cases = kind.mails(mails.world.resources[address], mails.world) if kind else ()
        for case in cases:
            side = Side(address, case, mails.records[address].templates)
            found.update(dict.fromkeys(case.head.keys, side))
    return found


def _moved(key: str, moves: Mapping[str, str]) -> str:
    """The key under the names resources have after the plan."""
    return " ".join(moves.get(word, word) for word in key.split(" ")) if moves else key


def _other_use(side: Side, stored: Iterable[Side], actions: Mapping[Address, Action]) -> Side | None:
    """For a mail nobody got before: the same words as some other reader got them, shown to this one."""
    if actions.get(side.address) is not Action.UPDATE:
        return None
    same = (old for old in stored if old.address == side.address and old.case.head.slot == side.case.head.slot)
    old = next(same, None)
    if old is None:
        return None
    shown = side.case
    return replace(old, case=replace(old.case, samples=shown.samples, cast=shown.cast, asked=shown.asked))


def _pair(before: Side | None, after: Side, actions: Mapping[Address, Action]) -> Pair | None:
    """The pair, where the plan can have made a difference."""
    if before is None:
        return Pair(after.address, None, after) if actions.get(after.address) is Action.CREATE else None
    before, after = _read_alike(before, after)
    if _same(before, after):
        return None
    cause = next(_causes((after, before), actions), None)
    return Pair(cause, before, after) if cause else None


def _read_alike(before: Side, after: Side) -> tuple[Side, Side]:
    """Both with samples read by people who are in both: who happens to come first is no change of a mail."""
    known = tuple(key for key in after.case.cast.people if key in before.case.cast.people)
    old, new = before.case.read_by(known), after.case.read_by(known)
    return replace(before, case=old), replace(after, case=new)


def _causes(sides: Iterable[Side], changed: Container[Address]) -> Iterator[Address]:
    """Changes that can be why the mail differs: whose words they are first, then what the mail hangs on."""
    sides = tuple(sides)
    candidates = [*(side.address for side in sides), *(party for side in sides for party in side.case.head.parties)]
    return (address for address in candidates if address in changed)


def _same(before: Side, after: Side) -> bool:
    old, new = before.case, after.case
    heads = (replace(old.head, parties=(), keys=()), replace(new.head, parties=(), keys=()))
    if heads[0] != heads[1] or before.templates != after.templates:
        return False
    return (old.mail, old.asked, old.prefix, old.samples) == (new.mail, new.asked, new.prefix, new.samples)


def _distinct(pairs: Iterable[Pair], most: int | None) -> list[Pair]:
    """One pair for each distinct set of templates, with the others' addresses."""
    groups: dict[object, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(_words(pair.after), []).append(pair)
    found = []
    for first, *rest in groups.values():
        others = dict.fromkeys(pair.after.address for pair in rest if pair.after.address != first.after.address)
        found.append(replace(first, alike=tuple(others)))
    return found[:most]


def _words(side: Side) -> object:
    return side.case.head.slot, texts_of(side), tuple(sorted(side.templates.items()))


def texts_of(side: Side) -> tuple[str, ...]:
    """What the mail's templates are: the text itself where the manifest holds it, else the name of the source."""
    return tuple(t.name if t.inline is None else t.inline for t in side.case.mail.templates)
