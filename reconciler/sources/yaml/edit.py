"""Changes to a written document that leave everything else in it as it is: comments, order, spelling of what is equal."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reconciler.model.configuration.resource import Path
from reconciler.sources.yaml.layout import make_node, make_scalar
from reconciler.sources.yaml.nodes import Collection, Comment, Node, NodeEntry, Scalar

Held = Callable[[Path], str]
"""Why what stands at a path cannot be written there; empty where it can."""


class Editor:
    """Brings nodes from what they mean now to what they shall mean. ``refused``: each path that `Held` holds, with its reason.

    Values are compared in their full form, in which no default is missing; ``stated`` is what is written where they differ.
    """

    def __init__(self, held: Held, sets: tuple[str, ...]) -> None:
        self.refused: list[tuple[Path, str]] = []
        self._held = held
        self._sets = {tuple(pointer.split("/")[1:]) for pointer in sets}

    def map(self, node: Collection, now: Mapping[str, Any], wanted: Mapping[str, Any], stated: Any, path: Path) -> None:
        """Edit the entries of a map; ``path`` is where it stands below the document's root."""
        for key in [*wanted, *(key for key in now if key not in wanted)]:
            if key in now and key in wanted and now[key] == wanted[key]:
                continue
            below, entry = (*path, key), node.get(key)
            given = stated.get(key) if isinstance(stated, Mapping) else None
            if (
                entry is not None
                and key in wanted
                and self._inside(entry.value, now.get(key), wanted[key], given, below)
            ):
                continue
            reason = self._held(below)
            if reason:
                self.refused.append((below, reason))
            elif entry is not None and given is None and isinstance(wanted.get(key), str | int):
                _replace(entry, make_node(wanted[key]))  # a default that somebody wrote out stays written out
            elif key not in wanted or given is None:
                node.entries = [each for each in node.entries if each is not entry]
            elif entry is None:
                node.entries.append(NodeEntry(make_scalar(key), make_node(given)))
            else:
                _replace(entry, make_node(given))
        if isinstance(wanted, OrderedDict):  # one whose order counts
            places = {key: place for place, key in enumerate(wanted)}
            node.entries.sort(key=lambda each: places.get(each.key.value if each.key else "", len(places)))

    def _inside(self, node: Node, now: Any, wanted: Any, stated: Any, path: Path) -> bool:
        """Edit below the value where both are of one shape; False where the whole has to be replaced."""
        if not isinstance(node, Collection) or stated is None:
            return False
        if isinstance(now, Mapping) and isinstance(wanted, Mapping) and node.is_map:
            self.map(node, now, wanted, stated, path)
            return True
        if not isinstance(now, list) or not isinstance(wanted, list) or node.is_map or self._held(path):
            return False
        if self._is_set(path):
            _members(node, wanted)
            return True
        if len(now) == len(wanted) == len(node.entries) == len(stated) and all(_is_map(e.value) for e in node.entries):
            for index, entry in enumerate(node.entries):
                self._inside(entry.value, now[index], wanted[index], stated[index], (*path, index))
            return True
        return False

    def _is_set(self, path: Path) -> bool:
        written = tuple("*" if isinstance(step, int) else step for step in path[1:])
        return written in self._sets


def read_data(node: Node) -> Any:
    """The value as texts, maps and lists."""
    if isinstance(node, Scalar):
        return node.value
    if node.is_map:
        return {entry.key.value: read_data(entry.value) for entry in node.entries if entry.key is not None}
    return [read_data(entry.value) for entry in node.entries]


def _is_map(node: Node) -> bool:
    return isinstance(node, Collection) and node.is_map


def _members(node: Collection, wanted: list[Any]) -> None:
    """Keep the items that stay, with their comments; the new ones come last."""
    node.entries = [entry for entry in node.entries if read_data(entry.value) in wanted]
    there = [read_data(entry.value) for entry in node.entries]
    node.entries += [NodeEntry(None, make_node(item)) for item in wanted if item not in there]


def _replace(entry: NodeEntry, value: Node) -> None:
    """Another value; what was said about parts of the old one stands above it."""
    entry.before += _comments_below(entry.value)
    value.after = entry.value.after
    entry.value = value


def _comments_below(node: Node) -> Iterator[Comment]:
    if isinstance(node, Collection):
        for entry in node.entries:
            yield from entry.before
            yield from entry.key.after if entry.key else ()
            yield from _comments_below(entry.value)
            yield from entry.value.after
        yield from node.tail
