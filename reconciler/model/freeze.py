"""The freeze: a person's stop on all applies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.model.errors import StateFrozen


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
            "Ask them first; then let applies go on with: reconciler state thaw",
        )
