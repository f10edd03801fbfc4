"""How values print in a mail: times in the reader's zone, durations in words, nothing for null."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reconciler.messages.contexts.shape import View
from reconciler.messages.language.limits import Breach
from reconciler.model.duration import Duration

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


_SOURCES: list[Callable[[str], bytes]] = []


def take_zones_from(source: Callable[[str], bytes]) -> None:
    """Look zones up by this from now on: for a process that opens no file. It gives a zone's TZif data (RFC 8536), or nothing
    where there is no such zone."""
    _SOURCES[:] = [source]


@lru_cache(maxsize=1024)
def _take(source: Callable[[str], bytes], name: str) -> tzinfo:
    data = source(name)
    return ZoneInfo.from_file(BytesIO(data), key=name) if data else UTC


def find_zone(name: object) -> tzinfo:
    """The zone by its IANA name; UTC where the name is unknown."""
    if _SOURCES and isinstance(name, str) and name:
        return _take(_SOURCES[0], name)
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def move_to_zone(moment: datetime, zone: tzinfo) -> datetime:
    """The moment on the reader's clock; one without a zone is taken for UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)


def format_datetime(moment: datetime, zone: tzinfo) -> str:
    """``2026-03-02 09:30 CET``."""
    local = move_to_zone(moment, zone)
    return f"{local:%Y-%m-%d %H:%M} {local.tzname() or 'UTC'}"


def format_duration(duration: timedelta) -> str:
    """``3 d 4 h``: the largest unit that fits and the next smaller one, rounded to it; ``0 s`` for nothing."""
    seconds = round(abs(duration.total_seconds()))
    sign = "-" if duration < timedelta() and seconds else ""
    for index, (size, unit) in enumerate(_UNITS[:-1]):
        small, small_unit = _UNITS[index + 1]
        # 59 min 40 s is nearer to an hour than to 59 min 39 s is to nothing: round first, then split
        rounded = (seconds + small // 2) // small * small
        if rounded >= size:
            rest = rounded % size // small
            return f"{sign}{rounded // size} {unit}" + (f" {rest} {small_unit}" if rest else "")
    return f"{sign}{seconds} s"


def format_value(value: Any, zone: tzinfo) -> str:
    """The value as it prints. Text is returned as it is, safe markup too; raises `Breach` for what does not print."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return format_datetime(value, zone)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta | Duration):
        return format_duration(value.elapsed if isinstance(value, Duration) else value)
    if isinstance(value, Decimal):
        return format_decimal(value)
    if isinstance(value, int | float):
        return str(value)
    return _view_text(value)


def format_decimal(number: Decimal) -> str:
    """The number without exponent and without zeros at its end."""
    if not number.is_finite() or abs(number.adjusted()) > 40:
        raise Breach("Template failed", "A number is too large or too small to print.")
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _view_text(value: Any) -> str:
    if isinstance(value, View) and "__str__" in vars(type(value)):
        return str(value)
    if isinstance(value, list | tuple):
        raise Breach(
            "Wrong type", "A list is printed as if it were text.", 'Write `| join(", ")` behind it, or a loop.'
        )
    what = "A map" if isinstance(value, Mapping) else "Something that is no text"
    raise Breach("Wrong type", f"{what} is printed as if it were text.", "Print one of its members.")
