"""Outside text inside Markdown, where it can become nothing but text.

Escaping with backslashes or entities is not enough: whoever shows a comment looks for mentions, issue numbers, hashes and
addresses in the text *after* Markdown has been read. Code is the one place where none of them looks. So outside text goes
into code spans and fences longer than any run of backticks in it; of sentences, only words of letters stay outside.

Sections of a comment share a number of characters: what does not fit is counted, and the early ones are served first.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from reconciler.views.writing.escape import visible, without_commands
from reconciler.views.writing.layout import counted

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


_NOTICE = 200
"""Characters kept for saying what a section leaves out."""

_SHARE = 1500
"""Characters a section leaves to each of those after it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a section: ``full`` where there is room, else ``short``, else only counted."""

    full: str
    short: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and what stands below it. ``noun``: what one item is called, ``plural`` several, where that is not with an s
    at its end. ``tight``: lines that stand one below the
    other (a list, a table), rather than paragraphs."""

    heading: str
    items: Sequence[Entry]
    noun: str
    tight: bool = False
    intro: str = ""
    plural: str = ""


def fit_sections(sections: Sequence[Part], room: int, see: str) -> list[str]:
    """The text of each section that has items, altogether at most ``room`` characters with a blank line between them."""
    present = [section for section in sections if section.items]
    texts = []
    for index, section in enumerate(present):
        later = len(present) - index - 1
        text = _fit(section, room - later * _SHARE, see)
        texts.append(text)
        room -= len(text) + 2
    return texts


def _fit(section: Part, room: int, see: str) -> str:
    """The items in order, each whole, short or left out; what was not shown whole is told."""
    between = 1 if section.tight else 2
    parts: list[str] = []
    short = left = 0
    room -= len(section.heading) + len(section.intro) + 4 + _NOTICE
    for item in section.items:
        shown = next((text for text in (item.full, item.short) if text and len(text) + between <= room), "")
        short += bool(shown) and shown != item.full
        left += not shown
        if shown:
            parts.append(shown)
            room -= len(shown) + between
    head = [section.heading, section.intro] if section.intro else [section.heading]
    body = ["\n".join(parts)] if section.tight and parts else parts
    return "\n\n".join([*head, *body, *_notice(section, short, left, see)])


def _notice(section: Part, short: int, left: int, see: str) -> list[str]:
    plural = section.plural or section.noun + "s"
    told = [f"{counted(short, section.noun, plural)} without details"] if short else []
    told += [f"{left} more {section.noun if left == 1 else plural} not shown"] if left else []
    return [f"_For length: {', '.join(told)}. {see}_"] if told else []
