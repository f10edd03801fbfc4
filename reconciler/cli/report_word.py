"""``markdown=plan.md``: a format of a plan and the file it goes to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli.settings import PLAN_FORMATS


class _ReportWord(click.ParamType[tuple[str, Path]]):
    name = "format=file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path]:
        if isinstance(value, tuple):
            return value
        format, equals, file = str(value).partition("=")
        if not equals or not file:
            self.fail(f"“{value}” is not of the form FORMAT=FILE, as in markdown=plan.md", param, ctx)
        if format not in PLAN_FORMATS:
            self.fail(f"there is no format “{format}”; formats are {', '.join(PLAN_FORMATS)}", param, ctx)
        return format, Path(file)


REPORT = _ReportWord()
"""``markdown=plan.md``: a pair of format and `Path`."""
