"""Under which change a mail is told that changes: one that makes it another by itself, whatever else the plan does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Change
from reconciler.planning.mail_sides import MailCause, Side, read_alike, same
from reconciler.planning.mails import Mails


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
        candidates = list(dict.fromkeys(self._candidates((after, before))))
        if len(candidates) < 2:
            return candidates, []
        return candidates, [cause for each in candidates if (cause := self._alone(each, before, after))]

    def _candidates(self, sides: Iterable[Side]) -> Iterator[Address]:
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
                return None if same(old, new) else MailCause(address, new)
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
