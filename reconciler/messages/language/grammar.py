"""What a template may consist of. Works on the parsed template by the names of its nodes, so that jinja2 stays out.

The list is of what is allowed: a kind of node that is not named here, one of a later jinja2 too, is refused.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.messages.language.arithmetic import TESTS
from reconciler.messages.language.filters import FILTERS
from reconciler.messages.language.limits import MAX_DEPTH, MAX_FAULTS, MAX_NESTED, MAX_NODES, MAX_NUMBER, TemplateFault

_WEIGHTS = {"Block": 8, "Macro": 4}
"""Statements that become functions of their own take longer to read."""

_BODIES = frozenset({"Block", "For", "If", "Macro", "With", "AssignBlock"})
_LINKING = frozenset({"Extends", "Include", "Import", "FromImport"})
_ALLOWED = (
    _BODIES
    | _LINKING
    | {"Template", "Output", "Assign", "TemplateData", "Const", "Name", "Tuple", "List", "Dict", "Pair"}
)
_ALLOWED |= {
    "Add",
    "Sub",
    "Mul",
    "Div",
    "FloorDiv",
    "Mod",
    "Neg",
    "Pos",
    "And",
    "Or",
    "Not",
    "Compare",
    "Operand",
    "Concat",
}
_ALLOWED |= {"CondExpr", "Getattr", "Getitem", "Slice", "Filter", "Test", "Call", "Keyword"}
_REFUSED = {
    "Pow": "Powers (`**`) are",
    "CallBlock": "`{% call %}` is",
    "NSRef": "Namespaces are",
    "FilterBlock": "`{% filter %}` is",
    "Scope": "`{% autoescape %}` is",
    "ScopedEvalContextModifier": "`{% autoescape %}` is",
}
_RESERVED = frozenset({"varargs", "kwargs", "caller"})
NOT_ALLOWED = "Not allowed in templates"


@dataclass(frozen=True, slots=True)
class Link:
    """Another template that a template names, and the line where it does."""

    name: str
    line: int


def name_kind(node: Any) -> str:
    """The name of the node's class."""
    return type(node).__name__


def walk(tree: Any) -> Iterator[tuple[Any, int, int]]:
    """Every node, with how deep it stands, and inside how many statements with a body. Needs no recursion."""
    waiting = [(tree, 0, 0)]
    while waiting:
        node, depth, nested = waiting.pop()
        yield node, depth, nested
        inside = nested + (name_kind(node) in _BODIES)
        waiting.extend((child, depth + 1, inside) for child in node.iter_child_nodes())


def suggest_instead(name: str, known: Iterable[str]) -> str:
    """``Did you mean `x`?``, or nothing."""
    lower = {each.lower(): each for each in known}
    close = difflib.get_close_matches(name.lower(), lower, 1, 0.6)
    return f"Did you mean `{lower[close[0]]}`?" if close else ""


def find_links(tree: Any) -> list[Link]:
    """Templates named by extends, include and import, each once, in order of lines; names that are no constants are left out."""
    found = [
        Link(node.template.value, node.lineno)
        for node, _, _ in walk(tree)
        if name_kind(node) in _LINKING and _is_text(node.template)
    ]
    first = {link.name: link for link in sorted(found, key=lambda link: -link.line)}
    return sorted(first.values(), key=lambda link: link.line)


def list_refusals(tree: Any, template: str) -> list[TemplateFault]:
    """Everything in the template that is not allowed, whatever it sees."""
    found: list[TemplateFault] = []
    size = 0
    for node, depth, nested in walk(tree):
        size += _WEIGHTS.get(name_kind(node), 1)
        if size > MAX_NODES:
            return [refuse_size(template, getattr(node, "lineno", 1))]
        if depth > MAX_DEPTH or nested > MAX_NESTED:
            said = f"Statements or brackets stand more than {MAX_DEPTH} deep in each other."
            return [_refusal(template, node, said, _SPLIT)]
        found += [_refusal(template, node, said, hint) for said, hint in _list_node_faults(node)]
        if len(found) > MAX_FAULTS:
            break
    return sorted(dict.fromkeys(found), key=lambda fault: fault.line)


