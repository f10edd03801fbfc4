"""Which mails a plan may change: each as stored and as desired, and the change it is told under. Nothing is rendered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change
from reconciler.model.configuration.plan import Plan
from reconciler.planning.mail.sides import MailCause, Mails, Pair, Side, is_same, list_texts, read_alike


class MailCauses:
    """Finds why mails differ. What each change alone would make of them is worked out once."""

    def __init__(self, changes: Iterable[Change], stored: Mails, desired: Mails) -> None:
        self._changes = {change.address: change for change in changes}
        self._stored, self._desired = stored, desired
        self._after: dict[Address, Mails] = {}

    def of(self, before: Side, after: Side) -> tuple[list[Address], list[MailCause]]:
        """The changes the mail hangs on, whose words they are first; and, where those are several, which of them matter.

        None of several may matter alone, as when a task starts to write to a group that is new.
        """
        candidates = list(dict.fromkeys(self._list_candidates((after, before))))
        if len(candidates) < 2:
            return candidates, []
        return candidates, [cause for each in candidates if (cause := self._alone(each, before, after))]

    def _list_candidates(self, sides: Iterable[Side]) -> Iterator[Address]:
        sides = tuple(sides)
        concerned = [*(side.address for side in sides), *(party for side in sides for party in side.case.head.parties)]
        return (address for address in concerned if address in self._changes)

    def _alone(self, address: Address, before: Side, after: Side) -> MailCause | None:
        mails = self._only(address)
        keys = {*before.case.head.keys, *after.case.head.keys}
        speakers = dict.fromkeys((before.address, after.address))
        for side in (side for speaker in speakers for side in mails.of(speaker)):
            if not keys.isdisjoint(side.case.head.keys):
                old, new = read_alike(before, side)
                return None if is_same(old, new) else MailCause(address, new)
        return None

    def _only(self, address: Address) -> Mails:
        """What is stored, with this one change. A resource that is renamed has its old name there: others still use that."""
        if address not in self._after:
            change = self._changes[address]
            known = change.previous or address
            resource, record = self._desired.world.resources.get(address), self._desired.records.get(address)
            if change.after is None or resource is None or record is None:
                resource = record = None
            world = self._stored.world.with_one(known, replace(resource, address=known) if resource else None)
            before = self._stored.records.get(known)
            if record and before:  # what it is used for is as stored, so it still reaches all that it reached
                record = replace(record, templates={**before.templates, **record.templates})
            records = {**self._stored.records, **({known: record} if record else {})}
            self._after[address] = Mails(world, records, self._stored.registry, self._stored.invented)
        return self._after[address]


CREATED = 50
"""New mails that are rendered unless all are asked for."""


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
    causes = MailCauses(plan.changes, stored, desired)
    seen: set[tuple[int, int]] = set()
    kept: list[Pair] = []
    new: list[Pair] = []
    for key, side in after.items():
        old = before.get(key) or _other_use(side, before.values(), actions)
        pair = _pair(old, side, actions, causes)
        if pair is None or (id(old), id(side)) in seen:
            continue
        seen.add((id(old), id(side)))
        (kept if pair.before else new).append(pair)
    return [*kept, *_distinct(new, created)]


def _by_key(mails: Mails) -> dict[str, Side]:
    found: dict[str, Side] = {}
    for address in sorted(mails.world.resources):
        for side in mails.of(address):
            found.update(dict.fromkeys(side.case.head.keys, side))
    return found


def _moved(key: str, moves: Mapping[str, str]) -> str:
    """The key under the names resources have after the plan."""
    return " ".join(moves.get(word, word) for word in key.split(" ")) if moves else key


def _other_use(side: Side, stored: Iterable[Side], actions: Mapping[Address, Action]) -> Side | None:
    """For a mail nobody got before: the same words as some other reader got them, shown to this one."""
    if actions.get(side.address) is not Action.UPDATE:
        return None
    alike = (old for old in stored if old.address == side.address and old.case.head.slot == side.case.head.slot)
    old = next(alike, None)
    if old is None:
        return None
    shown = side.case
    return replace(old, case=replace(old.case, sampling=shown.sampling, asked=shown.asked))


def _pair(before: Side | None, after: Side, actions: Mapping[Address, Action], causes: MailCauses) -> Pair | None:
    """The pair, where the plan can have made a difference."""
    if before is None:
        return Pair(after.address, None, after) if actions.get(after.address) is Action.CREATE else None
    before, after = read_alike(before, after)
    if is_same(before, after):
        return None
    concerned, why = causes.of(before, after)
    if not concerned:
        return None
    cause = why[0].address if why else concerned[0]
    return Pair(cause, before, after, causes=tuple(why) if len(why) > 1 else ())


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
    return side.case.head.slot, list_texts(side), tuple(sorted(side.templates.items()))
