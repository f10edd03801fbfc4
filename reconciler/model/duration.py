"""Durations: elapsed time, kept as it was written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_FORM = re.compile(r"([0-9]{1,7})([smhdw])\Z")


@dataclass(frozen=True, slots=True)
class Duration:
    """``text`` as written (``15m``), ``seconds`` what it means. Elapsed time: a day is always 86,400 s."""

    text: str
    seconds: int

    def __str__(self) -> str:
        return self.text

    @property
    def elapsed(self) -> timedelta:
        """The duration as a `timedelta`."""
        return timedelta(seconds=self.seconds)


def parse_duration(text: str) -> Duration:
    """``90s 15m 8h 3d 2w``; raises `ValueError` with a sentence for people. Zero is refused."""
    match = _FORM.match(text)
    if not match:
        raise ValueError("a duration is a whole number and a unit: 90s, 15m, 8h, 3d or 2w")
    seconds = int(match[1]) * _UNITS[match[2]]
    if seconds == 0:
        raise ValueError("a duration is longer than zero")
    return Duration(text, seconds)
