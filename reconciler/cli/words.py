"""Types of command-line words: what people type, checked and turned into values."""

from __future__ import annotations

from typing import Any

import click

from reconciler.model.duration import Duration, parse_duration


class _DurationWord(click.ParamType[Duration]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Duration:
        if isinstance(value, Duration):
            return value
        try:
            return parse_duration(str(value))
        except ValueError as fault:
            self.fail(f"“{value}” is not understood: {fault}", param, ctx)


class _PairWord(click.ParamType[tuple[str, str]]):
    name = "name=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not equals or not name:
            self.fail(f"“{value}” is not of the form NAME=VALUE", param, ctx)
        return name, text


DURATION = _DurationWord()
"""``15m``: a `Duration`."""

PAIR = _PairWord()
"""``name=value``: a pair of strings; the value may hold further equals signs."""
