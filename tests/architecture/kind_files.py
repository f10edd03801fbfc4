"""A kind is one folder and one line in the registry; kinds know of each other what their specs say, and no more."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from typing import Any

from tests.architecture.source_tree import Finding, SourceTree

REGISTRY = "kinds.registry"


def unregistered(tree: SourceTree) -> list[Finding]:
    """Folders of kinds/ that hold a ``kind.py`` the registry does not import."""
    registry = tree.modules[f"{tree.package}.{REGISTRY}"]
    listed = {item.target for item in tree.imports(registry)}
    return sorted(
        Finding(f"{tree.package}.kinds.{kind}", 1, "is a kind without a line in the registry")
        for kind in _kinds(tree)
        if f"{tree.package}.kinds.{kind}.kind" not in listed
    )


def acquainted(tree: SourceTree) -> list[Finding]:
    """Modules of kinds/ that import more of a kind than its spec, but for that kind's own and the registry; and modules anywhere
    else that import what a kind does."""
    kinds = _kinds(tree)
    found = []
    for module in tree:
        if module.name == f"{tree.package}.{REGISTRY}":
            continue
        own = module.name.split(".")[2:3] if module.layer == "kinds" else []
        for item in tree.imports(module):
            kind, _, part = item.target.removeprefix(f"{tree.package}.kinds.").partition(".")
            if kind in kinds and [kind] != own and (part == "kind" or (module.layer == "kinds" and part != "spec")):
                found.append(Finding(module.name, item.line, f"imports more than the spec of the kind {kind}"))
    return sorted(found)


def unlike_their_files(registry: Mapping[str, Any], folders: Collection[str]) -> list[str]:
    """Kinds whose name is not that of their folder (``EmailTask`` in ``email_task``), and folders without a kind."""
    named = {name: type(kind).__module__.split(".")[-2] for name, kind in registry.items()}
    wrong = [f"{name} stands in {folder}/" for name, folder in named.items() if folder.replace("_", "") != name.lower()]
    return sorted(wrong + [f"{folder}/ is not in the registry" for folder in folders if folder not in named.values()])


def known_by_name(tree: SourceTree, kinds: Collection[str], layer: str = "state") -> list[Finding]:
    """Names of kinds in a layer that has to do with all of them alike."""
    return sorted(
        Finding(module.name, node.lineno, f"knows the kind {node.value}")
        for module in tree
        if module.layer == layer
        for node in module.nodes
        if isinstance(node, ast.Constant) and node.value in kinds
    )


def _kinds(tree: SourceTree) -> set[str]:
    """The names of folders of kinds/ that hold a ``kind.py``; the protocol's own folder is none."""
    parts = [module.name.split(".")[1:] for module in tree]
    return {each[1] for each in parts if each[:1] == ["kinds"] and each[2:] == ["kind"]} - {"protocol"}
