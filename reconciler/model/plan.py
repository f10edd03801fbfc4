"""Plans: ordered changes, as a value that does nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.model.change import Action, Change
from reconciler.model.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True)
class Facts:
    """What planning needs to know besides desired and stored state."""

    now: datetime
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """``changes`` in the order they are carried out, without those whose action is none; ``unchanged`` counts these."""

    lineage: str | None
    serial: int
    environment: str | None
    changes: tuple[Change, ...]
    unchanged: int
    digest: str
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes

    def count(self, action: Action) -> int:
        """How many changes have this action."""
        return sum(change.action is action for change in self.changes)

    @property
    def summary(self) -> dict[str, int]:
        """Counts by action, as JSON and the journal print them."""
        return {
            "create": self.count(Action.CREATE),
            "update": self.count(Action.UPDATE),
            "delete": self.count(Action.DELETE),
            "unchanged": self.unchanged,
        }
