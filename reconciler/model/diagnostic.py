"""Diagnostics: one error or warning about a manifest, as data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ParamSpec

from reconciler.model.configuration.address import Address
from reconciler.model.wording import Sentence

P = ParamSpec("P")

MOST_OF_A_FILE, MOST = 100, 1_000
"""Faults that are told one by one: of a file, and of all files. Who has more corrects those first."""

LONGEST_WORD, LONGEST = 100, 2_000
"""Characters of a word in a message, and of a message: what a file holds may be as long as the file."""

_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """Where something stands. ``file`` is relative to the project; ``line`` and ``column`` count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def in_file(self) -> bool:
        """Whether there is such a file; what stands in stored state or on the command line has a name in brackets."""
        return not (self.file.startswith("(") and self.file.endswith(")"))


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault of a manifest.

    ``summary``: a constant phrase without names ("Unknown reference"), so that tools can group by it. ``detail``: full
    sentences: what exactly, why it matters. ``hint``: what to do next, or a "did you mean". Both are cut where a file's own
    words make them long (`shorten`). ``more``: how many it stands for, where it only says that there are more.
    """

    severity: Severity
    summary: str
    detail: str
    place: Place
    address: Address | None = None
    hint: str = ""
    more: int = 0

    def __post_init__(self) -> None:
        for name in ("detail", "hint"):
            object.__setattr__(self, name, shorten(getattr(self, name)))
        if self.address and len(self.address.name) + len(self.address.kind) > LONGEST_WORD:
            short = Address(shorten(self.address.kind), shorten(self.address.name))
            object.__setattr__(self, "address", short)


def shorten(text: str) -> str:
    """A message with every word of more than `LONGEST_WORD` characters cut, and its middle where it is longer than `LONGEST`."""
    if len(text) <= LONGEST_WORD:
        return text
    if isinstance(text, Sentence):
        return Sentence(*(shorten(part) if isinstance(part, str) else part for part in text.parts))
    text = _LONG_WORD.sub(lambda found: found[0][: LONGEST_WORD - 1] + "…", text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST * 3 // 4]} … {text[3 - LONGEST // 4 :]}"


def make_error(summary: str, detail: str, place: Place, address: Address | None = None, hint: str = "") -> Diagnostic:
    """An error: it ends plan and apply."""
    return Diagnostic(Severity.ERROR, summary, detail, place, address, hint)


def make_warning(summary: str, detail: str, place: Place, address: Address | None = None, hint: str = "") -> Diagnostic:
    """A warning: shown, and nothing stops."""
    return Diagnostic(Severity.WARNING, summary, detail, place, address, hint)


def sort_diagnostics(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By place, errors before warnings at one place, each said once: of a file `MOST_OF_A_FILE`, of all `MOST`, errors first.

    How many more there are is told once for each file, or, where nothing is told of a file, for all such files together.
    """
    diagnostics = list(diagnostics)
    told: list[Diagnostic] = []
    untold: list[Diagnostic] = []
    of_file = Counter[str]()
    for each in sorted(dict.fromkeys(each for each in diagnostics if not each.more), key=_by_severity):
        fits = of_file[each.place.file] < MOST_OF_A_FILE and len(told) < MOST
        of_file[each.place.file] += fits
        (told if fits else untold).append(each)
    untold += [each for each in diagnostics if each.more]
    return sorted([*told, *_count(untold, of_file)], key=_by_place)


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of them ends plan and apply."""
    return any(d.severity is Severity.ERROR for d in diagnostics)


def number_of(diagnostics: Iterable[Diagnostic], severity: Severity) -> int:
    """How many there are of the severity, those too that are only counted."""
    return sum(each.more or 1 for each in diagnostics if each.severity is severity)


class Faults:
    """The errors of one file as they are found. The first `MOST_OF_A_FILE` are made; of the others how many there are."""

    def __init__(self) -> None:
        self._told: list[Diagnostic] = []
        self._more = 0

    @property
    def room(self) -> int:
        """How many more will be told."""
        return MOST_OF_A_FILE - len(self._told)

    @property
    def number(self) -> int:
        """How many there are so far."""
        return len(self._told) + self._more

    @property
    def last(self) -> Diagnostic | None:
        """The last one that is told."""
        return self._told[-1] if self._told else None

    def add(self, make: Callable[P, Diagnostic], *args: P.args, **named: P.kwargs) -> None:
        """One more; it is made only if there is room for it."""
        if self.room:
            self._told.append(make(*args, **named))
        else:
            self._more += 1

    def end(self, last: Diagnostic) -> None:
        """What stopped the search; it is told in any case."""
        if not self.room:
            self._told.pop()
            self._more += 1
        self._told.append(last)

    def skip(self, number: int) -> None:
        """Further errors that nobody is told one by one."""
        self._more += max(0, number)

    def all(self) -> list[Diagnostic]:
        """Those that are told, and how many more there are."""
        more = [_more(Severity.ERROR, self._told[-1].place, self._more)] if self._more else []
        return [*self._told, *more]


def _by_place(each: Diagnostic) -> tuple[Any, ...]:
    return each.place.file, each.more > 0, each.place, each.severity is Severity.WARNING, each.summary, each.detail


def _by_severity(each: Diagnostic) -> tuple[Any, ...]:
    return each.severity is Severity.WARNING, *_by_place(each)


def _count(untold: Iterable[Diagnostic], told_of: Mapping[str, int]) -> Iterator[Diagnostic]:
    elsewhere: Place | None = None
    found: dict[tuple[str, Severity], Diagnostic] = {}
    for each in untold:
        place = each.place
        if not told_of.get(place.file):
            elsewhere = place = elsewhere or place
        first = found.get((place.file, each.severity))
        more = (first.more if first else 0) + (each.more or 1)
        found[place.file, each.severity] = _more(each.severity, first.place if first else place, more)
    return iter(found.values())


def _more(severity: Severity, place: Place, number: int) -> Diagnostic:
    noun = f"{severity}s" if number > 1 else str(severity)
    detail = f"And {number:,} more {noun} {'are' if number > 1 else 'is'} not listed here."
    summary = "More errors" if severity is Severity.ERROR else "More warnings"
    return Diagnostic(severity, summary, detail, place, hint="Correct those above first.", more=number)
