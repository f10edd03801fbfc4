"""What a plan was made from, handed to everything that looks at it further."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.kinds.kind import Kind
from reconciler.kinds.world import World
from reconciler.model.configuration.plan import Facts
from reconciler.model.configuration.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Ground:
    """What a plan was made from."""

    stored: World
    desired: World
    snapshot: Snapshot
    facts: Facts
    registry: Mapping[str, Kind]
