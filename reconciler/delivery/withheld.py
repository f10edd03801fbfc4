"""What no reply of a server is kept with: a password, whole or a good part of it, in any form a server may echo it in."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import quote

from reconciler.delivery.wire import ENHANCED

_SHORTEST, _LONGEST = 4, 24
"""Characters of a password in a row by which it is recognised: half of it, but no fewer and no more than these."""

_MOST_PIECES = 2_000
_WORDS = "(the rest is withheld here, because it repeats the credential)"
_NOISE = re.compile(r"[\W_]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


class Withheld:
    """One login's password; without one nothing is withheld."""

    def __init__(self, username: str = "", password: str = "") -> None:
        pieces: dict[int, set[str]] = {}
        for form in _list_forms(username, password) if password else ():
            for piece in _pieces(form):
                pieces.setdefault(len(piece), set()).add(piece)
        self._pieces = pieces
        self._password = "".join(password.split())

    def harmless(self, text: str) -> str:
        """The text of a reply, lines apart; of one that repeats the password its enhanced code alone, which decides much.

        Spaces, signs, the case of letters, and where lines end make no difference to what is recognised.
        """
        if not self._repeats(text):
            return text
        enhanced = ENHANCED.match(text)
        return f"{enhanced[0] if enhanced else ''}{_WORDS}"

    def _repeats(self, text: str) -> bool:
        if not self._password:
            return False
        said = "".join(ENHANCED.sub("", line, count=1) for line in text.split("\n"))
        return self._password in "".join(said.split()) or any(
            each[start : start + length] in pieces
            for each in _squeezed(said)
            for length, pieces in self._pieces.items()
            for start in range(len(each) - length + 1)
        )


def _list_forms(username: str, password: str) -> Iterator[str]:
    """As it is, backwards, quoted for an address, in hexadecimal; in base64 alone, as AUTH PLAIN has it, and inside more."""
    data = password.encode()
    yield from (password, password[::-1], quote(password, safe=""), data.hex())
    yield base64.b64encode(f"\0{username}\0{password}".encode()).decode()
    # A byte of base64 is written differently at each of three positions; what the neighbours have a part in is left out.
    for before, mixed in ((0, 0), (1, 2), (2, 3)):
        yield base64.b64encode(b" " * before + data).decode().rstrip("=")[mixed:]


def _pieces(form: str) -> Iterator[str]:
    for text in filter(None, _squeezed(form)):
        length = min(max(_SHORTEST, len(text) // 2), _LONGEST, len(text))
        for start in range(0, len(text) - length + 1, 1 + len(text) // _MOST_PIECES):
            yield text[start : start + length]


def _squeezed(text: str) -> set[str]:
    """Letters and digits alone, in one case; and without those that another character set would have garbled."""
    squeezed = _NOISE.sub("", text.casefold())
    return {squeezed, _NOT_ASCII.sub("", squeezed)}
