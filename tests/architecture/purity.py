"""Below the waterline nothing performs I/O, reads a clock or draws a random number."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source_tree import Finding, Import, Module, SourceTree

PURE = ("model", "approvals", "messages", "kinds", "planning", "views")

_HARMLESS = {"io": {"StringIO", "BytesIO"}, "pathlib": {"PurePath", "PurePosixPath"}}
"""What may be taken from a module that otherwise reaches the world."""

_REACHING = {
    *(
        "os",
        "io",
        "pathlib",
        "tempfile",
        "shutil",
        "glob",
        "fileinput",
        "mmap",
        "fcntl",
        "resource",
        "shelve",
        "pickle",
    ),
    *("socket", "ssl", "select", "http", "requests", "smtplib", "imaplib", "poplib", "ftplib", "sqlite3"),
    *("subprocess", "multiprocessing", "signal", "threading", "queue", "concurrent", "asyncio", "sched", "time"),
    *("random", "secrets", "uuid", "logging", "getpass", "locale", "ctypes", "importlib"),
}

_CALLS = {"open", "input", "print", "breakpoint", "eval", "exec", "compile", "__import__"}
_METHODS = {
    "now": ("datetime",),
    "utcnow": ("datetime",),
    "today": ("datetime", "date"),
    "make_msgid": ("utils", "email"),
    "localtime": ("utils", "time"),
    "request": ("urllib",),
    "urlopen": ("request",),
}
_TAKEN = {"make_msgid", "localtime", "urlopen", "urandom"}
_ATTRIBUTES = {("sys", "stdout"), ("sys", "stderr"), ("sys", "stdin"), ("sys", "argv"), ("sys", "exit")}


def impurities(tree: SourceTree) -> list[Finding]:
    """Everything below the waterline that reaches the world, a clock or chance."""
    found: list[Finding] = []
    for module in tree:
        if module.layer in PURE:
            found += [f for item in tree.imports(module) for f in _import_faults(module, item)]
            found += [Finding(module.name, line, message) for line, message in _uses(module)]
    return sorted(set(found))


def _import_faults(module: Module, item: Import) -> Iterator[Finding]:
    top = item.target.partition(".")[0]
    harmless = item.names and set(item.names) <= _HARMLESS.get(top, set())
    if top in _REACHING and not harmless:
        yield Finding(module.name, item.line, f"imports {item.target}")
    if item.target == "urllib.request" or (item.target == "urllib" and "request" in item.names):
        yield Finding(module.name, item.line, "imports urllib.request")
    for name in sorted(_TAKEN & set(item.names)):
        yield Finding(module.name, item.line, f"takes {name} from {item.target}")


def _uses(module: Module) -> Iterator[tuple[int, str]]:
    for node in module.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
            yield node.lineno, f"calls {node.func.id}()"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = _last_name(node.func.value)
            if owner in _METHODS.get(node.func.attr, ()):
                yield node.lineno, f"calls {owner}.{node.func.attr}()"
        elif isinstance(node, ast.Attribute) and (_last_name(node.value), node.attr) in _ATTRIBUTES:
            yield node.lineno, f"uses {ast.unparse(node)}"


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
