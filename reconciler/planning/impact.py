"""How far a plan reaches."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.change import Change
from reconciler.model.impact import Impact
from reconciler.planning.ground import Ground


def impact_of(changes: Iterable[Change], ground: Ground) -> Impact:
    return Impact()
