"""What ``+ - * / // %`` mean in a template: numbers, times and durations, joining of texts and lists; nothing else."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

from reconciler.messages.language.limits import Breach, Budget, require_small_number

OPERATORS = frozenset({"+", "-", "*", "/", "//", "%"})

_NUMBERS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: Decimal(left) / Decimal(right),
    "//": lambda left, right: left // right,
    "%": lambda left, right: left % right,
}

_TIMES = _NUMBERS | {"/": lambda left, right: left / right}


def calculate(budget: Budget, operator: str, left: Any, right: Any) -> Any:
    """The result; raises `Breach` where the values do not fit together or the result is too large."""
    budget.spend(1)
    if left is None or right is None:
        raise Breach("May be null", f"`{operator}` meets a value that is null here.", "Guard it with `{% if … %}`.")
    if is_number(left) and is_number(right):
        return _number(operator, left, right)
    if operator == "+" and isinstance(left, str) and isinstance(right, str):
        budget.fits(len(left) + len(right))
        return budget.bounded(left + right)
    if operator == "*" and isinstance(left, str) and isinstance(right, int):
        budget.fits(len(left) * max(right, 0))
        return budget.bounded(left * right)
    if operator == "+" and isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return budget.bounded([*left, *right])
    return _time(operator, left, right)


def negate(value: Any) -> Any:
    """``-value``."""
    if is_number(value) or isinstance(value, timedelta):
        return -value
    raise Breach("Wrong type", "A minus sign stands before something that is no number.")


def is_number(value: Any) -> bool:
    """Whether it is a number; yes and no are none."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _number(operator: str, left: Any, right: Any) -> Any:
    require_small_number(left)
    require_small_number(right)
    try:
        with localcontext() as context:
            context.prec = 50
            return require_small_number(_NUMBERS[operator](left, right))
    except ArithmeticError:
        raise Breach(
            "Template failed", f"`{operator}` cannot be done: it divides by zero or grows too large."
        ) from None


def _time(operator: str, left: Any, right: Any) -> Any:
    left, right = _utc(left), _utc(right)
    moments = (datetime, date)
    fits = (
        (operator == "-" and isinstance(left, moments) and type(left) is type(right))
        or (operator in "+-" and isinstance(left, (*moments, timedelta)) and isinstance(right, timedelta))
        or (operator in ("*", "/", "//") and isinstance(left, timedelta) and type(right) is int)
    )
    if not fits:
        raise Breach("Wrong type", f"`{operator}` stands between two values that do not fit together.")
    try:
        return _TIMES[operator](left, right)
    except ArithmeticError:
        raise Breach("Template failed", "A time or duration grows too large.") from None


def _utc(value: Any) -> Any:
    """Elapsed time, not wall-clock time: Python subtracts on the clock of the zone when both sides share one."""
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value


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
