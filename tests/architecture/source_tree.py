"""A package's source as the rules see it: modules, what each imports and where, and how long its parts are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True, order=True)
class Finding:
    """One broken rule. ``module`` in full, ``line`` from 1."""

    module: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Import:
    """One imported module. ``names``: what is taken from it. ``lazy``: inside a function. ``reason``: a comment beside it."""

    target: str
    names: tuple[str, ...]
    line: int
    lazy: bool
    reason: bool


@dataclass(frozen=True)
class Module:
    name: str
    text: str
    is_package: bool

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def layer(self) -> str:
        """The part after the package's own name: ``planning``; ``wiring`` for a single file; empty for the root."""
        return self.name.partition(".")[2].partition(".")[0]

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the tree, in the order of `ast.walk`."""
        return list(ast.walk(self.tree))

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def has_comment(self, line: int) -> bool:
        """Whether the line, or the one above it, gives a reason in words; a linter's directive is none."""
        beside = self.lines[line - 1].partition("#")[2].strip()
        above = self.lines[line - 2].strip() if line > 1 else ""
        directive = beside.startswith(("noqa", "type:"))
        return bool(beside and not directive) or above.startswith("#")


class SourceTree:
    """All modules of the package in ``folder``, by full name."""

    def __init__(self, folder: Path) -> None:
        self.package = folder.name
        self.modules = {module.name: module for module in _read(folder)}
        self._imports: dict[str, list[Import]] = {}

    def __iter__(self) -> Iterator[Module]:
        return iter(self.modules.values())

    def imports(self, module: Module) -> list[Import]:
        """Everything the module imports. What is taken from a package and is a module counts as that module.

        Looked for once: most rules ask, of every module.
        """
        if module.name not in self._imports:
            self._imports[module.name] = self._find_imports(module)
        return self._imports[module.name]

    def _find_imports(self, module: Module) -> list[Import]:
        lazy = {id(inner) for function in module.functions() for inner in ast.walk(function)}
        found: list[Import] = []
        for node in module.nodes:
            for target, names in self._targets(module, node):
                line = getattr(node, "lineno", 1)
                found.append(Import(target, names, line, id(node) in lazy, module.has_comment(line)))
        return found

    def ours(self, target: str) -> bool:
        return target == self.package or target.startswith(self.package + ".")

    def _targets(self, module: Module, node: ast.AST) -> Iterator[tuple[str, tuple[str, ...]]]:
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from self._from(_absolute(module, node), [alias.name for alias in node.names])
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant):
                yield str(first.value), ()

    def _from(self, base: str, names: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        modules = [name for name in names if f"{base}.{name}" in self.modules]
        others = tuple(name for name in names if name not in modules)
        yield from ((f"{base}.{name}", ()) for name in modules)
        if others:
            yield base, others


def _read(folder: Path) -> Iterator[Module]:
    for path in sorted(folder.rglob("*.py")):
        parts = [folder.name, *path.relative_to(folder).with_suffix("").parts]
        is_package = parts[-1] == "__init__"
        yield Module(".".join(parts[:-1] if is_package else parts), path.read_text(encoding="utf-8"), is_package)


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    keep = len(parts) - node.level + (1 if module.is_package else 0)
    return ".".join([*parts[:keep], *([node.module] if node.module else [])])


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
