"""Where the values of a resource come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.model.address import Address
from reconciler.model.diagnostic import Place
from reconciler.model.resource import Path
from reconciler.model.revision import Revision


@dataclass(frozen=True, slots=True)
class ValueOrigin:
    """One value. ``place`` is None for a default. ``serial``: the revision that changed it last; None where not known."""

    path: Path
    value: Any
    place: Place | None
    serial: int | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """``values``: of the manifests, or of the stored record where no manifest names it (``declared`` is None then).

    ``last``: the revision that changed the resource last. ``note``: what a reader has to know besides, may be empty.
    """

    address: Address
    declared: Place | None
    values: tuple[ValueOrigin, ...]
    last: Revision | None
    applied: bool
    note: str = ""
