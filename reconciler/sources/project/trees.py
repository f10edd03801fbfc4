"""Documents as trees whose every value knows its place: what merging and filling in need, and a document again after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.model.configuration.resource import Document, Path
from reconciler.model.diagnostic import Place


@dataclass(frozen=True, slots=True)
class Tree:
    """``value``: a scalar, a dict of trees or a list of trees. ``key``: the place of the key it stands under, if any."""

    value: Any
    place: Place
    key: Place | None = None

    @property
    def named(self) -> str | None:
        """The text under ``name``, for a map that has one."""
        name = self.value.get("name") if isinstance(self.value, dict) else None
        return name.value if name is not None and isinstance(name.value, str) else None


def make_tree(document: Document, path: Path = ()) -> Tree:
    """The document, or the part of it at the path."""
    data = document.data
    for step in path:
        data = data[step]
    return _tree(document, data, path)


def make_document(tree: Tree, file: str) -> Document:
    """The tree as a document of that file; places lead to wherever each value was written."""
    values: dict[Path, Place] = {}
    keys: dict[Path, Place] = {}
    return Document(_flat(tree, (), values, keys), file, values, keys)


def make_plain(tree: Tree) -> Any:
    """The tree without its places."""
    return _flat(tree, (), {}, {})


def map_texts(tree: Tree, change: Callable[[str, Place], Any]) -> Tree:
    """The tree with every text replaced by what ``change`` makes of it: a text, or plain data."""
    if isinstance(tree.value, dict):
        return Tree({key: map_texts(item, change) for key, item in tree.value.items()}, tree.place, tree.key)
    if isinstance(tree.value, list):
        return Tree([map_texts(item, change) for item in tree.value], tree.place, tree.key)
    if not isinstance(tree.value, str):
        return tree
    made = change(tree.value, tree.place)
    return tree if made is tree.value else _standing_at(made, tree.place, tree.key)


def _tree(document: Document, data: Any, path: Path) -> Tree:
    key = document.keys.get(path)
    if isinstance(data, Mapping):
        return Tree({k: _tree(document, v, (*path, k)) for k, v in data.items()}, document.place(path), key)
    if isinstance(data, list):
        return Tree([_tree(document, v, (*path, i)) for i, v in enumerate(data)], document.place(path), key)
    return Tree(data, document.place(path), key)


def _standing_at(data: Any, place: Place, key: Place | None = None) -> Tree:
    if isinstance(data, Mapping):
        return Tree({k: _standing_at(v, place, place) for k, v in data.items()}, place, key)
    if isinstance(data, list):
        return Tree([_standing_at(v, place) for v in data], place, key)
    return Tree(data, place, key)


def _flat(tree: Tree, path: Path, values: dict[Path, Place], keys: dict[Path, Place]) -> Any:
    values[path] = tree.place
    if tree.key is not None:
        keys[path] = tree.key
    if isinstance(tree.value, dict):
        return {key: _flat(item, (*path, key), values, keys) for key, item in tree.value.items()}
    if isinstance(tree.value, list):
        return [_flat(item, (*path, index), values, keys) for index, item in enumerate(tree.value)]
    return tree.value
