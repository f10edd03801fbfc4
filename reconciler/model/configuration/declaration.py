"""Declarations: what a field of a request or a parameter of a task may hold, and the values that obey."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from reconciler.model.duration import Duration, parse_duration
from reconciler.model.mail.mailbox import parse_mailbox

MAX_TEXT = 10_000
"""Characters a string may have where its declaration sets no `maxLength`."""

MAX_DIGITS = 30
"""Digits a number may have before the decimal point, and after it."""


class ValueType(StrEnum):
    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    DURATION = "duration"
    EMAIL = "email"
    URL = "url"


Value = str | int | Decimal | bool | date | datetime | Duration
"""What a template sees: e-mail addresses and URLs are strings."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declared value. ``enum``, ``minimum``, ``maximum``, ``default`` and ``example`` are values of ``type``.

    ``maximum``/``minimum`` bound numbers, dates and durations; ``max_length`` bounds strings, in characters.
    """

    type: ValueType = ValueType.STRING
    required: bool = False
    title: str = ""
    enum: tuple[Value, ...] = ()
    minimum: Value | None = None
    maximum: Value | None = None
    max_length: int | None = None
    default: Value | None = None
    example: Value | None = None


def read_value(kind: ValueType, raw: Any, *, from_text: bool = False) -> Value:
    """``raw`` (plain data from YAML or JSON) as a value of the type; raises `ValueError` with what was expected.

    With ``from_text`` a string is parsed for every type: the form a command line has. Otherwise a number written as
    text is refused, and so is a boolean where a number is due.
    """
    if from_text and isinstance(raw, str):
        raw = _untexted(kind, raw)
    if kind is ValueType.BOOLEAN and isinstance(raw, bool):
        return raw
    if kind is ValueType.INTEGER and isinstance(raw, int) and not isinstance(raw, bool):
        check_digits(raw)
        return raw
    if kind is ValueType.NUMBER and isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        check_digits(raw)
        return Decimal(raw)
    if kind in _READERS and isinstance(raw, str):
        return _READERS[kind](raw)
    raise ValueError(f"expected {_EXPECTED[kind]}")


def check_digits(number: int | Decimal) -> None:
    """Raise `ValueError` for a number that needs more than `MAX_DIGITS` digits before or after the point.

    Numbers are written out, never with an exponent: without a bound one of them could fill the memory.
    """
    exact = Decimal(number)
    if not exact.is_finite():
        raise ValueError("it is no number that can be counted with")
    exponent = exact.as_tuple().exponent
    if abs(exact.adjusted()) >= MAX_DIGITS or (isinstance(exponent, int) and exponent < -MAX_DIGITS):
        raise ValueError(f"it has more than {MAX_DIGITS} digits")


def check_value(declaration: Declaration, value: Value) -> None:
    """Raise `ValueError`, in words for people, if the value breaks a bound of its declaration."""
    if declaration.enum and value not in declaration.enum:
        raise ValueError("expected one of " + ", ".join(format_value(item) for item in declaration.enum))
    if isinstance(value, str) and len(value) > (declaration.max_length or MAX_TEXT):
        raise ValueError(f"it has {len(value)} characters; at most {declaration.max_length or MAX_TEXT} are allowed")
    low, high = declaration.minimum, declaration.maximum
    if low is not None and _rank(value) < _rank(low):
        raise ValueError(f"it is below {format_value(low)}")
    if high is not None and _rank(value) > _rank(high):
        raise ValueError(f"it is above {format_value(high)}")


def write_value(value: Value) -> str | int | Decimal | bool:
    """The plain form that `read_value` reads back: what is stored and what JSON output prints."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.text if isinstance(value, Duration) else value


def format_value(value: Value) -> str:
    """The value as a person writes it on a command line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(write_value(value))


def _untexted(kind: ValueType, text: str) -> Any:
    if kind is ValueType.BOOLEAN:
        return {"true": True, "false": False}.get(text, text)
    if kind is ValueType.INTEGER:
        digits = text.removeprefix("-")
        return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 2 * MAX_DIGITS else text
    if kind is ValueType.NUMBER:
        try:
            number = Decimal(text)
        except InvalidOperation:
            return text
        return number if number.is_finite() else text
    return text


def _text(raw: str) -> str:
    if any(ord(c) < 32 and c not in "\t\n" for c in raw):
        raise ValueError("it holds a control character")
    return raw


def _date(raw: str) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise ValueError("expected a date such as 2027-03-31") from None


def _datetime(raw: str) -> datetime:
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        raise ValueError("expected a date and time such as 2027-03-31T09:00+02:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _email(raw: str) -> str:
    return parse_mailbox(raw).address


def _url(raw: str) -> str:
    parts = urlsplit(_text(raw))
    if parts.scheme not in ("http", "https") or not parts.hostname or any(c.isspace() for c in raw):
        raise ValueError("expected a web address such as https://tickets.example.com/42")
    return raw


_READERS: Mapping[ValueType, Callable[[str], Value]] = {
    ValueType.STRING: _text,
    ValueType.DATE: _date,
    ValueType.DATETIME: _datetime,
    ValueType.DURATION: parse_duration,
    ValueType.EMAIL: _email,
    ValueType.URL: _url,
}

_EXPECTED = {
    ValueType.STRING: "text",
    ValueType.INTEGER: "a whole number",
    ValueType.NUMBER: "a number",
    ValueType.BOOLEAN: "true or false",
    ValueType.DATE: "a date such as 2027-03-31, as text",
    ValueType.DATETIME: "a date and time such as 2027-03-31T09:00+02:00, as text",
    ValueType.DURATION: "a duration such as 15m, 8h or 3d",
    ValueType.EMAIL: "an e-mail address",
    ValueType.URL: "a web address",
}


def _rank(value: Value) -> Any:
    return value.seconds if isinstance(value, Duration) else value
