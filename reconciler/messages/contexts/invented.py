"""What samples invent: ids, times and people. All of it follows from one digest of what is desired and has the shape of real
ones, so that a template cannot tell a sample by a word that somebody looked up.

A hurdle, not the wall: that is `reconciler.planning.mail.template_edits`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reconciler.model.approvals.person import Member
from reconciler.model.canonical import hash_bytes
from reconciler.model.ids import CHANCE, make_id
from reconciler.model.mail.mailbox import Mailbox

NOW = datetime(2026, 3, 2, tzinfo=UTC)
"""When samples happen at the earliest: a Monday."""

HOME = "example.com"
"""Where invented people are at home while nobody says where."""

_GIVEN = "Ada Bruno Carla Dario Edith Felix Greta Henri Irene Jonas Klara Leon Marta Niklas Olivia Pascal".split()  # noqa: SIM905
_FAMILY = "Amsel Brandt Costa Dahl Engel Falk Grimm Holm Ibsen Jansen Keller Lorenz Meyer Nagel Olsen Petri".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Invented:
    """``seed``: SHA-256 over the digests of all desired records; ``domain``: where invented people have their mailboxes."""

    seed: str = ""
    domain: str = HOME

    @property
    def now(self) -> datetime:
        """A moment between Monday and Friday, seven and four."""
        clock = timedelta(hours=7 + self._number("hour", 9), seconds=self._number("second", 3600))
        return NOW + clock + timedelta(days=self._number("day", 5), microseconds=self._number("instant", 1_000_000))

    def after(self, what: str, seconds: int) -> datetime:
        """A moment less than so many seconds later."""
        return self.now + timedelta(microseconds=self._number(what, seconds * 1_000_000))

    def id(self, prefix: str) -> str:
        """As `reconciler.model.ids.make_id` makes it, of the moment samples happen."""
        return make_id(prefix, int(self.now.timestamp() * 1000), self._number(prefix, 1 << CHANCE))

    def person(self, number: int, *, via: tuple[str, ...] = ()) -> Member:
        """The first, second or third; never the same."""
        given = _GIVEN[(self._number("given", len(_GIVEN)) + 5 * number) % len(_GIVEN)]
        family = _FAMILY[(self._number("family", len(_FAMILY)) + 3 * number) % len(_FAMILY)]
        return Member(Mailbox(f"{given}.{family}@{self.domain}".lower(), f"{given} {family}"), via)

    def _number(self, what: str, below: int) -> int:
        return int(hash_bytes(f"{self.seed} {what}".encode()), 16) % below
