"""What a condition of a template says about null: which variables are there when it holds, and when it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reconciler.messages.language.grammar import kind

Keys = frozenset[str]
NOTHING: Keys = frozenset()


def key_of(node: Any) -> str | None:
    """``request.grant.until`` for a variable or a member of one; None for any other expression."""
    name = kind(node)
    if name == "Name":
        return str(node.name)
    if name == "Getattr":
        inner, member = key_of(node.node), node.attr
    elif name == "Getitem" and kind(node.arg) == "Const" and isinstance(node.arg.value, str):
        inner, member = key_of(node.node), node.arg.value
    else:
        return None
    return f"{inner}.{member}" if inner else None


def guards(test: Any) -> tuple[Keys, Keys]:
    """Keys that are not null when the test holds, and keys that are not null when it does not."""
    name = kind(test)
    if name == "Not":
        holds, fails = guards(test.node)
        return fails, holds
    if name == "And":
        (left, left_not), (right, right_not) = guards(test.left), guards(test.right)
        return left | right, left_not & right_not
    if name == "Or":
        (left, left_not), (right, right_not) = guards(test.left), guards(test.right)
        return left & right, left_not | right_not
    if name == "Test":
        return (NOTHING, _key(test.node)) if test.name == "none" else (_proven(test), NOTHING)
    if name == "Compare":
        return _compared(test)
    if name == "Filter" and test.name in ("length", "trim", "first", "last", "join"):
        return guards(test.node)[0], NOTHING
    return _key(test), NOTHING


def verdict(test: Any, declared: Callable[[Any], bool]) -> bool | None:
    """True or False where `is defined` alone decides the test, else None; ``declared`` says if a variable exists."""
    name = kind(test)
    if name == "Test" and test.name in ("defined", "undefined") and key_of(test.node):
        return declared(test.node) is (test.name == "defined")
    if name == "Not":
        inner = verdict(test.node, declared)
        return None if inner is None else not inner
    if name in ("And", "Or"):
        deciding = name == "Or"
        sides = verdict(test.left, declared), verdict(test.right, declared)
        if deciding in sides:
            return deciding
        return (not deciding) if sides == (not deciding, not deciding) else None
    return None


def _key(node: Any) -> Keys:
    key = key_of(node)
    return frozenset({key}) if key else NOTHING


def _proven(test: Any) -> Keys:
    """Tests that only hold for something that is there."""
    return _key(test.node) if test.name in ("string", "number", "boolean", "true", "false") else NOTHING


def _compared(test: Any) -> tuple[Keys, Keys]:
    if len(test.ops) != 1:
        return NOTHING, NOTHING
    left, right, operator = test.expr, test.ops[0].expr, test.ops[0].op
    if _is_null(left):
        left, right = right, left
    if _is_null(right):
        return {"eq": (NOTHING, _key(left)), "ne": (_key(left), NOTHING)}.get(operator, (NOTHING, NOTHING))
    if operator == "eq" and kind(right) == "Const":
        return _key(left), NOTHING
    return NOTHING, NOTHING


def _is_null(node: Any) -> bool:
    return kind(node) == "Const" and node.value is None
