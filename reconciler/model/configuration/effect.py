"""Effects: what a change causes besides being recorded. A closed union of plain values.

A kind yields them from (before, after); the state turns them into rows inside the apply's transaction; the runner does
the work when it finds those rows due. No effect does network I/O.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AskApprovers:
    """Who may decide has changed: every pending request looks again at whom it has to ask. ``because``: an address."""

    because: str

    def __str__(self) -> str:
        return f"pending requests look again at whom to ask ({self.because} changed)"


@dataclass(frozen=True, slots=True)
class RetryMessages:
    """A mail server has changed: mail waiting for it is due at once. ``server``: the resource's name."""

    server: str

    def __str__(self) -> str:
        return f"mail waiting for SmtpServer/{self.server} is tried again at once"


@dataclass(frozen=True, slots=True)
class ReleaseHeld:
    """Nothing holds mail back any more: all that was held is due at once."""

    def __str__(self) -> str:
        return "mail that was held back is due at once"


@dataclass(frozen=True, slots=True)
class RetryAmbiguous:
    """Mail whose delivery was left unknown is sent again from now on, that which was held back too."""

    def __str__(self) -> str:
        return "mail whose delivery was left unknown is sent again at once"


Effect = AskApprovers | RetryMessages | ReleaseHeld | RetryAmbiguous
