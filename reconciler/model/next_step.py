"""What to do next, as a code with its parameters: only a front end knows the commands and options that do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


class Next(Enum):
    """Codes of next steps. In brackets the parameters that a front end may name; each is text."""

    APPLY_OR_CHECK_STATE = auto()
    CHECK_STATE_PATH = auto()
    CHECK_STATE_PATH_FILE_IS_AS_IT_WAS = auto()
    DECIDE_REQUESTS = auto()
    FINISH_MAIL = auto()
    KEEP_FOR_NOW = auto()
    """Or do all of ``steps`` first."""
    NAME_STATE_FILE = auto()
    REPLACE_LINK = auto()
    RESTORE_STATE = auto()
    SEE_DECISION = auto()
    """(``request``)"""
    SEE_DELIVERY = auto()
    """(``message``)"""
    SEE_REQUEST = auto()
    """(``request``)"""
    SHORTEN_STATE_PATH = auto()
    THAW = auto()


@dataclass(frozen=True, slots=True)
class NextStep:
    """One next step. ``parameters``: what the code names; ``steps``: what it is made of, in order."""

    code: Next
    parameters: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[NextStep, ...] = ()
