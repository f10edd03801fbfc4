"""A mail in one state: stored, desired, or what it would be after one change alone. Nothing is rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.kinds.kind import Kind
from reconciler.kinds.world import World
from reconciler.messages.mail import MailCase
from reconciler.model.address import Address
from reconciler.model.resource import Record

Records = Mapping[Address, Record]


@dataclass(frozen=True, slots=True)
class Side:
    """A mail in one state. ``address``: who gives the words; ``templates``: its sources by name, as SHA-256."""

    address: Address
    case: MailCase
    templates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mails:
    """One state's worth of what mails are made from."""

    world: World
    records: Records
    registry: Mapping[str, Kind]

    def of(self, address: Address) -> Iterator[Side]:
        """Every mail the resource gives words to."""
        resource, kind = self.world.resources.get(address), self.registry.get(address.kind)
        if resource is not None and kind is not None:
            for case in kind.mails(resource, self.world):
                yield Side(address, case, self.records[address].templates)


def read_alike(before: Side, after: Side) -> tuple[Side, Side]:
    """Both with samples read by people who are in both, of requests that end alike: who happens to come first is no change of
    a mail, and neither is that it once told of other outcomes too."""
    known = tuple(key for key in after.case.cast.people if key in before.case.cast.people)
    outcome = after.case.cast.outcome
    old, new = before.case.read_by(known, outcome), after.case.read_by(known, outcome)
    return replace(before, case=old), replace(after, case=new)


def same(before: Side, after: Side) -> bool:
    """Whether nothing that makes the mail differs; then it reads the same, too."""
    old, new = before.case, after.case
    heads = (replace(old.head, parties=(), keys=()), replace(new.head, parties=(), keys=()))
    if heads[0] != heads[1] or before.templates != after.templates:
        return False
    return (old.mail, old.asked, old.prefix, old.samples) == (new.mail, new.asked, new.prefix, new.samples)


def texts_of(side: Side) -> tuple[str, ...]:
    """What the mail's templates are: the text itself where the manifest holds it, else the name of the source."""
    return tuple(t.name if t.inline is None else t.inline for t in side.case.mail.templates)
