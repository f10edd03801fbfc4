"""A mail in one state: stored, desired, or what it would be after one change alone; and two states of one as a pair.

Knows no kinds: these values go to the process that renders, which has as little in it as it can.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.kinds.protocol.kind import AnyKind
from reconciler.kinds.protocol.world import World
from reconciler.messages.contexts.invented import Invented
from reconciler.messages.mail import SAMPLES, MailCase, Sampling
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record


@dataclass(frozen=True, slots=True)
class Side:
    """A mail in one state. ``address``: who gives the words; ``templates``: its sources by name, as SHA-256."""

    address: Address
    case: MailCase
    templates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MailCause:
    """A change that makes the mail another; ``alone``: the mail as it would be if nothing else changed."""

    address: Address
    alone: Side


@dataclass(frozen=True, slots=True)
class Pair:
    """One mail before and after. ``before`` is None for a new mail; ``cause``: the change it is told under.

    ``causes``: where several changes make it another, what each makes of it alone; the first whose words differ is the
    cause. ``alike``: others that give a new mail the very same words.
    """

    cause: Address
    before: Side | None
    after: Side
    alike: tuple[Address, ...] = ()
    causes: tuple[MailCause, ...] = ()

    @property
    def edited(self) -> bool:
        """Whether a template, or text in its place, differs."""
        before, after = self.before, self.after
        return before is None or list_texts(before) != list_texts(after) or before.templates != after.templates

    @property
    def sides(self) -> tuple[Side, ...]:
        """Every state of it."""
        known = (self.before,) if self.before else ()
        return (*known, self.after, *(cause.alone for cause in self.causes))

    @property
    def digests(self) -> set[str]:
        """The sources needed to render it."""
        return {digest for side in self.sides for digest in side.templates.values()}


def read_alike(before: Side, after: Side) -> tuple[Side, Side]:
    """Both with samples read by people who are in both, of requests that end alike: who happens to come first is no change of
    a mail, and neither is that it once told of other outcomes too."""
    was, will = before.case.sampling, after.case.sampling
    if was is None or will is None:
        return before, after
    known = tuple(key for key in will.people if key in was.people)
    return _read(before, was.read_by(known, will.outcomes)), _read(after, will.read_by(known, will.outcomes))


def _read(side: Side, sampling: Sampling) -> Side:
    return replace(side, case=replace(side.case, sampling=sampling))


def is_same(before: Side, after: Side) -> bool:
    """Whether nothing that makes the mail differs; then it reads the same, too."""
    old, new = before.case, after.case
    heads = (replace(old.head, parties=(), keys=()), replace(new.head, parties=(), keys=()))
    if heads[0] != heads[1] or before.templates != after.templates:
        return False
    return (old.mail, old.asked, old.prefix) == (new.mail, new.asked, new.prefix) and _read_same(old, new)


def _read_same(old: MailCase, new: MailCase) -> bool:
    """Whether templates see the same. What samples are made of tells it in most cases: to make them takes a whole request."""
    if old.sampling is None or new.sampling is None or old.sampling == new.sampling:
        return old.sampling == new.sampling
    return all(old.sample(name) == new.sample(name) for name in SAMPLES)


def list_texts(side: Side) -> tuple[str, ...]:
    """What the mail's templates are: the text itself where the manifest holds it, else the name of the source."""
    return tuple(t.name if t.inline is None else t.inline for t in side.case.mail.templates)


Records = Mapping[Address, Record]


@dataclass(frozen=True, slots=True)
class Mails:
    """One state's worth of what mails are made from; of both states samples invent the same."""

    world: World
    records: Records
    registry: Mapping[str, AnyKind]
    invented: Invented

    def of(self, address: Address) -> Iterator[Side]:
        """Every mail the resource gives words to."""
        resource, kind = self.world.resources.get(address), self.registry.get(address.kind)
        if resource is not None and kind is not None:
            for case in kind.mails(resource, self.world):
                yield Side(address, case.inventing(self.invented), self.records[address].templates)
