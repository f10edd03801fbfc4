"""One door per library: who may import what is not ours."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterator

from tests.architecture.source_tree import Finding, SourceTree

DOORS: dict[str, tuple[str, ...]] = {
    "ruamel": ("sources",),
    "_ruamel_yaml": ("sources",),
    "deepdiff": ("planning.graph.diff",),
    # strangers' templates, and a page of our own: the web will have its own environment for its pages too
    "jinja2": ("messages.language.render", "messages.language.counting", "views.plan.html"),
    "markupsafe": ("messages.language.render", "views.plan.html"),
    "css_inline": ("messages.compose.mime",),
    "inscriptis": ("messages.compose.mime",),
    "email_validator": ("model.mail.mailbox",),
    "idna": ("model.approvals.person", "kinds.smtp_server.spec"),
    "pydantic": ("kinds", "planning.graph.pointer", "operations.walled.work"),
    "pydantic_core": ("kinds",),
    "click": ("cli",),
    "rich": ("cli",),
    "aiosmtpd": ("testkit",),
    "asyncio": ("testkit",),
    "smtplib": ("delivery.smtp",),
    "sqlite3": ("state.sqlite",),
    "psycopg": ("state.postgres",),
}
"""By top-level name: layers or modules. A library that is not of the standard library has to stand here."""


def wrong_doors(tree: SourceTree) -> list[Finding]:
    """Libraries imported elsewhere than at their door, and libraries that have none."""
    found = []
    for module in tree:
        for item in tree.imports(module):
            top = item.target.partition(".")[0]
            if tree.ours(item.target) or (top in sys.stdlib_module_names and top not in DOORS):
                continue
            if top not in DOORS:
                found.append(Finding(module.name, item.line, f"imports {top}, which has no door"))
            elif not _is_door(module.name.partition(".")[2], DOORS[top]):
                found.append(Finding(module.name, item.line, f"imports {top}; its door is {' or '.join(DOORS[top])}"))
    return sorted(found)


def _is_door(below: str, doors: tuple[str, ...]) -> bool:
    return any(below == door or below.startswith(door + ".") for door in doors)


PRINTING = frozenset({"echo", "secho", "prompt", "confirm", "echo_via_pager", "progressbar"})


def other_printing(tree: SourceTree) -> list[Finding]:
    """Calls of what prints, outside the one function that breaks what a CI runner would obey."""
    return sorted(
        Finding(module.name, node.lineno, f"prints past `{PRINTER}.echo`")
        for module in tree
        if not module.name.endswith(f".{PRINTER}")
        for node in module.nodes
        if _prints(node)
    )


PRINTER = "cli.settings"


def _prints(node: ast.AST) -> bool:
    """``print(...)``, ``click.echo`` and its like, ``sys.stdout.write(...)``."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "click":
        return node.attr in PRINTING
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    return called == "print" or called.startswith(("sys.stdout.write", "sys.stderr.write"))


WORDLESS = ("state",)
"""Layers whose faults name codes and fields (`model.next_step`): only `cli` knows commands and options."""


def worded(tree: SourceTree, commands: Collection[str]) -> list[Finding]:
    """Texts in those layers, other than docstrings, that name one of our commands or an option."""
    named = re.compile(rf"\breconciler (?:{'|'.join(commands)})\b|(?<!-)--[a-z]")
    return sorted(
        Finding(module.name, node.lineno, "names a command or an option")
        for module in tree
        if module.layer in WORDLESS
        for node in _texts(module.tree)
        if named.search(str(node.value))
    )


def _texts(tree: ast.Module) -> Iterator[ast.Constant]:
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node


OPENERS = frozenset({"read_text", "read_bytes", "write_text", "write_bytes", "open"})
FILES = (
    "sources.reading",
    "sources.writing",
    "sources.plan_key",  # made under a lock
    "sources.templates",  # built-in ones, of the package
    "sources.starter",  # the files of a new project, of the package
    "operations.demo",  # its own copy of the shipped project
    "operations.context.workspace",  # what the system says of processes
    "operations.walled",  # the child, and what it is given of the system
)
"""Who opens files above the waterline: what a stranger may have planted goes through the first two alone."""


def other_opening(tree: SourceTree) -> list[Finding]:
    """Calls that open a file by its path in ``sources`` and ``operations``, elsewhere than where links are looked at."""
    return sorted(
        Finding(module.name, node.lineno, f"opens a file past `{FILES[0]}` and `{FILES[1]}`")
        for module in tree
        if module.name.partition(".")[2].startswith(("sources.", "operations."))
        and not _is_door(module.name.partition(".")[2], FILES)
        for node in module.nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in OPENERS
    )
