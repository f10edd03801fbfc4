"""A rendered mail as lines a person compares: headers, text body, the HTML body as it reads, and what it does not show."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from reconciler.messages.compose.mime import inline_css, make_text
from reconciler.messages.language.render import Rendered
from reconciler.messages.mail import Head

CONTEXT = 2
"""Unchanged lines shown around changed ones."""

Lines = Sequence[str]

Section = tuple[str, Lines, Lines]
"""A part of the mail: its name, its lines before and after."""


@dataclass(frozen=True, slots=True)
class SampleMail:
    """One mail on one sample, rendered: what stands above it, and its words."""

    head: Head
    rendered: Rendered

    @property
    def headers(self) -> list[str]:
        """What people see above the mail; one line for each recipient."""
        head = self.head.envelope
        rows = (("From", [head.sender]), ("Reply-To", [head.reply_to]), ("To", head.to), ("Cc", head.cc))
        lines = [f"{name}: {value}" for name, values in rows for value in values if value]
        return [*lines, f"Subject: {self.rendered.subject}"]

    @property
    def parts(self) -> tuple[Lines, Lines, Lines]:
        """Headers, text body and HTML source as lines; a body there is none of has no lines."""
        return self.headers, _list_lines(self.rendered.text), _list_lines(self.rendered.html)


NOTHING: tuple[Lines, Lines, Lines] = ((), (), ())
"""The parts of a mail that is not there."""


def list_changed_lines(before: Lines, after: Lines) -> list[str]:
    """The lines that went, with ``-``, and came, with ``+``, in order; empty when nothing differs."""
    if before == after:
        return []
    return [line for line in list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:] if line[0] != "@"]


def list_changed_text(before: Lines, after: Lines) -> list[str]:
    """What of each run of changed lines really differs, as ``-`` and ``+``, without what begins and ends both alike.

    So that one edit in a long line is the same edit in every mail, whatever else stands in that line.
    """
    if before == after:
        return []
    found: list[str] = []
    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        if tag != "equal":
            old, new = "\n".join(before[start:end]), "\n".join(after[new_start:new_end])
            head = _count_shared(old, new)
            tail = _count_shared(old[head:][::-1], new[head:][::-1])
            found += [f"-{old[head : len(old) - tail]}", f"+{new[head : len(new) - tail]}"]
    return found


def _count_shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = zip(one, other, strict=False)
    return next((index for index, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def mail_diff_text(before: SampleMail | None, after: SampleMail) -> str:
    """A unified diff, hunks headed by the part they are in. Two bodies that change by the same lines are shown once.

    The HTML body is compared as it reads. Its source is compared where that reads the same; where not, what a reader does
    not see of it, link targets and hidden words, stands in a part of its own. Raises `ValueError` for unusable HTML.
    """
    old_headers, old_text, old_html = before.parts if before else NOTHING
    headers, text, html = after.parts
    sections = [("headers", old_headers, headers), ("text body", old_text, text)]
    if old_html != html:
        sections += _list_html_sections(before.rendered.html if before else None, after.rendered.html)
    hunks: list[str] = []
    said: dict[tuple[str, ...], int] = {}
    for name, old, new in sections:
        changed = tuple(list_changed_lines(old, new))
        if changed and changed in said:
            hunks[said[changed]] = hunks[said[changed]].replace("text body", "text and HTML body", 1)
        elif changed:
            said[changed] = len(hunks)
            hunks += _list_hunks(name, old, new)
    return "\n".join(hunks)


def make_readable(html: str | None) -> str:
    """The HTML as it is mailed, CSS inlined; empty where there is none."""
    return inline_css(html) if html is not None else ""


def _list_hunks(name: str, before: Lines, after: Lines) -> list[str]:
    lines = list(difflib.unified_diff(before, after, n=CONTEXT, lineterm=""))[2:]
    return [f"{line} {name}" if line.startswith("@@") else line.rstrip() for line in lines]


def _list_html_sections(before: str | None, after: str | None) -> list[Section]:
    old, new = (make_readable(html) for html in (before, after))
    old_text, new_text = (make_text(html) if html else "" for html in (old, new))
    if old_text == new_text:
        return [("HTML source", _list_lines(before), _list_lines(after))]
    was, will = _inside(old), _inside(new)
    read, reads = _bare(old_text), _bare(new_text)
    gone = [line for line in was if line not in will and not _is_shown(line, read)]
    come = [line for line in will if line not in was and not _is_shown(line, reads)]
    return [("HTML body", _list_lines(old_text), _list_lines(new_text)), ("HTML, hidden", gone, come)]


_POINTER = re.compile(r"[a-z0-9]+ (href|src): ")
_FILLER = re.compile("[\u034f\u200b-\u200d\u2060\ufeff\u00ad]")
"""Characters without width, with which mails push the text behind the preheader out of sight."""


class _Inside(HTMLParser):
    """Gathers every word of a document, hidden ones too, and whatever its tags point at."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, None] = {}
        self._raw = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._raw = tag in ("style", "script")
        for name, value in attrs:
            if value and (name in ("href", "src", "action", "background", "alt") or "url(" in value):
                self.found[f"{tag} {name}: {' '.join(value.split())}"] = None

    def handle_endtag(self, tag: str) -> None:
        self._raw = False

    def handle_data(self, data: str) -> None:
        words = " ".join(_FILLER.sub("", data).split())
        if words and not self._raw:
            self.found[words] = None


def _inside(html: str) -> dict[str, None]:
    """The words of the document, hidden ones too, and what its tags point at (``a href: …``), in order, each once."""
    inside = _Inside()
    inside.feed(html)
    inside.close()
    return inside.found


def _is_shown(line: str, bare: str) -> bool:
    """Whether a reader of the text, bare, sees it; a link's target too."""
    value = line.partition(": ")[2] if _POINTER.match(line) else line
    return _bare(value).removeprefix("mailto:") in bare


def _bare(text: str) -> str:
    """Without what has no width, and without white space."""
    return re.sub(r"\s+", "", _FILLER.sub("", text))


def _list_lines(text: str | None) -> list[str]:
    return text.rstrip("\n").splitlines() if text else []
