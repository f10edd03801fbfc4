"""graph: resources and what they name, as the manifests have them or as they were applied."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from reconciler.kinds.protocol.world import World
from reconciler.model.configuration.address import Address
from reconciler.model.wording import Act, Do, Sentence
from reconciler.operations.configuration.desired import read_against
from reconciler.operations.configuration.show_resources import find_address
from reconciler.operations.context.applied_state import read_whole
from reconciler.operations.context.workspace import Workspace
from reconciler.planning.graph.reference_graph import ReferenceGraph, build_reference_graph


def show_graph(workspace: Workspace, words: Sequence[str] = (), *, stored: bool = False) -> ReferenceGraph:
    """All of it or, where words name resources, those, what they need and what needs them.

    Raises `InvalidManifests` for manifests with an error, `NotFound` for a word that names nothing.
    """
    world, own = _read_applied(workspace) if stored else _read_declared(workspace)
    where, see = ("in applied state", "") if stored else ("in the manifests", Sentence("See: ", Do(Act.GRAPH)))
    around = [find_address(word, world.resources, where=where, see=see) for word in words]
    return build_reference_graph(world, workspace.registry, {*own, *around}, around)


def _read_declared(workspace: Workspace) -> tuple[World, Collection[Address]]:
    desired = read_against(workspace).require_valid()
    return desired.world, desired.records.keys()


def _read_applied(workspace: Workspace) -> tuple[World, Collection[Address]]:
    world = read_whole(workspace)
    return world, world.resources.keys()
