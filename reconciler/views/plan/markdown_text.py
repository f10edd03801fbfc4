"""Outside text inside Markdown, where it can become nothing but text.

Escaping with backslashes or entities is not enough: whoever shows a comment looks for mentions, issue numbers, hashes and
addresses in the text *after* Markdown has been read. Code is the one place where none of them looks. So outside text goes
into code spans and fences longer than any run of backticks in it; of sentences, only words of letters stay outside.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from reconciler.views.writing.escape import visible, without_commands

_BACKTICKS = re.compile("`+")
_COMMENT = re.compile("<(?=!--)|<(?=!$)")
_PLAIN = re.compile(r"(?P<open>[(“]*)(?P<word>[^\W\d_]+(?:['’-][^\W\d_]+)*|\d{1,6}|)(?P<close>[.,;:!?)”%]*)\Z")
_HASH = re.compile(r"[0-9a-f]{7,}\Z", re.IGNORECASE)
_ENDS = re.compile(r"(?P<open>[(“]*)(?P<inside>.*?[^.,;:!?)”])(?P<close>[.,;:!?)”]*)\Z", re.DOTALL)


def code(text: str, limit: int = 200) -> str:
    """The text as a code span, cut to ``limit`` characters; no text is nothing."""
    shown = cut(_inert(text), limit)
    if not shown:
        return ""
    ticks = "`" * (_longest(shown) + 1)
    pad = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def prose(text: str, limit: int = 2000) -> str:
    """A sentence: words of letters as they are, everything else as code; a number that comes first too: it could begin a list."""
    words = cut(_inert(text), limit).split()
    plain = [
        _is_plain(word) and not (index == 0 and word[0].isdigit() and not word.isdigit())
        for index, word in enumerate(words)
    ]
    groups = groupby(zip(plain, words, strict=True), key=lambda pair: pair[0])
    said = ((is_plain, " ".join(word for _, word in group)) for is_plain, group in groups)
    return " ".join(part if is_plain else _spans(part) for is_plain, part in said)


def cell(text: str) -> str:
    """Markdown that stands in a cell of a table."""
    return text.replace("|", r"\|")


def fence(lines: Sequence[str], language: str = "") -> str:
    """The lines, which are visible text already, as a code block."""
    body = [without_commands(_COMMENT.sub(r"\\u003c", line)) for line in lines]
    ticks = "`" * max(3, max(map(_longest, body), default=0) + 1)
    return "\n".join([ticks + language, *body, ticks])


def html_code(text: str, limit: int = 200) -> str:
    """The text as code inside HTML (a summary), where Markdown is not read."""
    return f"<code>{html.escape(cut(_inert(text), limit))}</code>"


def folded(summary: str, parts: Iterable[str]) -> str:
    """Markdown that shows when it is opened; ``summary`` is safe HTML on one line."""
    return "\n\n".join([f"<details><summary>{summary}</summary>", *parts, "</details>"])


def cut(text: str, limit: int) -> str:
    """The text, or its beginning and how much is missing."""
    if len(text) <= limit:
        return text
    return f"{text[:limit].rstrip()}… ({len(text) - limit} characters more)"


def _inert(text: str) -> str:
    """On one line, everything visible; no comment begins in it, so that no marker is in it."""
    return without_commands(_COMMENT.sub(r"\\u003c", visible(text)))


def _longest(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0)


def _is_plain(word: str) -> bool:
    found = _PLAIN.match(word)
    return found is not None and not _HASH.match(found["word"])


def _spans(words: str) -> str:
    """Code, with the marks around a phrase outside it."""
    found = _ENDS.match(words)
    if not found:
        return code(words, len(words))
    inside, close = found["inside"], found["close"]
    if close.startswith(")") and inside.count("(") > inside.count(")"):
        inside, close = inside + ")", close[1:]
    return found["open"] + code(inside, len(words)) + close
