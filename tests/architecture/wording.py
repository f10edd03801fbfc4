"""Options and commands are worded in ``cli`` alone: below it faults name fields and acts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.source_tree import Finding, Module, SourceTree

TYPED = re.compile(
    r"(?<![\w-])--[a-z][a-z-]+|\breconciler (?:-C|state|run|plan|apply|show|approvals|deliveries|audit|history)\b"
)
"""What only somebody at a terminal can type."""

MAY = {
    "cli": "it is the command line",
    "operations.demo": "it runs commands, each as a process of its own",
    "kinds": "manuals of fields say where a value comes from",
    "messages.contexts": "a mail without pages names the commands that decide",
    "views.deliveries": "the runner goes by the name it is started by",
    "views.requests": "the runner again",
    "views.plan.markdown": "the comment pipelines find a plan by begins so",
    "planning.review.acknowledged": "the journal keeps what allowed a guard as it was typed",
}
"""Layers and modules in whose text they may stand, with the reason."""


def worded_below(tree: SourceTree) -> list[Finding]:
    """Texts, docstrings apart, that name an option or a command elsewhere than where commands are known."""
    return sorted(
        Finding(module.name, line, f"names “{found}”, which only the command line knows")
        for module in tree
        if not _may(module.name.partition(".")[2])
        for line, found in _typed(module)
    )


def _may(below: str) -> bool:
    return any(below == name or below.startswith(name + ".") for name in MAY)


def _typed(module: Module) -> Iterator[tuple[int, str]]:
    told = {
        id(node.value) for node in module.nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in module.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            for found in TYPED.findall(node.value):
                yield node.lineno, found
