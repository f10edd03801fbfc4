"""One document laid over another: maps merge, null restores the default, lists whose items have names merge by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Path
from reconciler.model.diagnostic import Diagnostic, make_error
from reconciler.model.suggestion import list_words
from reconciler.sources.project.trees import Tree

NOTHING_HIT = "Overlay hits nothing"


def merge_trees(base: Tree, over: Tree) -> Tree:
    """``base`` with ``over`` laid over it; laying the same over the result again changes nothing.

    In a list that merges by name ``{name: x, remove: true}`` removes, and what is new comes last. Any other list, and any
    scalar, replaces what stands there. What ``over`` takes away and ``base`` does not have is told by `find_misses`.
    """
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        return Tree(_merge_map(base.value, over.value), base.place, base.key)
    if _by_name(base) and _by_name(over):
        return Tree(_merge_list(base.value, over.value), base.place, base.key)
    # What says the same again has not written the value: places lead to where it comes from.
    return base if _alike(base.value, over.value) else _new(over)


def find_misses(base: Tree, over: Tree, address: Address | None, path: Path = ()) -> Iterator[Diagnostic]:
    """What ``over`` wants to take away and ``base`` does not have: most often a misspelt name."""
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        for key, item in over.value.items():
            if key in base.value:
                yield from find_misses(base.value[key], item, address, (*path, key))
            elif item.value is None:
                detail = f'"{key}" is set to nothing here to restore its default, and the manifest does not set it.'
                yield make_error(
                    NOTHING_HIT, detail, item.key or item.place, address, "Correct the name, or remove the line."
                )
    elif _by_name(base) and _by_name(over):
        named = {item.named: item for item in base.value}
        known = list_words(map(str, named))
        for item in over.value:
            if item.named in named:
                yield from find_misses(named[item.named], item, address, path)
            elif _removes(item):
                detail = f'There is no "{item.named}" to remove.'
                yield make_error(NOTHING_HIT, detail, item.place, address, f"The list has: {known}.")


def _alike(base: Any, over: Any) -> bool:
    return type(base) is type(over) and not isinstance(base, dict | list) and bool(base == over)


def _merge_map(base: Mapping[str, Tree], over: Mapping[str, Tree]) -> dict[str, Tree]:
    found = dict(base)
    for key, item in over.items():
        if item.value is None:
            found.pop(key, None)
        else:
            found[key] = merge_trees(base[key], item) if key in base else _new(item)
    return found


def _merge_list(base: list[Tree], over: list[Tree]) -> list[Tree]:
    found = {item.named: item for item in base}
    for item in over:
        if _removes(item):
            found.pop(item.named, None)
        else:
            found[item.named] = merge_trees(found[item.named], item) if item.named in found else _new(item)
    return list(found.values())


def _new(tree: Tree) -> Tree:
    """A part of an overlay that meets nothing: what it takes away is not there."""
    if isinstance(tree.value, dict):
        items = {key: _new(item) for key, item in tree.value.items() if item.value is not None}
        return Tree(items, tree.place, tree.key)
    if isinstance(tree.value, list):
        by_name = _by_name(tree)
        kept = [item for item in tree.value if not (by_name and _removes(item))]
        return Tree([_new(item) for item in kept], tree.place, tree.key)
    return tree


def _by_name(tree: Tree) -> bool:
    """Whether it is a list that merges by name: one with items, each a map with a name of its own."""
    if not isinstance(tree.value, list) or not tree.value:
        return False
    names = [item.named for item in tree.value]
    return None not in names and len(set(names)) == len(names)


def _removes(tree: Tree) -> bool:
    remove = tree.value.get("remove") if isinstance(tree.value, dict) else None
    return remove is not None and remove.value is True
