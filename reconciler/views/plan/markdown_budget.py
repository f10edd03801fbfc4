"""Sections that share a number of characters: what does not fit is counted, and the early ones are served first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.views.writing.layout import counted

_NOTICE = 200
"""Characters kept for saying what a section leaves out."""

_SHARE = 1500
"""Characters a section leaves to each of those after it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One part of a section: ``full`` where there is room, else ``short``, else only counted."""

    full: str
    short: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it. ``noun``: what one item is called, ``plural`` several, where that is not with an s
    at its end. ``tight``: lines that stand one below the
    other (a list, a table), rather than paragraphs."""

    heading: str
    items: Sequence[Item]
    noun: str
    tight: bool = False
    intro: str = ""
    plural: str = ""


def within(sections: Sequence[Section], room: int, see: str) -> list[str]:
    """The text of each section that has items, altogether at most ``room`` characters with a blank line between them."""
    present = [section for section in sections if section.items]
    texts = []
    for index, section in enumerate(present):
        later = len(present) - index - 1
        text = _fitted(section, room - later * _SHARE, see)
        texts.append(text)
        room -= len(text) + 2
    return texts


def _fitted(section: Section, room: int, see: str) -> str:
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


def _notice(section: Section, short: int, left: int, see: str) -> list[str]:
    plural = section.plural or section.noun + "s"
    told = [f"{counted(short, section.noun, plural)} without details"] if short else []
    told += [f"{left} more {section.noun if left == 1 else plural} not shown"] if left else []
    return [f"_For length: {', '.join(told)}. {see}_"] if told else []
