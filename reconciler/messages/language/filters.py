"""The filters of templates: small pure functions from a value, and the scope it is printed in, to a value.

Those with names of Jinja's filters do what Jinja's do, with three differences: null goes through as nothing, ``default``
also stands in for null, and ``first`` and ``last`` of nothing are null. Safe markup stays markup wherever text is only
cut or re-cased; everything else comes out as plain text, which is escaped again when it is printed.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from reconciler.messages.language.limits import Breach, Budget, require_small_number, search_steps
from reconciler.messages.language.printing import (
    format_datetime,
    format_decimal,
    format_duration,
    format_value,
    move_to_zone,
)
from reconciler.model.duration import Duration


@dataclass(frozen=True, slots=True)
class Scope:
    """What filters need to know: the reader's zone, the budget, and the doors to members, markup, filters and tests."""

    zone: tzinfo
    budget: Budget
    member: Callable[[Any, str], Any]
    escape: Callable[[Any], str]
    filter: Callable[[str, Any, tuple[Any, ...], Mapping[str, Any]], Any]
    test: Callable[[str, Any, tuple[Any, ...]], bool]

    def text(self, value: Any) -> str:
        """The value as it prints."""
        return format_value(value, self.zone)


Filter = Callable[..., Any]


def _wrong(filter_name: str, expected: str) -> Breach:
    return Breach("Wrong type", f"The filter `{filter_name}` works on {expected}.", "See docs/templates.md, Filters.")


def _datetime(scope: Scope, value: Any, form: str = "") -> Any:
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise _wrong("datetime", "a date and time")
    return _formed(scope, value, form) if form else format_datetime(value, scope.zone)


def _date(scope: Scope, value: Any, form: str = "%Y-%m-%d") -> Any:
    if value is None:
        return None
    if not isinstance(value, date):
        raise _wrong("date", "a date, or a date and time")
    return _formed(scope, value, form)


def _time(scope: Scope, value: Any, form: str = "%H:%M") -> Any:
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise _wrong("time", "a date and time")
    return _formed(scope, value, form)


_FORM = re.compile(r"(?:[^%]|%[-]?[aAbBdHIjmMpSuVyYZz%])*\Z")


def _formed(scope: Scope, value: date, form: str) -> str:
    scope.budget.spend(5)
    if not isinstance(form, str) or len(form) > 100 or not _FORM.match(form):
        raise Breach("Wrong type", "The form of a date holds a code that is not known, such as %d, %m, %Y, %H or %M.")
    local = move_to_zone(value, scope.zone) if isinstance(value, datetime) else value
    try:
        return local.strftime(form)
    except UnicodeEncodeError:
        raise Breach("Wrong type", "The form of a date holds a character that is no text.") from None


def _duration(scope: Scope, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, Duration):
        value = value.elapsed
    if not isinstance(value, timedelta):
        raise _wrong("duration", "a duration, such as the difference of two times")
    return format_duration(value)


def _number(scope: Scope, value: Any, decimals: int | None = None, group: str = ",", point: str = ".") -> Any:
    if value is None:
        return None
    if not _is_number(value):
        raise _wrong("number", "a number")
    require_small_number(value)
    exact = _rounded(Decimal(value), decimals, ROUND_HALF_UP) if decimals is not None else Decimal(value)
    whole, _, fraction = f"{exact:,f}".partition(".")
    if decimals is None:
        fraction = fraction.rstrip("0")
    group, point = scope.text(group)[:4], scope.text(point)[:4]
    return whole.replace(",", group) + (point + fraction if fraction else "")


def _bool(scope: Scope, value: Any, yes: str = "yes", no: str = "no") -> Any:
    return None if value is None else scope.text(yes if value else no)


def _capitalize(scope: Scope, value: Any) -> str:
    return scope.text(value).capitalize()


def _default(scope: Scope, value: Any, fallback: Any = "", boolean: bool = False) -> Any:
    return fallback if value is None or (boolean and not value) else value


def _escape(scope: Scope, value: Any) -> str:
    return scope.escape(scope.text(value))


def _first(scope: Scope, value: Any) -> Any:
    return next(iter(_items(scope, value, "first")[:1]), None)


def _last(scope: Scope, value: Any) -> Any:
    return next(iter(_items(scope, value, "last")[-1:]), None)


