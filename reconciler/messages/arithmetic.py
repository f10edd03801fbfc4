"""What ``+ - * / // %`` mean in a template: numbers, times and durations, joining of texts and lists; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

from reconciler.messages.limits import Breach, Budget, small_number

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


def negated(value: Any) -> Any:
    """``-value``."""
    if is_number(value) or isinstance(value, timedelta):
        return -value
    raise Breach("Wrong type", "A minus sign stands before something that is no number.")


def is_number(value: Any) -> bool:
    """Whether it is a number; yes and no are none."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _number(operator: str, left: Any, right: Any) -> Any:
    small_number(left)
    small_number(right)
    try:
        with localcontext() as context:
            context.prec = 50
            return small_number(_NUMBERS[operator](left, right))
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
