"""People: who is behind an e-mail address, compared by one function, and groups expanded to them.

A person is the unit of quorum, of self-approval and of identity. Two spellings of one mailbox are one person.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import idna

from reconciler.model.mail.mailbox import GroupReference, Mailbox, Recipient, is_plain


@dataclass(frozen=True, slots=True)
class Member:
    """One person among recipients. ``via``: names of the groups they come through, sorted; empty when named directly.

    ``paths``: the same ways down to the groups that name the person (``approvers > leads``), sorted, for people to read.
    """

    mailbox: Mailbox
    via: tuple[str, ...] = ()
    paths: tuple[str, ...] = field(default=(), compare=False)

    @property
    def key(self) -> str:
        """What makes this person this person: see `make_person_key`."""
        return make_person_key(self.mailbox.address)

    @property
    def through(self) -> str:
        """The groups they come through in words: ``approvers > leads and desk``; empty when named directly."""
        return " and ".join(self.paths or self.via)


@lru_cache(maxsize=16_384)
def make_person_key(address: str) -> str:
    """The identity behind an e-mail address: NFKC, lower case, A-label domain, without ``+tag``.

    ``Rosa+x@EXAMPLE.com`` and ``rosa@example.com`` are one person. The only function that compares people.
    """
    local, _, domain = unicodedata.normalize("NFKC", address.strip()).rpartition("@")
    if is_plain(address):
        return f"{local.partition('+')[0] or local}@{domain}"
    local = local.casefold().partition("+")[0] or local.casefold()
    return f"{local}@{_write_in_ascii(domain)}"


@lru_cache(maxsize=1024)
def _write_in_ascii(domain: str) -> str:
    """The domain in A-labels; as it is where it has none. Kept, for the people of a group are mostly of one domain."""
    try:
        return idna.encode(domain.rstrip("."), uts46=True, transitional=False).decode("ascii").lower()
    except idna.IDNAError:
        return domain.lower()


Known = dict[Recipient, Mapping[str, Member]]
"""Whom each recipient stands for, by `make_person_key`."""


def expand(
    recipients: Iterable[Recipient], groups: Mapping[str, Sequence[Recipient]], known: Known | None = None
) -> tuple[Member, ...]:
    """Everyone the recipients stand for, each person once, in the order first met.

    ``groups`` maps a group's name to its members. A group that is missing or already being expanded adds nobody: both
    are diagnostics elsewhere. ``via`` lists the *outermost* groups named, for that is what a reader knows.
    ``known`` keeps what was found of these groups, for the next call.
    """
    known = {} if known is None else known
    found: dict[str, Member] = {}
    for recipient in recipients:
        if recipient not in known:
            known[recipient] = _members(recipient, groups)
        if not found:
            found.update(known[recipient])
            continue
        for key, member in known[recipient].items():
            found[key] = _both(found[key], member) if key in found else member
    return tuple(found.values())


def _members(recipient: Recipient, groups: Mapping[str, Sequence[Recipient]]) -> Mapping[str, Member]:
    via = (recipient.group,) if isinstance(recipient, GroupReference) else ()
    found: dict[str, tuple[Mailbox, set[str]]] = {}
    for mailbox, path in _mailboxes(recipient, groups):
        found.setdefault(make_person_key(mailbox.address), (mailbox, set()))[1].add(path)
    return {key: Member(mailbox, via, tuple(sorted(paths)) if via else ()) for key, (mailbox, paths) in found.items()}


def _both(one: Member, other: Member) -> Member:
    return Member(one.mailbox, tuple(sorted({*one.via, *other.via})), tuple(sorted({*one.paths, *other.paths})))


def _mailboxes(recipient: Recipient, groups: Mapping[str, Sequence[Recipient]]) -> Iterable[tuple[Mailbox, str]]:
    """With the path to each. Depth first, each group once: met again it would add nobody. No recursion, for groups may nest
    without limit."""
    above: dict[str, str] = {}
    waiting: list[tuple[Recipient, str]] = [(recipient, "")]
    while waiting:
        each, holder = waiting.pop()
        if isinstance(each, Mailbox):
            yield each, _path(holder, above)
        elif each.group not in above:
            above[each.group] = holder
            waiting.extend((member, each.group) for member in reversed(groups.get(each.group, ())))


_STEPS = 4
"""Groups in each other that are all named; of more the outermost and the innermost are."""


def _path(group: str, above: Mapping[str, str]) -> str:
    """``approvers > leads``. ``above``: the group that holds each, empty for the outermost, which is the first."""
    steps: list[str] = []
    while group and len(steps) <= _STEPS:
        steps.append(group)
        group = above[group]
    if len(steps) > _STEPS:
        steps = [steps[0], "…", next(iter(above))]
    return " > ".join(reversed(steps))
