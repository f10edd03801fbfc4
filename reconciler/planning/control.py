"""How a plan shifts who decides and under which rules."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.change import Change
from reconciler.model.control import ControlChange
from reconciler.planning.ground import Ground


def control_changes(changes: Iterable[Change], ground: Ground) -> tuple[ControlChange, ...]:
    return ()