def weigh(body: Iterable[Any]) -> tuple[int, int]:
    """How many nodes stand in a body, and how many characters it writes itself; bodies inside it are left out."""
    steps = characters = 0
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        steps += 1
        characters += len(node.data) if name_kind(node) == "TemplateData" else 0
        waiting.extend(node.iter_child_nodes(exclude=("body", "else_")))
    return steps, characters


def refuse_size(template: str, line: int) -> TemplateFault:
    """The fault of a template, or of all of one mail, that would take too long to read."""
    said = f"The template has more than {MAX_NODES:,} names, numbers and statements, or the mail twice as many."
    return TemplateFault(template, line, NOT_ALLOWED, said, "Leave parts out, or send them in a mail of their own.")


_SPLIT = "Move a part into a template of its own and include it."


def _refusal(template: str, node: Any, detail: str, hint: str) -> TemplateFault:
    summary = NOT_ALLOWED
    if detail.startswith("There is no "):
        summary = "Unknown filter" if "filter" in detail else "Unknown test"
    return TemplateFault(template, getattr(node, "lineno", None) or 1, summary, detail, hint)


def _list_node_faults(node: Any) -> Iterator[tuple[str, str]]:
    name = name_kind(node)
    if name not in _ALLOWED:
        yield f"{_REFUSED.get(name, 'This is')} not available in templates.", "See docs/templates.md."
    elif name == "Filter" and node.name not in FILTERS:
        yield f"There is no filter `{node.name}`.", suggest_instead(node.name, FILTERS) or _all("Filters", FILTERS)
    elif name == "Test" and node.name not in TESTS:
        yield f"There is no test `{node.name}`.", suggest_instead(node.name, TESTS) or _all("Tests", TESTS)
    elif name in _LINKING:
        yield from _list_link_faults(node, name)
    elif name == "Const":
        yield from _list_constant_faults(node)
    else:
        yield from _use_faults(node, name)


def _all(what: str, names: Iterable[str]) -> str:
    return f"{what}: {', '.join(sorted(name for name in names if name.isalpha()))}."


def _list_link_faults(node: Any, name: str) -> Iterator[tuple[str, str]]:
    if not _is_text(node.template):
        yield "The name of another template must stand there as plain text.", 'Write `{% include "footer.html.j2" %}`.'
    if name == "Include" and node.ignore_missing:
        yield "`ignore missing` is not available: a template that is missing is an error.", "Leave it out."


def _list_constant_faults(node: Any) -> Iterator[tuple[str, str]]:
    value = node.value
    if isinstance(value, int | float) and not abs(value) <= MAX_NUMBER:
        yield "A number has more than 30 digits.", "Write a smaller number, or text in quotes."


def _use_faults(node: Any, name: str) -> Iterator[tuple[str, str]]:
    if name == "Name" and node.name in _RESERVED:
        yield f"`{node.name}` is not available in templates.", "Give the macro a parameter with a name of its own."
    elif name in ("Call", "Filter", "Test") and (node.dyn_args or node.dyn_kwargs):
        yield "Arguments with `*` or `**` are not available in templates.", "Write each argument out."
    elif name == "Call" and not _is_callable(node.node):
        yield "Methods and functions cannot be called in templates.", "Use a filter: `{{ name | upper }}`."
    elif name == "AssignBlock" and node.filter is not None:
        yield "A filter on a `{% set %}` block is not available.", "Use the filter where the variable is printed."
    elif name == "For" and node.recursive:
        yield "Recursive loops are not available in templates.", "Use a macro."
    elif name == "Getattr" and node.attr.startswith("_"):
        yield f"`{node.attr}` is not a variable.", "Names of variables never begin with `_`."


def _is_callable(node: Any) -> bool:
    """A macro or ``super`` by its name; a block of ``self``, or a macro of an imported template."""
    return name_kind(node) == "Name" or (name_kind(node) == "Getattr" and name_kind(node.node) == "Name")


def _is_text(node: Any) -> bool:
    return name_kind(node) == "Const" and isinstance(node.value, str)
