"""How text is laid out: colour, wrapping, columns, counts and moments; and what it may tell a reader to do next."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reconciler.model.wording import Given, Sentence

Say = Callable[[str], str]
_DIFF = {"+": "green", "-": "red", "@": "cyan"}
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


@dataclass(frozen=True, slots=True)
class Page:
    """What text is laid out for. ``colour``: whether marked text carries ANSI codes. ``width``: columns. ``verbose``: nothing is
    cut for length. ``say``: words a sentence as the front that shows the text says it: options and commands are its own."""

    colour: bool = False
    width: int = 100
    verbose: bool = False
    say: Say = str

    def mark(self, text: str, *names: str) -> str:
        """The text in a colour or weight: bold, dim, red, green, yellow, cyan."""
        if not self.colour or not text:
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"

    def mark_diff(self, text: str, sign: str) -> str:
        """The text as a line of a diff that begins with the sign, or with none."""
        return self.mark(text, _DIFF[sign]) if sign in _DIFF else text

    @property
    def more(self) -> str:
        """How to see what was cut: ``OPTION shows all``."""
        return self.say(Sentence(Given("verbose"), " shows all"))


PLAIN = Page()
"""No colour, 100 columns, neutral words."""


def cells(text: str) -> int:
    """Columns the text takes on a terminal; wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_cell(character) for character in text)


def _cell(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def padded(text: str, columns: int) -> str:
    """The text with spaces behind it up to that many columns."""
    return text + " " * max(0, columns - cells(text))


def clipped(text: str, columns: int) -> str:
    """The text, cut to that many columns with an ellipsis where it is longer."""
    if cells(text) <= columns:
        return text
    kept, used = "", 1
    for character in text:
        used += _cell(character)
        if used > columns:
            break
        kept += character
    return kept.rstrip() + "…"


def wrapped(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """The text in lines of at most ``width`` columns where words allow, after ``first`` and, further down, ``rest``."""
    return textwrap.wrap(
        text,
        max(20, width),
        initial_indent=first,
        subsequent_indent=" " * cells(first) if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], page: Page, cut: Sequence[int]) -> str:
    """Columns under headers. Where lines would not fit, the columns ``cut`` names lose text, the widest of them first.

    The cells are safe text already.
    """
    sizes = [max(cells(row[i]) for row in [headers, *rows]) for i in range(len(headers))]
    _shrink(sizes, sum(sizes) + 2 * (len(sizes) - 1) - page.width, cut)
    lines = [[clipped(text, size) for text, size in zip(row, sizes, strict=True)] for row in [headers, *rows]]
    texts = ["  ".join(map(padded, line, sizes)).rstrip() for line in lines]
    return "\n".join([page.mark(texts[0], "bold"), *texts[1:]])


def _shrink(sizes: list[int], excess: int, cut: Sequence[int]) -> None:
    """Take ``excess`` columns from the sizes that ``cut`` names, none below 8."""
    while excess > 0 and cut:
        widest = max(cut, key=lambda index: sizes[index])
        if sizes[widest] <= 8:
            return
        sizes[widest] -= 1
        excess -= 1


def facts(pairs: Sequence[tuple[str, str]], width: int, indent: str = "") -> list[str]:
    """Label and value, values in one column, wrapped there; the texts are safe already. Pairs without a value are left out."""
    shown = [(label, value) for label, value in pairs if value]
    column = max((cells(label) for label, _ in shown), default=0)
    return [line for label, value in shown for line in wrapped(value, width, f"{indent}{padded(label, column)}  ")]


NAMED = 10
"""Names of one sort that are shown unless asked for more."""


def list_names(names: Iterable[str], *, verbose: bool = False, most: int = NAMED) -> str:
    """``a, b``; unless ``verbose`` the first ones, and how many more there are."""
    found = list(names)
    shown = found if verbose else found[:most]
    more = f" and {len(found) - len(shown)} more" if len(found) > len(shown) else ""
    return ", ".join(shown) + more


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 error``, ``2 errors``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def moment(at: datetime | None) -> str:
    """``2026-03-02 09:30 UTC``; empty for None."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if at else ""


def minute(at: datetime | None) -> str:
    """``2026-03-02 09:30``, for a column whose header says UTC; empty for None."""
    return moment(at).removesuffix(" UTC")


def elapsed(span: timedelta) -> str:
    """``3 d 4 h``, ``12 min``, ``less than a minute``: the two largest units, of a span that is not negative."""
    minutes = int(span.total_seconds()) // 60
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    said = [f"{number} {unit}" for number, unit in parts if number][:2]
    return " ".join(said) or "less than a minute"
