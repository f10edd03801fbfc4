"""The door at which rows become values, and back: what is not as it was written leaves as the fault of a damaged state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar, get_type_hints

from reconciler.model.canonical import write_canonical_json, write_exact_json
from reconciler.model.errors import report_damage
from reconciler.model.journal import format_timestamp, read_timestamp
from reconciler.model.mail.mailbox import Mailbox
from reconciler.model.written import ODD, fitting, read_back
from reconciler.state.sql.statements import Row

P = ParamSpec("P")
T = TypeVar("T")


def stored(what: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """For a function that does nothing but make a value of a row: what it raises, and a value that is not of the type it is
    declared to return, in every part, is damage. ``what`` it makes, for people. Raises `StateFault`; shows no content.
    """

    def decorated(read: Callable[P, T]) -> Callable[P, T]:
        fits = cache(lambda: fitting(get_type_hints(read)["return"]))

        @wraps(read)
        def checked(*arguments: P.args, **named: P.kwargs) -> T:
            try:
                value = read(*arguments, **named)
            except ODD as error:
                raise report_damage(f"A stored {what} cannot be read back.") from error
            if not fits()(value):
                raise report_damage(f"A stored {what} holds something else than was written.")
            return value

        return checked

    return decorated


@stored("moment")
def moment(text: str) -> datetime:
    """The inverse of `format_timestamp`."""
    return read_timestamp(text)


@stored("text")
def text(value: str) -> str:
    """The value of a column that holds text."""
    return value


@stored("number")
def number(value: int) -> int:
    """The value of a column that holds a number."""
    return value


@dataclass(frozen=True, slots=True)
class Column:
    """How an attribute stands in a column: ``write`` makes what is stored of it, ``read`` the attribute again."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


Columns = Mapping[str, Column]
"""Columns by name; each holds the attribute of that name."""


def written(columns: Columns, value: object) -> dict[str, Any]:
    """What is stored of the value."""
    return {name: column.write(getattr(value, name)) for name, column in columns.items()}


def read(columns: Columns, row: Row) -> dict[str, Any]:
    """The attributes again. For functions that are `stored`: it raises what they turn into a fault."""
    return {name: column.read(row[name]) for name, column in columns.items()}


def each(column: Column, *names: str) -> dict[str, Column]:
    """Such a column under each of the names."""
    return dict.fromkeys(names, column)


def optional(column: Column) -> Column:
    """The column, with NULL for None."""
    return Column(
        lambda value: None if value is None else column.write(value),
        lambda value: column.read(value) if value else None,
    )


def choice(kind: type[StrEnum]) -> Column:
    """A column that holds one of these words."""
    return Column(lambda value: value.value, kind)


def json_of(write: Callable[[Any], Any], read: Callable[[Any], Any]) -> Column:
    """A column that holds canonical JSON of what ``write`` makes."""
    return Column(lambda value: write_canonical_json(write(value)), lambda value: read(read_back(value)))


def _same(value: Any) -> Any:
    return value


PLAIN = Column(_same, _same)
MOMENT = Column(format_timestamp, read_timestamp)
JSON = Column(write_canonical_json, read_back)
EXACT_JSON = Column(write_exact_json, read_back)


def mailbox_data(mailbox: Mailbox) -> dict[str, str]:
    """A mailbox in JSON."""
    return {"address": mailbox.address, "name": mailbox.name}


def mailbox_from(data: dict[str, str]) -> Mailbox:
    """The inverse of `mailbox_data`."""
    return Mailbox(data["address"], data["name"])
