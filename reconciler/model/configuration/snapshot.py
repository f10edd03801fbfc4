"""Stored state at one serial, and what an apply commits to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Effect
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.revision import Origin
from reconciler.model.journal import Entry


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What applies recorded. ``lineage`` is None, and ``serial`` 0, until the first apply commits."""

    lineage: str | None = None
    serial: int = 0
    resources: Mapping[Address, Record] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Commit:
    """One apply as a value: everything that changes in its one transaction.

    ``expected`` is the snapshot's (lineage, serial) the plan was made on; a commit on any other raises `Conflict`.
    ``lineage`` is what this state goes by afterwards. ``blobs`` maps SHA-256 to content, whatever is not stored yet.
    ``moves`` (old address, new address): what runs goes on under the new name, whose record is among ``put``.
    ``origin`` is kept with the revision the commit makes. ``judged``: ids of the open requests that were looked at; one that
    names a group and is not among them is a `Conflict`. None where no request can be affected.
    """

    expected: tuple[str | None, int]
    lineage: str
    put: tuple[Record, ...]
    delete: tuple[Address, ...]
    blobs: Mapping[str, bytes]
    effects: tuple[Effect, ...]
    entry: Entry
    at: datetime
    moves: tuple[tuple[Address, Address], ...] = ()
    origin: Origin = field(default_factory=Origin)
    judged: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit left: the new serial and the journal's head as ``SEQUENCE:HASH``."""

    serial: int
    head: str
