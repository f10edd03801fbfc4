"""Types of command-line words: what people type, checked and turned into values."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from reconciler.model.configuration.address import parse_address
from reconciler.model.configuration.guard import Allowance, GuardId
from reconciler.model.configuration.selector import Selector, parse_selector
from reconciler.model.duration import Duration, parse_duration
from reconciler.model.suggestion import list_words, suggest_name


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


def once_each(
    ctx: click.Context, param: click.Parameter, value: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Callback of a repeatable `PAIR` option: the pairs, where no name is given twice."""
    for number, (name, _) in enumerate(value):
        if name in [earlier for earlier, _ in value[:number]]:
            raise click.BadParameter(f"{name} is given more than once", ctx, param)
    return value


class _AllowanceWord(click.ParamType[Allowance]):
    name = "guard[=address]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Allowance:
        if isinstance(value, Allowance):
            return value
        word, equals, text = str(value).partition("=")
        if word not in _ALLOWABLE:
            hint = suggest_name(word, _ALLOWABLE, f"Guards: {list_words(_ALLOWABLE)}.")
            self.fail(f"there is no guard “{word}”. {hint}", param, ctx)
        address = parse_address(text) if equals else None
        if equals and address is None:
            self.fail(f"“{text}” is not an address; write GUARD=Kind/name", param, ctx)
        if address and word == GuardId.DELETIONS:
            self.fail("deletions counts and names no resource: write --allow deletions", param, ctx)
        return Allowance(GuardId(word), address)


class _SelectorWord(click.ParamType[Selector]):
    name = "selector"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Selector:
        if isinstance(value, Selector):
            return value
        selector = parse_selector(str(value))
        if selector is None:
            forms = (
                "an address (EmailTask/weekly), a pattern of addresses (EmailTask/*), owner=NAME, or label=KEY=VALUE"
            )
            self.fail(f"“{value}” selects nothing that could be: write {forms}", param, ctx)
        return selector


class _DigestWord(click.ParamType[str]):
    name = "digest"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        word = str(value).strip().lower()
        if not _DIGEST.match(word):
            self.fail("a digest is the 64 hexadecimal digits that plan prints in its last line", param, ctx)
        return word


_DIGEST = re.compile(r"[0-9a-f]{64}\Z")

DIGEST = _DigestWord()
"""The digest of a plan. An empty word, such as a variable that is not set, is refused and approves nothing."""

_ALLOWABLE = tuple(guard.value for guard in GuardId)

ALLOWANCE = _AllowanceWord()
"""``weakening=Group/admins``, ``deletions``: an `Allowance`."""

SELECTOR = _SelectorWord()
"""``EmailTask/weekly``, ``EmailTask/*``, ``owner=desk``, ``label=team=mail``: a `Selector`."""

DURATION = _DurationWord()
"""``15m``: a `Duration`."""

PAIR = _PairWord()
"""``name=value``: a pair of strings; the value may hold further equals signs."""


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
"""``2027-03-02``, ``2027-03-02T18:00+01:00`` (UTC where no zone is given), ``4h``: see `find_moment_after`."""


def find_moment_after(now: datetime, moment: Moment | None) -> datetime | None:
    """The moment in UTC; a duration counts from now. One beyond the end of time is the end of time."""
    if not isinstance(moment, Duration):
        return moment
    limit = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
    return now + moment.elapsed if moment.elapsed < limit - now else limit
