"""The order changes are carried out in: creates and updates after what they need, then deletes before what they needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change
from reconciler.model.errors import Bug
from reconciler.planning.graph.reference_graph import Graph


def ordered(changes: Iterable[Change], desired: Graph, stored: Graph) -> tuple[Change, ...]:
    """The changes in order: by distance from what needs nothing, then by address; deletes last and the other way round.

    Deletes come last because an update may be what lets go of a resource. The order does not depend on the order of the
    input, nor on resources that no change needs. The graphs have no cycle: see `cycles`.
    """
    changes = list(changes)
    stay, go = depths(desired), depths(stored)
    puts = [change for change in changes if change.action is not Action.DELETE]
    deletes = [change for change in changes if change.action is Action.DELETE]
    puts.sort(key=lambda change: (stay.get(change.address, 0), change.address))
    deletes.sort(key=lambda change: (-go.get(change.address, 0), change.address))
    return (*puts, *deletes)


def depths(graph: Graph) -> dict[Address, int]:
    """How many steps each resource stands above one that needs nothing, by the longest way; linear in the graph."""
    found = _levels(graph)
    if len(found) < len(graph):
        raise Bug("Resources that need each other reached the planner; this is a bug in reconciler")
    return found


def cycles(graph: Graph) -> tuple[tuple[Address, ...], ...]:
    """One shortest cycle for each knot of resources that need each other, each from its first address on; sorted.

    A resource that needs itself is a cycle of one. Empty when the graph can be ordered.
    """
    backwards, found, seen = _reversed(graph), [], set[Address]()
    for node in sorted(_knotted(graph)):
        if node in seen:
            continue
        seen |= _reachable(graph, node) & _reachable(backwards, node)
        cycle = _shortest_cycle(graph, node)
        if cycle:
            found.append(cycle)
    return tuple(found)


def _targets(graph: Graph, node: Address) -> list[Address]:
    return [target for target in graph[node] if target in graph]


def _reversed(graph: Graph) -> dict[Address, tuple[Address, ...]]:
    above: dict[Address, list[Address]] = {node: [] for node in graph}
    for node in graph:
        for target in _targets(graph, node):
            above[target].append(node)
    return {node: tuple(nodes) for node, nodes in above.items()}


def _levels(graph: Graph) -> dict[Address, int]:
    """The depth of everything that can be ordered: what stands in a cycle, or above one, is missing."""
    waiting = {node: len(_targets(graph, node)) for node in graph}
    needed_by = _reversed(graph)
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


def _knotted(graph: Graph) -> set[Address]:
    """What cannot be ordered from below nor from above: the cycles, and what stands between two of them."""
    below = _levels(graph)
    rest = {node: targets for node, targets in graph.items() if node not in below}
    return set(rest) - set(_levels(_reversed(rest)))


def _reachable(graph: Graph, start: Address) -> set[Address]:
    found, waiting = {start}, [start]
    while waiting:
        for target in _targets(graph, waiting.pop()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


def _shortest_cycle(graph: Graph, start: Address) -> tuple[Address, ...]:
    """The nodes of a shortest way from ``start`` back to it; empty when there is none."""
    came_from: dict[Address, Address] = {}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for target in _targets(graph, node):
            if target == start:
                return _way(came_from, start, node)
            if target not in came_from:
                came_from[target] = node
                waiting.append(target)
    return ()


def _way(came_from: dict[Address, Address], start: Address, end: Address) -> tuple[Address, ...]:
    way = [end]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return tuple(reversed(way))
