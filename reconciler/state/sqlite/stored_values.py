"""The door at which rows become values: what is not as it was written leaves as the fault of a damaged state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache, wraps
from typing import ParamSpec, TypeVar, get_type_hints

from reconciler.model.errors import damaged
from reconciler.model.journal import from_timestamp
from reconciler.model.written import ODD, fitting

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
                raise damaged(f"A stored {what} cannot be read back.") from error
            if not fits()(value):
                raise damaged(f"A stored {what} holds something else than was written.")
            return value

        return checked

    return decorated


@stored("moment")
def moment(text: str) -> datetime:
    """The inverse of `timestamp`."""
    return from_timestamp(text)


@stored("text")
def text(value: str) -> str:
    """The value of a column that holds text."""
    return value


@stored("number")
def number(value: int) -> int:
    """The value of a column that holds a number."""
    return value
