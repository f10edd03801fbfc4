"""Suspensions: a stop put on a resource from outside the manifests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.model.configuration.address import Address
from reconciler.model.errors import StateFrozen
from reconciler.model.wording import Act, Do, Sentence

THAW = Sentence("Ask them first; then let applies go on with: ", Do(Act.THAW))
"""What to do about a freeze."""

UNTIL_RESUMED = datetime.max.replace(tzinfo=UTC)
"""When mail is due that waits for a person to resume its server."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """Who stopped what, when, why, and until when (None: until somebody resumes it).

    ``means``: what that does, in the words of the resource's kind; known where it is told, and no part of what is stored.
    """

    address: Address
    actor: str
    at: datetime
    reason: str
    until: datetime | None = None
    means: str = ""

    def holds(self, now: datetime) -> bool:
        """Whether it still stops anything."""
        return self.until is None or now < self.until

    @property
    def end(self) -> datetime:
        """When it ends by itself; `UNTIL_RESUMED` where it does not."""
        return self.until or UNTIL_RESUMED


@dataclass(frozen=True, slots=True)
class Freeze:
    """Who stopped all applies, when and why. ``actor`` is as claimed, ``operator`` OS user and host."""

    actor: str
    operator: str
    at: datetime
    reason: str

    def fault(self) -> StateFrozen:
        """What somebody is told who wants to apply all the same."""
        return StateFrozen(
            "Applies are frozen",
            f"{self.actor} stopped all applies at {self.at:%Y-%m-%d %H:%M} UTC: {self.reason}. Nothing was changed.",
            THAW,
        )
