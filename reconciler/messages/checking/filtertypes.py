"""What each filter of templates takes and gives, as types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.messages.contexts.shape import (
    BOOLEAN,
    DATE,
    DATETIME,
    DURATION,
    INTEGER,
    NUMBER,
    TEXT,
    Labels,
    ListOf,
    Null,
    Nullable,
    ObjectType,
    ScalarType,
    Type,
    Unknown,
    nullable,
)
from reconciler.messages.language.grammar import suggest_instead


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that does not fit; ``summary`` and the rest as in `reconciler.messages.language.limits.TemplateFault`."""

    summary: str
    detail: str
    hint: str = ""
    warning: bool = False


@dataclass(frozen=True, slots=True)
class FilterUse:
    """One use of a filter: its name, the value and what people call it, types of arguments, constants among them."""

    name: str
    label: str
    value: Type
    args: tuple[Type, ...] = ()
    constants: tuple[object, ...] = ()
    named: Mapping[str, object] | None = None


_FORMATS: Mapping[str, tuple[tuple[ScalarType, ...], str]] = {
    "bool": ((BOOLEAN,), ""),
    "date": ((DATE, DATETIME), ""),
    "datetime": ((DATETIME,), "Write `| date` for a date without a time."),
    "duration": ((DURATION,), "A duration is the difference of two times: `(stage.expiresAt - now) | duration`."),
    "number": ((INTEGER, NUMBER), ""),
    "time": ((DATETIME,), ""),
}
_LEAVE_OUT = "Leave the filter out, or use it on another value."
_TEXTS = frozenset("capitalize escape indent lower replace title trim truncate upper wordwrap".split())  # noqa: SIM905
_LISTS = frozenset({"join", "map", "rejectattr", "selectattr", "sort", "unique"})


def filter_type(use: FilterUse) -> Type | Misfit:
    """The type that comes out."""
    if isinstance(use.value, Unknown):
        return _unknown(use.name)
    if use.name == "default":
        return _default(use)
    if use.name in _FORMATS:
        return _format(use)
    if use.name in _TEXTS:
        return check_printing(use.label, use.value) or TEXT
    if use.name in ("int", "round"):
        return _number(use)
    return _list(use)


