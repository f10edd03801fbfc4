"""What a run of the runner did, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
