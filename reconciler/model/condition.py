"""How a state is doing: what `status` counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.configuration.suspension import Freeze, Suspension


@dataclass(frozen=True, slots=True)
class ServerTrouble:
    """A mail server that could not be used when last tried. ``until``: when its mail is tried again."""

    server: str
    failures: int
    fault: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one moment. ``messages`` by state, all that were ever made; ``failed``: those that failed lately.

    ``held``: those that wait because the project's settings keep mail back.

    ``late_messages`` and ``late_requests`` have been due for longer than a runner takes to look.
    """

    messages: Mapping[str, int] = field(default_factory=dict)
    failed: int = 0
    late_messages: int = 0
    pending: int = 0
    late_requests: int = 0
    servers: tuple[ServerTrouble, ...] = ()
    held: int = 0


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is not as it should be. ``id``: a constant word; ``text``: what exactly; ``hint``: what to do."""

    id: str
    text: str
    hint: str


@dataclass(frozen=True, slots=True)
class Status:
    """How the state is doing at ``at``. ``lock``: who holds it since when. ``suspensions``: those
    in force."""

    at: datetime
    name: str
    lineage: str | None
    serial: int
    resources: int
    figures: Figures
    lock: tuple[str, datetime] | None
    freeze: Freeze | None
    suspensions: tuple[Suspension, ...]
    troubles: tuple[Trouble, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether nothing needs a person."""
        return not self.troubles


@dataclass(frozen=True, slots=True)
class RunCounts:
    """``messages`` counts delivery outcomes by message state, ``requests`` what happened to requests by event
    (``expired``, ``asked``…). Adding two gives the counts of both."""

    messages: Mapping[str, int] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: RunCounts) -> RunCounts:
        return RunCounts(_sum(self.messages, other.messages), _sum(self.requests, other.requests))

    @property
    def nothing(self) -> bool:
        """Whether nothing at all was done."""
        return not any(self.messages.values()) and not any(self.requests.values())


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in sorted({*one, *other})}
