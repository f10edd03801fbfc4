"""What of a value tells a sample from a real mail: an id, a time, a person; and whether a constant is all it is made of.

Types carry it (``tells``) wherever the value goes: through filters, variables, macros, lists. A template that compares such a
value with a constant may read otherwise in a real mail than in every preview.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from reconciler.messages.checking.filtertypes import Misfit
from reconciler.messages.contexts.shape import ListOf, Nullable, ObjectType, ScalarType, Type, Unknown

CONSTANT = "a constant"
_REPLACED = ", with words in it replaced"
SUMMARY = "Compared with a constant"
_HINT = (
    "Ask for what the manifests say instead (`task.name`, `request.type.name`, `fields`, `parameters`, `environment`, "
    "`recipient.language`, `recipient.external`), or compare two variables."
)


def tells_of(value: Type) -> str:
    """``an id``, ``a time``, ``a person``, `CONSTANT`, or nothing; of a list what its items tell."""
    while isinstance(value, Nullable | ListOf):
        value = value.inner if isinstance(value, Nullable) else value.item
    return value.tells if isinstance(value, ScalarType | ObjectType | Unknown) else ""


def set_telling(value: Type, tells: str) -> Type:
    """The type, telling just that."""
    if isinstance(value, Nullable):
        return replace(value, inner=set_telling(value.inner, tells))
    if isinstance(value, ListOf):
        return replace(value, item=set_telling(value.item, tells))
    return (
        replace(value, tells=tells)
        if isinstance(value, ScalarType | ObjectType | Unknown) and value.tells != tells
        else value
    )


def join_telling(values: Iterable[Type]) -> str:
    """What is told by a value that is made of these: all it can; a constant where they all are."""
    found = [tells_of(value) for value in values]
    telling = next((tells for tells in found if tells and tells != CONSTANT), "")
    return telling or (CONSTANT if found and all(found) else "")


def mark_replaced(value: Type) -> Type:
    """After a filter that takes constants out: whether something is left is a comparison, too."""
    tells = tells_of(value)
    return value if tells in ("", CONSTANT) or tells.endswith(_REPLACED) else set_telling(value, tells + _REPLACED)


def check_comparison(label: str, value: Type, others: Iterable[Type]) -> Misfit | None:
    """The warning where the value tells something, and is held against a constant."""
    tells = tells_of(value)
    if tells in ("", CONSTANT) or not any(tells_of(other) == CONSTANT for other in others):
        return None
    return _said(label, tells, "is compared with a constant")


def check_condition(label: str, value: Type) -> Misfit | None:
    """The warning where a condition hangs on what was left of the value."""
    return _said(label, tells_of(value), "is a condition") if tells_of(value).endswith(_REPLACED) else None


def is_plain(node: Any) -> bool:
    """Whether an expression is a constant that stands for nothing: text without letters, zero, true, false, none."""
    return type(node).__name__ == "Const" and (not node.value or node.value is True)


def _said(label: str, tells: str, done: str) -> Misfit:
    said = f"`{label}` tells {tells}, and {done}: a sample has another one than a real mail, so that no preview shows both cases."
    return Misfit(SUMMARY, said, _HINT, warning=True)
