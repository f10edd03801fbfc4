"""House measures: short functions, modules a person can hold in mind, file names that say something."""

from __future__ import annotations

import ast
import io
import tokenize

from tests.architecture.source_tree import Finding, Module, SourceTree

EMPTY_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "base",
    "core",
    "manager",
    "service",
    "engine",
    "handler",
}
SHORT, LONG, MODULE = 20, 50, 400


def empty_names(tree: SourceTree) -> list[Finding]:
    """Files and folders whose name would fit any content."""
    named = [(module, set(module.name.split(".")[1:]) & EMPTY_NAMES) for module in tree]
    return [
        Finding(module.name, 1, f"{min(names)} says nothing about what is in it") for module, names in named if names
    ]


def long_modules(tree: SourceTree) -> list[Finding]:
    """Modules above 400 lines of code: neither blank, nor comment, nor docstring."""
    counted = [(module, code_lines(module)) for module in tree]
    return [
        Finding(module.name, 1, f"has {count} code lines; at most {MODULE}")
        for module, count in counted
        if count > MODULE
    ]


def long_functions(tree: SourceTree) -> list[Finding]:
    """Too many functions above 50 lines (more than 2 %) or above 20 (more than 20 %), docstrings not counted."""
    lengths = [(_length(function), module, function) for module in tree for function in module.functions()]
    found = []
    for limit, share in ((LONG, 0.02), (SHORT, 0.20)):
        over = [item for item in lengths if item[0] > limit]
        if len(over) > share * len(lengths):
            length, module, function = max(over, key=lambda item: item[0])
            words = f"{len(over)} of {len(lengths)} functions are over {limit} lines; the longest, {function.name}, has {length}"
            found.append(Finding(module.name, function.lineno, words))
    return found


def code_lines(module: Module) -> int:
    """Lines that hold code."""
    skip = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type not in skip:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in module.nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    total = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is None:
        return total
    return total - ((first.end_lineno or first.lineno) - first.lineno + 1)
