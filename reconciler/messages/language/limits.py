"""How much a template may do: counted, never timed, so that the same template ends the same way everywhere.

A step is one small piece of work: a node of the template evaluated, or about a hundred characters handled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reconciler.model.errors import UserError


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """One fault of a template. ``template`` as a `TemplateRef` names it; ``line`` counts from 1.

    ``summary``: a constant phrase. ``detail``: full sentences. ``hint``: what to do next, or a "did you mean".
    ``warning``: it works as it is.
    """

    template: str
    line: int
    summary: str
    detail: str
    hint: str = ""
    warning: bool = False


class RenderFailure(UserError):
    """A template could not be rendered; ``fault`` tells where and why."""

    code = "template"

    def __init__(self, fault: TemplateFault) -> None:
        super().__init__(fault.summary, f"{fault.template}:{fault.line}: {fault.detail}", fault.hint)
        self.fault = fault


MAX_SOURCE = 262_144
"""Characters of one template."""
MAX_SOURCES = 50
"""Templates of one mail, with everything they extend and include."""
MAX_SIGNS = 24_000
"""Words, signs and texts of one template, before it is known what they mean."""
MAX_NODES = 6_000
"""Words and signs of one template that mean something: names, numbers, filters, statements. Twice as many of one mail."""
MAX_FAULTS = 100
"""Refusals of one template that are told."""
MAX_STEPS = 500_000
"""Steps of one rendering."""
MAX_VALUE = 262_144
"""Characters of one value."""
MAX_ITEMS = 10_000
"""Items of one list, those of lists inside counted too."""
MAX_NUMBER = 10**30
"""The largest number a calculation may give."""
MAX_DIGITS = 40
"""Digits in front of a number, or zeros behind its point."""
MAX_SUBJECT = 10_000
"""Characters of a subject."""
MAX_OUTPUT = 2 * 1024 * 1024
"""Characters of one rendered part."""
MAX_WRITTEN = 2 * MAX_OUTPUT
"""Characters written in one rendering, captured ones (macros, set blocks) counted too."""
MAX_CALLS = 40
"""Macros and blocks that call each other, one inside the other."""
MAX_DEPTH = 60
"""Brackets, filters and blocks inside each other."""
MAX_NESTED = 12
"""Statements with a body inside each other; Python itself allows 20 loops."""
CHARACTERS_PER_STEP = 100


_SEE = "See docs/templates.md."
_NEXT = {
    "Wrong type": "Give it a value of that type; docs/templates.md tells what works on what.",
    "Template failed": "Calculate with smaller values.",
    "Template does too much": "Let it write less: fewer rounds of a loop, shorter values.",
}


class Breach(Exception):
    """A template did what it must not; ``detail`` and ``hint`` are sentences for people."""

    def __init__(self, summary: str, detail: str, hint: str = "") -> None:
        super().__init__(detail)
        self.summary = summary
        self.detail = detail
        self.hint = hint or _NEXT.get(summary, _SEE)


def _limit(detail: str) -> Breach:
    return Breach("Template does too much", detail, "Simplify the template; docs/templates.md lists the limits.")


class Budget:
    """What one rendering has used up."""

    __slots__ = ("_calls", "_steps", "_written")

    def __init__(self) -> None:
        self._steps = 0
        self._written = 0
        self._calls = 0

    def spend(self, steps: int, written: int = 0) -> None:
        """Count work and characters; raises `Breach` when there was too much of it."""
        self._steps += max(steps, 0) + max(written, 0) // CHARACTERS_PER_STEP
        self._written += max(written, 0)
        if self._steps > MAX_STEPS:
            raise _limit(f"The template took more than {MAX_STEPS:,} steps: a loop or a macro repeats too often.")
        if self._written > MAX_WRITTEN:
            raise _limit(f"The template wrote more than {MAX_WRITTEN:,} characters.")

    def enter(self) -> None:
        """A macro or block is called."""
        self._calls += 1
        self.spend(1)
        if self._calls > MAX_CALLS:
            raise _limit(f"Macros or blocks call each other more than {MAX_CALLS} deep: one probably calls itself.")

    def leave(self) -> None:
        """It has returned."""
        self._calls -= 1

    def bounded(self, value: Any) -> Any:
        """The value, if it is small enough to go on with; counts the work it is to look at all of it."""
        if isinstance(value, str):
            self.fits(len(value))
        if isinstance(value, str | list | tuple | Mapping):
            self.spend(self.weight(value))
        return value

    def fits(self, length: int) -> None:
        """Raise before a text of that length is made."""
        if length > MAX_VALUE:
            raise _limit(f"A value would have {length:,} characters; at most {MAX_VALUE:,} are allowed.")

    def weight(self, value: Any) -> int:
        """Steps it takes to look at all of a text, list or map: its items, and the characters of the texts in it."""
        if isinstance(value, str):
            return len(value) // CHARACTERS_PER_STEP
        items = characters = 0
        waiting: list[Any] = [value]
        while waiting:
            inside = waiting.pop()
            if isinstance(inside, Mapping):
                characters += sum(map(len, _texts(inside)))
                inside = inside.values()
            items += len(inside)
            if items > MAX_ITEMS:
                raise _limit(f"A list would have more than {MAX_ITEMS:,} items, counting those inside.")
            for item in inside:
                if isinstance(item, str):
                    characters += len(item)
                elif isinstance(item, list | tuple | Mapping):
                    waiting.append(item)
        return 1 + items // 3 + characters // CHARACTERS_PER_STEP


def _texts(keys: Iterable[Any]) -> Iterable[str]:
    """The keys of a map. Numbers are none: many can be found that one hash stands for."""
    if not all(isinstance(key, str) for key in keys):
        raise Breach("Wrong type", "The keys of a map are texts.", "Put the key in quotes.")
    return keys


def require_small_number(value: Any) -> Any:
    """The result of a calculation, if it is no larger than numbers in a mail are."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise _limit("A calculation gave a number of more than 30 digits.")
    if isinstance(value, Decimal) and value and value.adjusted() < -MAX_DIGITS:
        raise _limit(f"A calculation gave a number that begins more than {MAX_DIGITS} digits behind the point.")
    return value


def search_steps(text: str, sought: str) -> int:
    """What looking for one text in another may take; Python's search of long texts takes no more than that of shorter ones."""
    return len(text) * min(len(sought), 100) // 2000
