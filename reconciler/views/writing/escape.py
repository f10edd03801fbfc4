"""Text from outside made safe to print: what would be invisible, or would steer a terminal or a CI runner, is spelled out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_JOINERS = "\u200c\u200d"
"""Format characters that words of some scripts and emoji need; elsewhere they hide."""

_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Variation selectors: behind a symbol or a letter without case they choose its form; elsewhere they hide."""

_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0\ufff0-\ufff8\ufffc\U00016fe4\U0001d159\U000e0000-\U000e00ff"
    "\U000e01f0-\U000e0fff]"
)
"""Letters, marks and symbols that show nothing, and code points set aside for such (Unicode: Default_Ignorable_Code_Point)."""

_SUSPECT = re.compile(r"[^ -~]")
_CONTEXTUAL = re.compile(f"[{_JOINERS}{_SELECTORS}]")
_LOGGING = re.compile(r"##(?=\[|vso\[|teamcity\[)", re.IGNORECASE)


def visible(text: str) -> str:
    """The text on one line: control, bidi, blank and other invisible characters as escapes (``\\n``, ``\\u202e``)."""
    return spelled(text, _spell)


def spelled(text: str, spell: Callable[[str], str]) -> str:
    """The text with every character that shows nothing, where it stands, as ``spell`` writes it."""
    if text.isascii() and text.isprintable():
        return text
    return _SUSPECT.sub(lambda found: spell(found[0]) if _hides(text, found.start()) else found[0], text)


def visible_lines(text: str) -> list[str]:
    """The lines of a text, each made visible; a tab becomes spaces, for it is layout there."""
    return [visible(line) for line in text.expandtabs(4).replace("\r\n", "\n").split("\n")]


def is_hidden(character: str) -> bool:
    """Whether the character shows nothing of its own anywhere: control, format (bidi too), surrogate, separator, filler, and what
    nobody or nobody but its font knows (unassigned, private use)."""
    if unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"):
        return character not in _JOINERS
    return _BLANK.match(character) is not None


def without_commands(text: str) -> str:
    """The text with a space in what a CI runner would obey: ``## [``, ``## vso[``, ``## teamcity[``, a line's first ``: :``."""
    text = _LOGGING.sub("## ", text)
    return "".join(_led(line, ": :") for line in text.splitlines(keepends=True)) if "::" in text else text


def escape_commands_in_page(page: str) -> str:
    """The same for a page of HTML, with entities: it shows and means what it did."""
    page = _LOGGING.sub("#&#35;", page)
    return "".join(_led(line, "&#58;:") for line in page.splitlines(keepends=True))


def _led(line: str, instead: str) -> str:
    bare = line.lstrip()
    return f"{line[: len(line) - len(bare)]}{instead}{bare[2:]}" if bare.startswith("::") else line


def escape_commands_in_json(document: str) -> str:
    """The same for JSON, where a number sign stands in strings alone."""
    return _LOGGING.sub(r"#\\u0023", document)


def _hides(text: str, at: int) -> bool:
    character = text[at]
    if not _CONTEXTUAL.match(character):
        return is_hidden(character)
    before = text[at - 1] if at else ""
    if before.isascii():
        return not (character in "\ufe0e\ufe0f" and before and before in "0123456789#*")
    category = unicodedata.category(before)
    if character in _JOINERS:
        return category not in ("Lo", "Lm", "Mn", "Mc", "Sk", "So")
    return category not in ("Lo", "Po", "Pd", "Sm", "So") and before != "\u2139"


def _spell(character: str) -> str:
    code = ord(character)
    return _SHORT.get(character) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
