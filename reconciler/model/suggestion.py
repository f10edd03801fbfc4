"""What somebody probably meant: the nearest known word to one that is not known."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 100
"""Characters of a word that anything is sought for: comparing two words takes as long as both are together, and more."""

SHOWN = 20
"""Words a message names; of more than these it says how many."""

_NEIGHBOURS = 25
"""Of many words only so many before and behind the given one are compared, in the order of beginnings and in that of ends."""

_SOUGHT = 300
_TURNS = (1, -1)


class Vocabulary:
    """Known words, and which of them is meant by one that is not among them.

    Case, hyphens and underscores are overlooked: ``smtp_server`` is near ``smtpServer``. Of very many words only those that
    begin or end like it are looked at, and only for the first unknown words.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._left = _SOUGHT
        self._words: dict[str, str] = {}
        for word in words:
            self._words.setdefault(_fold(word), word)
        many = len(self._words) > 8 * _NEIGHBOURS
        self._ordered = [sorted(each[::turn] for each in self._words) for turn in _TURNS] if many else []

    def find_nearest(self, word: str) -> str | None:
        """The known word most like the given one, None when none is near."""
        if len(word) > LONGEST or not self._left:
            return None
        self._left -= 1
        found = get_close_matches(_fold(word), self._neighbours(_fold(word)), n=1, cutoff=0.7)
        return self._words[found[0]] if found else None

    def _neighbours(self, word: str) -> Iterable[str]:
        if not self._ordered:
            return (each for each in self._words if len(each) <= LONGEST)
        around: list[str] = []
        for turn, ordered in zip(_TURNS, self._ordered, strict=True):
            at = bisect(ordered, word[::turn])
            around += [each[::turn] for each in ordered[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS]]
        return dict.fromkeys(each for each in around if len(each) <= LONGEST)


def find_nearest(word: str, choices: Iterable[str]) -> str | None:
    """See `Vocabulary.nearest`."""
    return Vocabulary(choices).find_nearest(word)


def suggest_name(word: str, choices: Iterable[str], otherwise: str = "") -> str:
    """``Did you mean "smtpServer"?``, or ``otherwise`` when nothing is near."""
    found = find_nearest(word, choices)
    return f'Did you mean "{found}"?' if found else otherwise


def list_words(words: Iterable[str], last: str = "and", most: int = SHOWN) -> str:
    """``a``, ``a and b``, ``a, b and c``; of more than ``most`` ``a, b and 98 more``."""
    *head, tail = list(words) or [""]
    if len(head) > most:
        head, tail = head[:most], f"{len(head) + 1 - most:,} more"
    return f"{', '.join(head)} {last} {tail}" if head else tail


def _fold(word: str) -> str:
    return word.lower().replace("-", "").replace("_", "")
