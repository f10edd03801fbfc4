"""Rewriting: everything in a template that can grow or repeat passes a counting filter, whose name no template can write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from reconciler.messages.language.grammar import name_kind, weigh


class Counting(NodeTransformer):
    """Puts the counting filters into a tree that the grammar has let through."""

    def get_visitor(self, node: nodes.Node) -> Any:
        """The rewriting of this kind of node, None where only what is inside matters."""
        return _REWRITES.get(name_kind(node))

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        """The node with everything inside it rewritten, then itself."""
        if name_kind(node) in _LINKING:
            return node
        self.generic_visit(node)
        for part in ("body", "else_"):
            body = getattr(node, part, None)
            if body or (part == "body" and isinstance(body, list)):
                every = [*body, *getattr(node, "defaults", ())]  # a macro's are worked out anew at each call
                setattr(node, part, [_tick(every, node.lineno, begun=name_kind(node) == "Template"), *body])
        rewrite = self.get_visitor(node)
        return rewrite(node) if rewrite else node


_LINKING = frozenset({"Include", "Extends", "Import", "FromImport"})


def _loop(node: nodes.For) -> nodes.Node:
    node.iter = _count("#each", node.iter)
    if node.test is not None:
        node.test = _count("#taken", node.test, nodes.Const(weigh([node.test])[0], lineno=node.lineno))
    return node


def _operand(node: nodes.Operand) -> nodes.Node:
    node.expr = _count("#searched" if node.op in ("in", "notin") else "#sized", node.expr)
    return node


def _getitem(node: nodes.Getitem) -> nodes.Node:
    return _count("#sized", node) if name_kind(node.arg) == "Slice" else node


def _tuple(node: nodes.Tuple) -> nodes.Node:
    return _count("#sized", node) if node.ctx == "load" else node


def _constant(node: nodes.Const) -> nodes.Node:
    exact = nodes.Const(str(node.value), lineno=node.lineno)
    return _count("#decimal", exact) if isinstance(node.value, float) else node


_REWRITES: Mapping[str, Callable[[Any], nodes.Node]] = {
    "For": _loop,
    "Operand": _operand,
    "Getitem": _getitem,
    "Tuple": _tuple,
    "Const": _constant,
    "Concat": lambda node: _count("#concat", nodes.List(node.nodes, lineno=node.lineno)),
    "List": lambda node: _count("#sized", node),
    "Dict": lambda node: _count("#sized", node),
}


def _count(name: str, node: nodes.Node, *args: nodes.Expr) -> nodes.Filter:
    assert isinstance(node, nodes.Expr)
    return nodes.Filter(node, name, list(args), [], None, None, lineno=node.lineno)


_STEPS_TO_BEGIN = 20
"""What it takes to begin another template, whatever is in it."""


def _tick(body: Sequence[nodes.Node], line: int, *, begun: bool) -> nodes.Node:
    steps, characters = weigh(body)
    steps += _STEPS_TO_BEGIN if begun else 0
    return nodes.ExprStmt(_count("#tick", nodes.Const(steps, lineno=line), nodes.Const(characters, lineno=line)))
