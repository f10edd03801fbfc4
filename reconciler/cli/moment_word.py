"""A moment as people type it: a date, a date with a time, or how long from now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click

from reconciler.model.duration import Duration, parse_duration

Moment = datetime | Duration


class _MomentWord(click.ParamType[Moment]):
    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Moment:
        if isinstance(value, datetime | Duration):
            return value
        text = str(value)
        try:
            return parse_duration(text)
        except ValueError:
            pass
        try:
            moment = datetime.fromisoformat(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(
                f"“{text}” is neither a date (2027-03-02), a date with a time (2027-03-02T18:00+01:00) nor a "
                "duration (4h)",
                param,
                ctx,
            )


MOMENT = _MomentWord()
"""``2027-03-02``, ``2027-03-02T18:00+01:00`` (UTC where no zone is given), ``4h``: see `moment_after`."""


def moment_after(now: datetime, moment: Moment | None) -> datetime | None:
    """The moment in UTC; a duration counts from now. One beyond the end of time is the end of time."""
    if not isinstance(moment, Duration):
        return moment
    limit = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
    return now + moment.elapsed if moment.elapsed < limit - now else limit
