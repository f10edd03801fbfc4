"""The tests of templates (``x is none``): small pure functions from a value and arguments to yes or no.

``defined`` and ``undefined`` are not here: only the renderer knows what a variable that does not exist looks like.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from reconciler.messages.arithmetic import is_number
from reconciler.messages.limits import Breach

Predicate = Callable[..., bool]


def _divisible(value: Any, by: Any) -> bool:
    if not (is_number(value) and is_number(by)) or by == 0:
        raise Breach("Wrong type", "The test `divisibleby` works on two numbers, the second not zero.")
    return bool(value % by == 0)


def _contained(value: Any, container: Any) -> bool:
    if not isinstance(container, str | list | tuple | Mapping):
        raise Breach("Wrong type", "The test `in` needs a list or a text to look in.")
    return value in container


PREDICATES: Mapping[str, Predicate] = {
    "boolean": lambda value: isinstance(value, bool),
    "divisibleby": _divisible,
    "eq": operator.eq,
    "equalto": operator.eq,
    "==": operator.eq,
    "even": lambda value: _divisible(value, 2),
    "false": lambda value: value is False,
    "ge": operator.ge,
    ">=": operator.ge,
    "greaterthan": operator.gt,
    "gt": operator.gt,
    ">": operator.gt,
    "in": _contained,
    "le": operator.le,
    "<=": operator.le,
    "lessthan": operator.lt,
    "lt": operator.lt,
    "<": operator.lt,
    "ne": operator.ne,
    "!=": operator.ne,
    "none": lambda value: value is None,
    "number": is_number,
    "odd": lambda value: not _divisible(value, 2),
    "string": lambda value: isinstance(value, str),
    "true": lambda value: value is True,
}

TESTS = frozenset(PREDICATES) | {"defined", "undefined"}
"""Every test a template may use."""
