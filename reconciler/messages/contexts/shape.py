"""Types of what templates see: the small language the checks of templates reason in."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin, get_type_hints

from reconciler.model.configuration.declaration import Value
from reconciler.model.duration import Duration


class View:
    """Marks the classes whose fields templates may reach. ``TELLS``: what one that is printed tells, as in `ScalarType`."""

    __slots__ = ()
    TELLS: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Namespace(View):
    """``fields`` and ``parameters``: values by declared name; one that was left out is None."""

    values: Mapping[str, Value | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScalarType:
    """A value that prints as itself. ``name`` as people say it: text, whole number, number, yes/no, date, ...

    ``tells``, here and below, is no part of what the type is; see `reconciler.messages.checking.telling`.
    """

    name: str
    tells: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; every item is of one type."""

    item: Type


@dataclass(frozen=True, slots=True)
class Nullable:
    """``inner``, or null."""

    inner: Type


@dataclass(frozen=True, slots=True)
class Labels:
    """Text by free keys; a key nobody set is null."""


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A thing with declared members. ``prints``: whether printing it makes sense. ``name`` as people say it."""

    name: str
    members: Mapping[str, Type]
    prints: bool = False
    tells: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing is known, so nothing is complained about: the rendering of the samples judges."""

    tells: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Null:
    """The literal ``none``."""


Type = ScalarType | ListOf | Nullable | Labels | ObjectType | Unknown | Null

TEXT = ScalarType("text")
INTEGER = ScalarType("whole number")
NUMBER = ScalarType("number")
BOOLEAN = ScalarType("yes or no")
DATE = ScalarType("date")
DATETIME = ScalarType("date and time")
DURATION = ScalarType("duration")

Identity = Annotated[str, "an id"]
PersonText = Annotated[str, "a person"]
"""Annotations of members that are another thing in each mail."""

_SCALARS: Mapping[Any, Type] = {
    str: TEXT,
    int: INTEGER,
    Decimal: NUMBER,
    float: NUMBER,
    bool: BOOLEAN,
    date: DATE,
    datetime: ScalarType(DATETIME.name, "a time"),
    Identity: ScalarType(TEXT.name, "an id"),
    PersonText: ScalarType(TEXT.name, "a person"),
    timedelta: DURATION,
    Duration: DURATION,
    Any: Unknown(),
}


LOOP_MEMBERS: Mapping[str, Type] = {
    "index": INTEGER,
    "index0": INTEGER,
    "revindex": INTEGER,
    "revindex0": INTEGER,
    "first": BOOLEAN,
    "last": BOOLEAN,
    "length": INTEGER,
    "depth": INTEGER,
    "depth0": INTEGER,
    "previtem": Unknown(),
    "nextitem": Unknown(),
}
"""What ``loop`` has inside a loop."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What one template sees: the type of every variable at top level. ``context`` is its name for people."""

    context: str
    roots: Mapping[str, Type]


def nullable(inner: Type) -> Type:
    """``inner`` or null; said once however often."""
    return inner if isinstance(inner, Nullable | Null | Unknown) else Nullable(inner)


def type_of(annotation: Any) -> Type:
    """The type an annotation of a context's dataclass stands for."""
    if annotation is Namespace:
        return ObjectType("namespace", {})
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        (inner,) = [argument for argument in arguments if argument is not type(None)]
        return nullable(type_of(inner))
    if origin in (tuple, list, Sequence):
        return ListOf(type_of(arguments[0]))
    if origin is Mapping:
        return Labels()
    if isinstance(annotation, type) and is_dataclass(annotation):
        return node_of(annotation)
    raise TypeError(f"{annotation!r} has no type in templates; this is a bug in reconciler")


@cache
def node_of(view: type) -> ObjectType:
    """The type of a context's dataclass: one member per field. It prints when the class says how."""
    return ObjectType(
        view.__name__.removesuffix("View"),
        members_of(view),
        prints="__str__" in vars(view),
        tells=getattr(view, "TELLS", ""),
    )


@cache
def members_of(view: type) -> Mapping[str, Type]:
    """The type of each field of a context's dataclass."""
    hints = get_type_hints(view, include_extras=True)
    return {each.name: type_of(hints[each.name]) for each in fields(view)}


def names_of(view: type) -> frozenset[str]:
    """Names of the fields of a context's dataclass: the only attributes a template reaches."""
    if view not in _NAMES:
        _NAMES[view] = frozenset(each.name for each in fields(view))
    return _NAMES[view]


_NAMES: dict[type, frozenset[str]] = {}
