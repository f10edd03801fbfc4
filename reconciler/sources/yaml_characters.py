"""The characters that no YAML file may hold: what a reviewer cannot see, or takes for something else than a reader of YAML."""

from __future__ import annotations

import re

from reconciler.model.diagnostic import Diagnostic, Place, error

_REFUSED = re.compile(
    r"\r(?!\n)|[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_BREAKS = frozenset("\r\x0b\x0c\x85\u2028\u2029")
"""Line breaks to some editors and to some readers of YAML, and to others not. `\\r\\n` is one to all of them."""


def character_fault(text: str, file: str) -> Diagnostic | None:
    """The first refused character, at its place; escaped inside double quotes each of them is allowed."""
    found = _REFUSED.search(text)
    if not found:
        return None
    start, number = found.start(), ord(found[0])
    place = Place(file, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
    escaped = f'Inside double quotes it can be written as "\\u{number:04x}".'
    if found[0] == "\ufeff":
        detail = "A byte order mark (U+FEFF) stands here: invisible, and not part of any value a person meant."
        return error("Byte order mark", detail, place, hint='Save the file as "UTF-8 without BOM" in your editor.')
    if found[0] in _BREAKS:
        detail = (
            f"The character U+{number:04X} stands here: some readers begin a new line at it and others do not, so a "
            "reviewer could see a comment where the file says more."
        )
        return error("Hidden line break", detail, place, hint=f"Break the line with Enter, or remove it. {escaped}")
    detail = f"The character U+{number:04X} stands here; YAML allows no control characters."
    return error("Control character", detail, place, hint=f"Remove it. {escaped}")
