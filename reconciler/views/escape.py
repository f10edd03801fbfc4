"""Text from outside made safe to print: what would be invisible, or would steer the terminal, is spelled out."""

from __future__ import annotations

import re
import unicodedata

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_JOINERS = "\u200c\u200d"
"""Format characters that words and emoji need; they can hide nothing and turn nothing round."""

_SUSPECT = re.compile(r"[^ -~]")


def visible(text: str) -> str:
    """The text on one line: control, bidi and other invisible characters as escapes (``\\n``, ``\\u202e``)."""
    return _SUSPECT.sub(lambda found: _spelled(found[0]), text)


def visible_lines(text: str) -> list[str]:
    """The lines of a text, each made visible; a tab becomes spaces, for it is layout there."""
    return [visible(line) for line in text.expandtabs(4).replace("\r\n", "\n").split("\n")]


def is_hidden(character: str) -> bool:
    """Whether the character shows nothing of its own: control, format (bidi too), surrogate, line or paragraph separator."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in _JOINERS


def _spelled(character: str) -> str:
    if not is_hidden(character):
        return character
    code = ord(character)
    return _SHORT.get(character) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
