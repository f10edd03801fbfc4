"""People: who is behind an e-mail address, compared by one function, and groups expanded to them.

A person is the unit of quorum, of self-approval and of identity. Two spellings of one mailbox are one person.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import idna

from reconciler.model.mailbox import Mailbox
from reconciler.model.recipient import GroupReference, Recipient


@dataclass(frozen=True, slots=True)
class Member:
    """One person among recipients. ``via``: names of the groups they come through, sorted; empty when named directly."""

    mailbox: Mailbox
    via: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What makes this person this person: see `person_key`."""
        return person_key(self.mailbox.address)


@lru_cache(maxsize=16_384)
def person_key(address: str) -> str:
    """The identity behind an e-mail address: NFKC, lower case, A-label domain, without ``+tag``.

    ``Rosa+x@EXAMPLE.com`` and ``rosa@example.com`` are one person. The only function that compares people.
    """
    local, _, domain = unicodedata.normalize("NFKC", address.strip()).rpartition("@")
    local = local.casefold().partition("+")[0] or local.casefold()
    try:
        ascii_domain = idna.encode(domain.rstrip("."), uts46=True, transitional=False).decode("ascii")
    except idna.IDNAError:
        ascii_domain = domain
    return f"{local}@{ascii_domain.lower()}"


def expand(recipients: Iterable[Recipient], groups: Mapping[str, Sequence[Recipient]]) -> tuple[Member, ...]:
    """Everyone the recipients stand for, each person once, in the order first met.

    ``groups`` maps a group's name to its members. A group that is missing or already being expanded adds nobody: both
    are diagnostics elsewhere. ``via`` lists the *outermost* groups named, for that is what a reader knows.
    """
    found: dict[str, tuple[Mailbox, set[str]]] = {}
    for recipient in recipients:
        via = recipient.group if isinstance(recipient, GroupReference) else None
        for mailbox in _mailboxes(recipient, groups):
            _, names = found.setdefault(person_key(mailbox.address), (mailbox, set()))
            if via:
                names.add(via)
    return tuple(Member(mailbox, tuple(sorted(names))) for mailbox, names in found.values())


def _mailboxes(recipient: Recipient, groups: Mapping[str, Sequence[Recipient]]) -> Iterable[Mailbox]:
    """Depth first, each group once: met again it would add nobody. No recursion, for groups may nest without limit."""
    seen: set[str] = set()
    waiting: list[Recipient] = [recipient]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mailbox):
            yield each
        elif each.group not in seen:
            seen.add(each.group)
            waiting.extend(reversed(groups.get(each.group, ())))
