"""Guards: checks that a plan is safe. One that trips blocks the apply until a person allows it by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from reconciler.model.configuration.address import Address
from reconciler.model.diagnostic import Place


class GuardId(StrEnum):
    DELETIONS = "deletions"
    PROTECTED = "protected"
    IN_FLIGHT = "in-flight"
    WEAKENING = "weakening"
    OWNERSHIP = "ownership"


@dataclass(frozen=True, order=True, slots=True)
class Allowance:
    """What a person allows: a guard, for one address or, where ``address`` is None, wherever it trips."""

    guard: GuardId
    address: Address | None = None

    def __str__(self) -> str:
        return f"{self.guard}={self.address}" if self.address else str(self.guard)

    def covers(self, guard: GuardId, address: Address | None) -> bool:
        """Whether a guard that tripped at ``address`` is allowed by this."""
        return self.guard is guard and self.address in (None, address)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """An allowance written down in `acknowledgements.yaml`. ``until``: the last day it holds; None without end.

    ``added``: this very change brings it (the copy stored with the last apply does not have it).
    """

    allowance: Allowance
    reason: str
    until: date | None
    place: Place
    added: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """A guard that tripped. ``message``: what and why, with the numbers. ``allowed``: what lets it pass, empty when
    nothing does (``--allow weakening=…``, ``acknowledgements.yaml:3:3``). ``address`` is None for what concerns them all.
    ``allowable`` is False where nothing can allow it. ``acknowledgement``: the entry that does, where it is one.
    ``remedy``: the end of the message that says what would let it pass, empty where it says no such thing."""

    id: GuardId
    address: Address | None
    message: str
    allowed: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict)
    allowable: bool = True
    acknowledgement: Acknowledgement | None = None
    remedy: str = ""

    @property
    def trouble(self) -> str:
        """The message without its last words, the remedy, for a view that has a place of its own for that."""
        return self.message.removesuffix(self.remedy).rstrip()

    @property
    def blocks(self) -> bool:
        """Whether the apply stops here."""
        return not self.allowed

    @property
    def allowance(self) -> Allowance:
        """What would let it pass."""
        return Allowance(self.id, self.address)