def find_member(value: Type, name: str) -> Type | None:
    """The type of a member, None where there is none."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Labels):
        return nullable(TEXT)
    return value.members.get(name) if isinstance(value, ObjectType) else None


def refuse_member(label: str, value: Type, name: str) -> Misfit:
    """The fault of reading a member that is not declared."""
    if not isinstance(value, ObjectType):
        return Misfit(
            "Unknown variable", f"`{label}` is {name_type(value)} and has no `{name}`.", _instead(value, name)
        )
    have = ", ".join(value.members) or "nothing"
    return Misfit(
        "Unknown variable",
        f"`{label}` has no `{name}`.",
        suggest_instead(name, value.members) or f"`{label}` has: {have}.",
    )


def check_printing(label: str, value: Type) -> Misfit | None:
    """The fault of printing something that is no text."""
    value = value.inner if isinstance(value, Nullable) else value
    if isinstance(value, ListOf):
        return Misfit("Wrong type", f"`{label}` is a list.", 'Write `| join(", ")` behind it, or a loop.')
    if isinstance(value, Labels) or (isinstance(value, ObjectType) and not value.prints):
        hint = (
            f"Print one of its members: {', '.join(value.members)}."
            if isinstance(value, ObjectType)
            else "Print one of its members."
        )
        return Misfit("Wrong type", f"`{label}` is no text, it has members.", hint)
    return None


def name_type(value: Type) -> str:
    """The type in words."""
    if isinstance(value, Nullable):
        return f"{name_type(value.inner)} or null"
    if isinstance(value, ScalarType):
        return value.name if value.name in ("text", "yes or no") else f"a {value.name}"
    if isinstance(value, ListOf):
        return "a list"
    return {Labels: "a map", Null: "null", Unknown: "something"}.get(type(value), "a thing with members")


def _instead(value: Type, name: str) -> str:
    if isinstance(value, ListOf):
        return "Use a loop, `| first`, or `| map(attribute=…)`."
    if isinstance(value, ScalarType) and value in (DATE, DATETIME):
        return 'Use the filters `date`, `time` or `datetime`: `| date("%Y")`.'
    return f"Did you mean the filter `| {name}`?" if name in _TEXTS else "Print it as it is."


def _unknown(name: str) -> Type:
    if name in _TEXTS or name in _FORMATS or name == "join":
        return TEXT
    return {"length": INTEGER, "int": INTEGER, "round": NUMBER}.get(name, Unknown())


def _default(use: FilterUse) -> Type:
    inner = use.value.inner if isinstance(use.value, Nullable) else use.value
    fallback = use.args[0] if use.args else TEXT
    if isinstance(inner, Null):
        return fallback
    return inner if fallback == inner else Unknown()


def _format(use: FilterUse) -> Type | Misfit:
    inner = use.value.inner if isinstance(use.value, Nullable) else use.value
    wanted, hint = _FORMATS[use.name]
    if isinstance(inner, Unknown | Null) or inner in wanted:
        return TEXT if inner is use.value else nullable(TEXT)
    words = " or ".join(name_type(each) for each in wanted)
    said = f"The filter `{use.name}` works on {words}; `{use.label}` is {name_type(inner)}."
    return Misfit("Wrong type", said, hint or _LEAVE_OUT)


def _number(use: FilterUse) -> Type | Misfit:
    if use.name == "int":
        return INTEGER
    if use.value in (INTEGER, NUMBER):
        return NUMBER
    return _misfit(use, "a number")


def _list(use: FilterUse) -> Type | Misfit:
    if use.name in ("length", "first", "last") and use.value == TEXT:
        return INTEGER if use.name == "length" else TEXT
    if use.name == "length" and isinstance(use.value, Labels):
        return INTEGER
    if not isinstance(use.value, ListOf):
        return _misfit(use, "a list")
    if use.name == "length":
        return INTEGER
    item = use.value.item
    if use.name in ("first", "last"):
        return nullable(item)
    return _items(use, item) if use.name in _LISTS else Unknown()


def _items(use: FilterUse, item: Type) -> Type | Misfit:
    attribute = (use.named or {}).get("attribute")
    if use.name in ("selectattr", "rejectattr") or (use.name == "join" and attribute is None and len(use.args) > 1):
        position = 0 if use.name != "join" else 1
        attribute = use.constants[position] if len(use.constants) > position else None
    found = find_attribute_type(f"{use.label} (an item)", item, attribute)
    if isinstance(found, Misfit):
        return found
    if use.name == "join":
        return check_printing(f"{use.label} (an item)", found) or (
            found if isinstance(found, ScalarType) and found == TEXT else TEXT
        )
    if use.name == "map":
        return ListOf(found if isinstance(attribute, str) else Unknown())
    return use.value


def find_attribute_type(label: str, item: Type, attribute: object) -> Type | Misfit:
    """What ``a.b`` of an item is; the item itself where there is no such text."""
    for part in attribute.split(".") if isinstance(attribute, str) else ():
        step = find_member(item.inner if isinstance(item, Nullable) else item, part)
        if step is None:
            return refuse_member(label, item, part)
        item = step
    return item


def _misfit(use: FilterUse, wanted: str) -> Misfit:
    if isinstance(use.value, Nullable | Null):
        said = f"`{use.label}` may be null, and the filter `{use.name}` needs {wanted}."
        return Misfit("May be null", said, f"Guard it with `{{% if {use.label} %}}`, or give it a `default`.")
    said = f"The filter `{use.name}` works on {wanted}; `{use.label}` is {name_type(use.value)}."
    return Misfit("Wrong type", said, _LEAVE_OUT)
