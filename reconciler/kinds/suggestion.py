"""What somebody probably meant: the nearest known word to one that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The known word most like the given one, None when none is near.

    Case, hyphens and underscores are overlooked: ``smtp_server`` is near ``smtpServer``.
    """
    folded: dict[str, str] = {}
    for choice in choices:
        folded.setdefault(_folded(choice), choice)
    found = get_close_matches(_folded(word), folded, n=1, cutoff=0.7)
    return folded[found[0]] if found else None


def did_you_mean(word: str, choices: Iterable[str], otherwise: str = "") -> str:
    """``Did you mean "smtpServer"?``, or ``otherwise`` when nothing is near."""
    found = nearest(word, choices)
    return f'Did you mean "{found}"?' if found else otherwise


def listed(words: Iterable[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *head, tail = list(words) or [""]
    return f"{', '.join(head)} {last} {tail}" if head else tail


def _folded(word: str) -> str:
    return word.lower().replace("-", "").replace("_", "")
