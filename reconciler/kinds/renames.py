"""Renames as manifests say them: ``metadata.renamedFrom``, an earlier name of the same kind."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.kinds.world import World
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Resource
from reconciler.model.diagnostic import Diagnostic, error

CLAIMED_TWICE = "Old name claimed twice"

_PATH = ("metadata", "renamedFrom")


def rename_faults(world: World) -> Iterator[Diagnostic]:
    """A resource that says it was itself, two that say they were one, and one whose old name is in use."""
    claimed: dict[Address, Resource] = {}
    for address in sorted(world.resources):
        resource = world.resources[address]
        if not resource.metadata.renamed_from:
            continue
        old = Address(address.kind, resource.metadata.renamed_from)
        first = claimed.setdefault(old, resource)
        if old == address:
            yield _fault(resource, f"{address} says that it was renamed from itself.", "Remove renamedFrom.")
        elif first is not resource:
            said = f"{first.address} says at {first.place(_PATH)} that it was {old}, and so does {address}."
            yield _fault(resource, said, "Leave renamedFrom to the one that goes on as what it was.")
        elif old in world.resources or old in world.unread:
            where = f" at {world.resources[old].place()}" if old in world.resources else ""
            said = f"{address} says that it was {old}, but a manifest declares {old}{where}."
            yield _fault(resource, said, "Remove renamedFrom, or the resource of the old name.")


def _fault(resource: Resource, said: str, hint: str) -> Diagnostic:
    return error(
        CLAIMED_TWICE,
        f"{said} What runs under a name goes on in one place.",
        resource.place(_PATH),
        resource.address,
        hint,
    )
