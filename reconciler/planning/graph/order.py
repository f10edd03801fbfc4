"""The order changes are carried out in: creates and updates after what they need, then deletes before what they needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change
from reconciler.model.errors import Bug
from reconciler.planning.graph.reference_graph import Graph


def order_changes(changes: Iterable[Change], desired: Graph, stored: Graph) -> tuple[Change, ...]:
    """The changes in order: by distance from what needs nothing, then by address; deletes last and the other way round.

    Deletes come last because an update may be what lets go of a resource. The order does not depend on the order of the
    input, nor on resources that no change needs. The graphs have no cycle: see `cycles`.
    """
    changes = list(changes)
    stay, go = measure_depths(desired), measure_depths(stored)
    puts = [change for change in changes if change.action is not Action.DELETE]
    deletes = [change for change in changes if change.action is Action.DELETE]
    puts.sort(key=lambda change: (stay.get(change.address, 0), change.address))
    deletes.sort(key=lambda change: (-go.get(change.address, 0), change.address))
    return (*puts, *deletes)


def measure_depths(graph: Graph) -> dict[Address, int]:
    """How many steps each resource stands above one that needs nothing, by the longest way; linear in the graph."""
    found = _list_levels(graph)
    if len(found) < len(graph):
        raise Bug("Resources that need each other reached the planner; this is a bug in reconciler")
    return found


def _list_targets(graph: Graph, node: Address) -> list[Address]:
    return [target for target in graph[node] if target in graph]


def _reverse(graph: Graph) -> dict[Address, tuple[Address, ...]]:
    above: dict[Address, list[Address]] = {node: [] for node in graph}
    for node in graph:
        for target in _list_targets(graph, node):
            above[target].append(node)
    return {node: tuple(nodes) for node, nodes in above.items()}


def _list_levels(graph: Graph) -> dict[Address, int]:
    """The depth of everything that can be ordered: what stands in a cycle, or above one, is missing."""
    waiting = {node: len(_list_targets(graph, node)) for node in graph}
    needed_by = _reverse(graph)
    ready = deque(node for node, count in waiting.items() if count == 0)
    found = dict.fromkeys(ready, 0)
    while ready:
        node = ready.popleft()
        for above in needed_by[node]:
            found[above] = max(found.get(above, 0), found[node] + 1)
            waiting[above] -= 1
            if waiting[above] == 0:
                ready.append(above)
    return {node: depth for node, depth in found.items() if waiting[node] == 0}
