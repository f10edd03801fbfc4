"""What a condition of a template says about null: which variables are there when it holds, and when it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reconciler.messages.language.grammar import name_kind

Keys = frozenset[str]
NOTHING: Keys = frozenset()


def find_key(node: Any) -> str | None:
    """``request.grant.until`` for a variable or a member of one; None for any other expression."""
    name = name_kind(node)
    if name == "Name":
        return str(node.name)
    if name == "Getattr":
        inner, member = find_key(node.node), node.attr
    elif name == "Getitem" and name_kind(node.arg) == "Const" and isinstance(node.arg.value, str):
        inner, member = find_key(node.node), node.arg.value
    else:
        return None
    return f"{inner}.{member}" if inner else None


def find_guards(test: Any) -> tuple[Keys, Keys]:
    """Keys that are not null when the test holds, and keys that are not null when it does not."""
    name = name_kind(test)
    if name == "Not":
        holds, fails = find_guards(test.node)
        return fails, holds
    if name == "And":
        (left, left_not), (right, right_not) = find_guards(test.left), find_guards(test.right)
        return left | right, left_not & right_not
    if name == "Or":
        (left, left_not), (right, right_not) = find_guards(test.left), find_guards(test.right)
        return left & right, left_not | right_not
    if name == "Test":
        return (NOTHING, _key(test.node)) if test.name == "none" else (_proven(test), NOTHING)
    if name == "Compare":
        return _compare(test)
    if name == "Filter" and test.name in ("length", "trim", "first", "last", "join"):
        return find_guards(test.node)[0], NOTHING
    return _key(test), NOTHING


def judge_condition(test: Any, declared: Callable[[Any], bool]) -> bool | None:
    """True or False where `is defined` alone decides the test, else None; ``declared`` says if a variable exists."""
    name = name_kind(test)
    if name == "Test" and test.name in ("defined", "undefined") and find_key(test.node):
        return declared(test.node) is (test.name == "defined")
    if name == "Not":
        inner = judge_condition(test.node, declared)
        return None if inner is None else not inner
    if name in ("And", "Or"):
        deciding = name == "Or"
        sides = judge_condition(test.left, declared), judge_condition(test.right, declared)
        if deciding in sides:
            return deciding
        return (not deciding) if sides == (not deciding, not deciding) else None
    return None


def _key(node: Any) -> Keys:
    key = find_key(node)
    return frozenset({key}) if key else NOTHING


def _proven(test: Any) -> Keys:
    """Tests that only hold for something that is there."""
    return _key(test.node) if test.name in ("string", "number", "boolean", "true", "false") else NOTHING


def _compare(test: Any) -> tuple[Keys, Keys]:
    if len(test.ops) != 1:
        return NOTHING, NOTHING
    left, right, operator = test.expr, test.ops[0].expr, test.ops[0].op
    if _is_null(left):
        left, right = right, left
    if _is_null(right):
        return {"eq": (NOTHING, _key(left)), "ne": (_key(left), NOTHING)}.get(operator, (NOTHING, NOTHING))
    if operator == "eq" and name_kind(right) == "Const":
        return _key(left), NOTHING
    return NOTHING, NOTHING


def _is_null(node: Any) -> bool:
    return name_kind(node) == "Const" and node.value is None
