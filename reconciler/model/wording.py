"""Sentences that name what a reader can do or give: in neutral words here, in its own words by each front end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Act(StrEnum):
    """What a front end offers. The value is what it is called where no front end speaks."""

    APPLY = "apply"
    APPROVE = "approve"
    AUDIT = "verify the audit"
    BACK_UP = "back the state up"
    DELIVER = "run what is due"
    DENY = "deny"
    EXPLAIN = "explain"
    GRAPH = "show the graph"
    HISTORY = "show the history"
    INIT = "start a project"
    LIST_DELIVERIES = "list the deliveries"
    LIST_REQUESTS = "list the requests"
    PLAN = "plan"
    RENDER = "render"
    RESUME = "resume"
    ROLL_BACK = "roll back to"
    RUN = "run"
    SHOW = "show"
    SHOW_DELIVERY = "show the delivery"
    SHOW_REQUEST = "show the request"
    THAW = "let applies go on"
    UNLOCK = "unlock the state"
    VALIDATE = "validate"
    WHY = "tell where values come from"


@dataclass(frozen=True, slots=True)
class Given:
    """A value that is given with an act, by its field; ``value`` is empty where the field itself is meant."""

    field: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.field} {self.value}".rstrip()


@dataclass(frozen=True, slots=True)
class Do:
    """An act that would help. ``on``: what it is done to; ``given``: further values by field, in order."""

    act: Act
    on: str = ""
    given: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        values = ", ".join(f"{name} {value}".rstrip() for name, value in self.given.items())
        return " ".join(filter(None, (str(self.act), self.on, f"({values})" if values else "")))


class Sentence(str):
    """Text in neutral words that keeps what it is made of, so that a front end can say it in its own."""

    parts: tuple[str | Given | Do, ...]

    def __new__(cls, *parts: str | Given | Do) -> Sentence:
        flat = tuple(inner for each in parts for inner in (each.parts if isinstance(each, Sentence) else (each,)))
        made = super().__new__(cls, "".join(map(str, flat)))
        made.parts = flat
        return made


CHECK_PATH = Sentence("Check the path given with ", Given("state"), ".")
"""What to do about a state whose path leads to something else."""


def join_texts(separator: str, texts: Iterable[str]) -> Sentence:
    """The texts that are not empty, sentences among them as such."""
    parts: list[str] = []
    for text in filter(None, texts):
        parts += [separator, text] if parts else [text]
    return Sentence(*parts)