def _indent(scope: Scope, value: Any, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    text, lead = scope.text(value), width if isinstance(width, str) else " " * _count(scope, width)
    lines = text.split("\n")
    scope.budget.fits(len(text) + len(lead) * len(lines))
    gaps = [lead if (line or blank) and (first or index) else "" for index, line in enumerate(lines)]
    return _joined(scope, "\n", [gap + line for gap, line in zip(gaps, lines, strict=True)], markup=_is_markup(text))


def _int(scope: Scope, value: Any, default: int = 0) -> int:
    if isinstance(value, str) and (len(value) > 30 or not re.fullmatch(r"\s*[+-]?[0-9]+\s*", value, re.ASCII)):
        return default
    if isinstance(value, str) or _is_number(value) or isinstance(value, bool):
        return int(require_small_number(value))
    return default


def _join(scope: Scope, value: Any, separator: Any = "", attribute: str | None = None) -> str:
    items = _items(scope, value, "join", 2)
    if attribute is not None:
        items = [scope.member(item, attribute) for item in items]
    texts = [scope.text(item) for item in items]
    between = scope.text(separator)
    scope.budget.fits(sum(map(len, texts)) + len(between) * len(texts))
    return _joined(scope, between, texts, markup=any(map(_is_markup, [*texts, between])))


def _length(scope: Scope, value: Any) -> int:
    return len(value) if isinstance(value, str | Mapping) else len(_items(scope, value, "length"))


def _lower(scope: Scope, value: Any) -> str:
    return scope.text(value).lower()


def _upper(scope: Scope, value: Any) -> str:
    return scope.text(value).upper()


def _title(scope: Scope, value: Any) -> str:
    text = scope.text(value)
    scope.budget.spend(len(text) // 5)
    return _kept(text, "".join(word[:1].upper() + word[1:].lower() for word in re.split(r"([\s\-({\[<]+)", text)))


def _map(scope: Scope, value: Any, *args: Any, attribute: str | None = None, default: Any = None, **named: Any) -> Any:
    items = _items(scope, value, "map", 3)
    if attribute is not None:
        found = [scope.member(item, attribute) for item in items]
        return [default if item is None else item for item in found]
    if not args or not isinstance(args[0], str):
        raise Breach("Wrong type", 'The filter `map` needs `attribute="NAME"` or the name of a filter.')
    return [scope.filter(args[0], item, args[1:], named) for item in items]


def _selectattr(scope: Scope, value: Any, attribute: str, test: str | None = None, *args: Any) -> list[Any]:
    return [item for item in _items(scope, value, "selectattr", 3) if _chosen(scope, item, attribute, test, args)]


def _rejectattr(scope: Scope, value: Any, attribute: str, test: str | None = None, *args: Any) -> list[Any]:
    return [item for item in _items(scope, value, "rejectattr", 3) if not _chosen(scope, item, attribute, test, args)]


def _chosen(scope: Scope, item: Any, attribute: str, test: str | None, args: tuple[Any, ...]) -> bool:
    found = scope.member(item, attribute)
    return bool(found) if test is None else scope.test(test, found, args)


def _replace(scope: Scope, value: Any, old: Any, new: Any, count: int | None = None) -> str:
    text, old, new = scope.text(value), scope.text(old), scope.text(new)
    scope.budget.spend(search_steps(text, old))
    scope.budget.fits(len(text) + (text.count(old) if old else len(text) + 1) * len(new))
    return text.replace(old, new, -1 if count is None else int(count))


def _round(scope: Scope, value: Any, precision: int = 0, method: str = "common") -> Any:
    if not _is_number(value):
        raise _wrong("round", "a number")
    rules = {"common": ROUND_HALF_UP, "ceil": ROUND_CEILING, "floor": ROUND_FLOOR}
    if method not in rules:
        raise Breach("Wrong type", "The filter `round` knows the methods common, ceil and floor.")
    rounded = _rounded(Decimal(value), precision, rules[method])
    return rounded if precision > 0 else int(rounded)


def _sort(scope: Scope, value: Any, reverse: bool = False, case_sensitive: bool = False, attribute: Any = None) -> Any:
    key = _key(scope, attribute, case_sensitive)
    items = _items(scope, value, "sort", 3)
    keys = [scope.budget.bounded(key(item)) for item in items]
    scope.budget.spend(scope.budget.weight(keys) * len(keys).bit_length() // 2)
    return [items[index] for index in sorted(range(len(items)), key=keys.__getitem__, reverse=bool(reverse))]


def _unique(scope: Scope, value: Any, case_sensitive: bool = False, attribute: Any = None) -> list[Any]:
    key, seen, kept = _key(scope, attribute, case_sensitive), set(), []
    for item in _items(scope, value, "unique", 3):
        mark = scope.budget.bounded(key(item))
        if _is_number(mark):  # as text: of numbers, many can be found that one hash stands for
            mark = (format_decimal(Decimal(mark)),)
        if mark not in seen:
            seen.add(mark)
            kept.append(item)
    return kept


def _trim(scope: Scope, value: Any, chars: str | None = None) -> str:
    text, chars = scope.text(value), None if chars is None else scope.text(chars)
    scope.budget.spend(len(text) * len(chars or "") // 1000)
    return text.strip(chars)


def _truncate(
    scope: Scope, value: Any, length: int = 255, killwords: bool = False, end: Any = "…", leeway: int = 5
) -> str:
    text, end = scope.text(value), scope.text(end)
    if len(text) <= length + leeway:
        return text
    cut = text[: max(length - len(end), 0)]
    return _joined(scope, "", [cut if killwords else cut.rsplit(" ", 1)[0], end], markup=_is_markup(text))


def _wordwrap(scope: Scope, value: Any, width: int = 79, break_long_words: bool = True) -> str:
    text = scope.text(value)
    if not isinstance(width, int) or width < 1:
        raise Breach("Wrong type", "The filter `wordwrap` needs a width of at least 1.")
    # A word that has to be broken is copied anew for each of its pieces.
    copied = sum(len(word) ** 2 // min(width, len(word)) for word in text.split()) if break_long_words else 0
    scope.budget.spend(len(text) + 4 * text.count("\n") + copied // 20_000)
    wrapper = textwrap.TextWrapper(
        width, break_long_words=break_long_words, replace_whitespace=False, expand_tabs=False
    )
    lines = ["\n".join(wrapper.wrap(line)) for line in str(text).split("\n")]
    return _kept(text, "\n".join(lines))


FILTERS: Mapping[str, Filter] = {
    "bool": _bool,
    "capitalize": _capitalize,
    "date": _date,
    "datetime": _datetime,
    "default": _default,
    "duration": _duration,
    "escape": _escape,
    "first": _first,
    "indent": _indent,
    "int": _int,
    "join": _join,
    "last": _last,
    "length": _length,
    "lower": _lower,
    "map": _map,
    "number": _number,
    "rejectattr": _rejectattr,
    "replace": _replace,
    "round": _round,
    "selectattr": _selectattr,
    "sort": _sort,
    "time": _time,
    "title": _title,
    "trim": _trim,
    "truncate": _truncate,
    "unique": _unique,
    "upper": _upper,
    "wordwrap": _wordwrap,
}


def _items(scope: Scope, value: Any, filter_name: str, each: int = 1) -> list[Any]:
    """The items; ``each``: steps that one of them is about to take."""
    if isinstance(value, list | tuple | Mapping):
        scope.budget.spend(len(value) * each)
        return list(value)
    if isinstance(value, str) and filter_name in ("first", "last"):
        return [value[:1], value[-1:]] if value else []
    raise _wrong(filter_name, "a list")


def _key(scope: Scope, attribute: Any, case_sensitive: bool) -> Callable[[Any], Any]:
    def key(item: Any) -> Any:
        found = scope.member(item, attribute) if attribute is not None else item
        if found is not None and not isinstance(found, str | int | Decimal | date | timedelta):
            found = scope.text(found)
        return found.lower() if isinstance(found, str) and not case_sensitive else found

    return key


def _rounded(number: Decimal, places: int, rule: str) -> Decimal:
    if not isinstance(places, int) or not -30 <= places <= 12:
        raise Breach("Wrong type", "A number is rounded to at most 12 decimals.")
    try:
        return number.quantize(Decimal(1).scaleb(-places), rounding=rule)
    except InvalidOperation:
        raise Breach("Template failed", "A number is too large to be rounded.") from None


def _count(scope: Scope, width: Any) -> int:
    if not isinstance(width, int):
        raise Breach("Wrong type", "A width is a whole number.")
    scope.budget.fits(width)
    return width


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_markup(value: Any) -> bool:
    return hasattr(value, "__html__")


def _joined(scope: Scope, between: str, texts: Iterable[str], *, markup: bool) -> str:
    """Joined; where one part is safe markup all the others are escaped first."""
    if not markup:
        return between.join(texts)
    return scope.escape(between).join(texts)


def _kept(source: Any, result: str) -> str:
    """The result as markup where the source was: its own class makes it so."""
    return type(source)(result) if _is_markup(source) and isinstance(source, str) else result
