"""The mails of one state, stored or desired, with all that they are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.kinds.kind import Kind
from reconciler.kinds.world import World
from reconciler.messages.contexts.invented import Invented
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record
from reconciler.planning.mail_sides import Side

Records = Mapping[Address, Record]


@dataclass(frozen=True, slots=True)
class Mails:
    """One state's worth of what mails are made from; of both states samples invent the same."""

    world: World
    records: Records
    registry: Mapping[str, Kind]
    invented: Invented

    def of(self, address: Address) -> Iterator[Side]:
        """Every mail the resource gives words to."""
        resource, kind = self.world.resources.get(address), self.registry.get(address.kind)
        if resource is not None and kind is not None:
            for case in kind.mails(resource, self.world):
                yield Side(address, case.inventing(self.invented), self.records[address].templates)
