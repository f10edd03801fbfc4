"""Whose mail stays at home: the project's domains, and who is outside of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.kinds.world import World
from reconciler.model.change import Change
from reconciler.planning.ground import Ground

PROJECT = "Project"
"""The kind of a project's settings, as a plan has them."""


@dataclass(frozen=True, slots=True)
class Domains:
    """The project's domains by stored and by desired state: those its settings name, else those its mail servers send from."""

    stored: frozenset[str]
    desired: frozenset[str]

    @property
    def home(self) -> frozenset[str]:
        """Who is at home for sure: who counts as external is not for a change to say. Without a stored domain it has to."""
        return self.desired & self.stored if self.stored else self.desired


def domains_of(changes: Iterable[Change], ground: Ground) -> Domains:
    """Both, for a plan."""
    specs = {address: record.spec for address, record in ground.snapshot.resources.items() if address.kind == PROJECT}
    stored = _domains(specs.values(), ground.stored)
    for change in changes:
        specs.pop(change.previous or change.address, None)
        if change.after is not None and change.address.kind == PROJECT:
            specs[change.address] = change.after.spec
    return Domains(stored, _domains(specs.values(), ground.desired))


def domain_of(address: str) -> str:
    """What stands behind the last ``@``."""
    return address.rpartition("@")[2]


def _domains(projects: Iterable[Mapping[str, Any]], world: World) -> frozenset[str]:
    named = [str(domain).lower() for spec in projects for domain in spec.get("domains") or ()]
    return frozenset(named) or frozenset(server.spec.sender.domain for server in world.of("SmtpServer"))
