"""Revisions: what one commit of resources changed, kept for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action
from reconciler.model.configuration.resource import Path, Record
from reconciler.model.diagnostic import Place


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a commit comes from. ``operation``: ``apply``, ``rollback to serial 3``. ``operator``: OS user and host.

    ``commit``: of version control, as a pipeline's variables name it; empty elsewhere. ``digest``: of the plan.
    """

    operation: str = "apply"
    operator: str = ""
    commit: str = ""
    digest: str = ""
    summary: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Revised:
    """What a commit did to one address. ``previous``: the address a move came from.

    ``before`` and ``after`` are the whole records; ``before`` is that of ``previous`` where there is one.
    """

    address: Address
    action: Action
    before: Record | None = None
    after: Record | None = None
    previous: Address | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """One commit of resources. ``actor``: as claimed.

    ``complete`` is False for one made before records were kept: its changes have neither ``before`` nor ``after``.
    """

    serial: int
    at: datetime
    actor: str
    origin: Origin
    changes: tuple[Revised, ...] = ()
    complete: bool = True


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
