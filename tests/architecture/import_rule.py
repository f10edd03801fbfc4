"""Who may import whom: the table of docs/architecture.md, no cycles, nothing hidden from the rule."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from tests.architecture.source_tree import Finding, Import, Module, SourceTree

_BELOW = {"model", "approvals", "messages", "kinds", "planning", "views", "sources"}

MAY_IMPORT: dict[str, set[str]] = {
    "": set(),
    "model": set(),
    "approvals": {"model"},
    "messages": {"model"},
    "kinds": {"model", "approvals", "messages"},
    "planning": {"model", "approvals", "messages", "kinds.protocol", "kinds.*.spec"},
    "views": {"model", "planning"},
    "sources": {"kinds", "model"},
    "state": {"model"},
    "delivery": {"model"},
    "testkit": {"model"},
    "operations": {*_BELOW, "state.protocols", "delivery.protocols"},
    "operations.demo": {"testkit"},
    "wiring": {*_BELOW, "state", "delivery", "operations"},
    "runner": {"operations", "views", "wiring", "model", "kinds"},
    "cli": {"operations", "views", "wiring", "model", "kinds"},
    "cli.commands.run": {"runner"},
    "__main__": {"cli"},
}
"""By layer, or by module where one may do more: layers and modules below the package's name. A layer may import itself;
``kinds.*.spec`` is what any kind says, and nothing that it does."""


KEPT_APART: dict[str, set[str]] = {
    "state.tables": {"state.rules", "state.sql", "state.sqlite", "state.stored", "sqlite3"},
    "state.rules": {"state.sql", "state.sqlite", "state.stored", "sqlite3"},
    "state.sql": {"state.rules", "state.sqlite", "state.stored", "sqlite3"},
    "state.stored": {"state.sql", "state.sqlite", "sqlite3"},
}
"""By part of a layer, what it may not import although its layer may: modules below the package's name, and libraries."""


def parts_mixed(tree: SourceTree) -> list[Finding]:
    """Imports of what is kept apart within a layer."""
    return sorted(
        Finding(module.name, item.line, f"{part} is kept apart from {item.target}")
        for module in tree
        for part, others in KEPT_APART.items()
        if _is_below(module.name.partition(".")[2], {part})
        for item in tree.imports(module)
        if _is_below(item.target.removeprefix(f"{tree.package}."), others)
    )


def layer_faults(tree: SourceTree) -> list[Finding]:
    """Imports the table does not allow, and modules that fall in no layer."""
    return sorted(fault for module in tree for fault in _module_faults(tree, module))


def cycles(tree: SourceTree) -> list[Finding]:
    """Modules that import each other in a circle, whatever the length: one finding for each circle."""
    edges = {
        module.name: sorted({i.target for i in tree.imports(module) if i.target in tree.modules}) for module in tree
    }
    found = []
    for circle in _circles(edges):
        start = min(circle)
        turned = circle[circle.index(start) :] + circle[: circle.index(start)]
        found.append(Finding(start, 1, "imports in a circle: " + " -> ".join([*turned, start])))
    return sorted(set(found))


def hidden_imports(tree: SourceTree) -> list[Finding]:
    """Imports for the type checker alone, and imports inside a function without a reason beside them."""
    found = []
    for module in tree:
        found += [Finding(module.name, line, "imports under TYPE_CHECKING") for line in _type_checking(module)]
        for item in tree.imports(module):
            if item.lazy and not item.reason:
                found.append(
                    Finding(module.name, item.line, f"imports {item.target} lazily without a reason beside it")
                )
    return sorted(found)


def _module_faults(tree: SourceTree, module: Module) -> Iterator[Finding]:
    if module.layer not in MAY_IMPORT:
        yield Finding(module.name, 1, f"falls in no layer: {module.layer} is not in the table")
        return
    for item in tree.imports(module):
        if tree.ours(item.target) and item.target != tree.package and not _allowed(module, item):
            yield Finding(module.name, item.line, f"{module.layer or 'the root'} may not import {item.target}")


def _allowed(module: Module, item: Import) -> bool:
    below = item.target.partition(".")[2]
    if below.partition(".")[0] == module.layer:
        return True
    allowed = MAY_IMPORT[module.layer] | MAY_IMPORT.get(module.name.partition(".")[2], set())
    return _is_below(below, allowed)


def _is_below(module: str, names: Iterable[str]) -> bool:
    return any(fnmatchcase(module, name) or fnmatchcase(module, name + ".*") for name in names)


def _type_checking(module: Module) -> list[int]:
    tests = [node for node in module.nodes if isinstance(node, ast.If)]
    return [node.lineno for node in tests if "TYPE_CHECKING" in ast.unparse(node.test)]


def _circles(edges: dict[str, list[str]]) -> Iterator[list[str]]:
    """A circle through each module that is met again while it is still being followed."""
    done: set[str] = set()
    path: list[str] = []

    def follow(name: str) -> Iterator[list[str]]:
        if name in path:
            yield path[path.index(name) :]
        elif name not in done:
            path.append(name)
            for target in edges[name]:
                yield from follow(target)
            path.pop()
            done.add(name)

    for name in sorted(edges):
        yield from follow(name)
