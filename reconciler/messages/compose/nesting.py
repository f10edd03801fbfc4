"""How deep HTML nests and how much it grows, told from its tags alone: an estimate that takes no recursion and no parser.

HTML parsers and whatever walks their trees recurse once per level; some thousands of levels overflow the stack and kill
the process. They copy formatting elements that are left open into each paragraph behind, and try each rule of a style sheet
on each element. A template author can reach that with one loop, so all of it is bounded before a parser sees the text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

_ATTRIBUTES = r"(?:[\s/]++|=?[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)?+)*+"
MAX_TAGS = 40_000
"""Tags of an HTML body, start and end tags counted."""

_ATTRIBUTE = re.compile(r"[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)?+")
_LONG = 500
"""Characters from which on a tag may have many attributes."""
_TOKEN = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(?:[!?]|/[^a-z])[^>]*+"
    rf"|<(?P<raw>script|style|title|textarea|xmp|iframe|noembed|noframes)(?=[\s/>])(?P<held>{_ATTRIBUTES})>"
    r".*?(?=</(?P=raw)[\s/>]|\Z)"
    rf"|<(?P<slash>/?)(?P<name>[a-z][^\s/>]*+)(?P<attributes>{_ATTRIBUTES})",
    re.IGNORECASE | re.DOTALL,
)
_FOREIGN = re.compile(r"<(?:svg|math|!\[CDATA\[)", re.IGNORECASE)
"""Inside drawings and formulas other rules hold; few mail clients show them, so they simply count."""
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_CLOSED_BY = {
    "li": {"li"},
    "p": {"p"},
    "option": {"option"},
    "dt": {"dt", "dd"},
    "dd": {"dt", "dd"},
    "td": {"td", "th"},
    "th": {"td", "th"},
    "tr": {"td", "th", "tr"},
}
"""Elements whose end tag may be left out, and what a start tag of the name closes (HTML 13.1.2.4)."""

_MAY_STAY_OPEN = frozenset([*_CLOSED_BY, "tbody", "thead", "tfoot"])
_FORMATTING = frozenset(
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)
"""Their end tags leave open whatever stands inside (HTML 13.2.6.4.7, the adoption agency)."""


@dataclass(frozen=True, slots=True)
class Growth:
    """``depth``: the most elements that can be open at once: that of well-formed HTML, for any other rather more than less.
    ``attributes``: those of the tag that has the most. ``copies``: formatting elements that a parser may copy because they
    were left open. ``sheet``: the style sheets, as one.
    """

    depth: int
    attributes: int
    copies: int
    sheet: str


def measure_growth(html: str) -> Growth:
    """What a parser would make of the HTML, or of its first `MAX_TAGS` tags.

    An end tag counts only where it matches the innermost open element that needs one. Elements that parsers add by
    themselves (``tbody`` and ``tr`` around a ``td``) are not counted: the tree may be a little over twice as deep.
    """
    foreign = _FOREIGN.search(html) is not None
    open_ = _Open()
    depth = attributes = copies = 0
    sheets = []
    for token in islice(_TOKEN.finditer(html), MAX_TAGS):
        attributes = max(attributes, *map(_attributes, _held(token, foreign)))
        if token["raw"]:
            depth = max(depth, len(open_.names) + token[0].count("<"))
            sheets += [token[0]] if token["raw"].lower() == "style" else []
        elif token["slash"]:
            open_.end(token["name"].lower())
        elif token["name"]:
            copies += open_.formatting
            open_.start(token["name"].lower())
            depth = max(depth, len(open_.names))
    return Growth(html.count("<") if foreign else depth, attributes, copies, html if foreign else "".join(sheets))


def _held(token: re.Match[str], foreign: bool) -> Iterable[str]:
    """Texts that hold the attributes of one tag each; in drawings what is raw text elsewhere holds tags."""
    inside = token[0].split("<")[2:] if foreign and token["raw"] else ()
    return (token["held"] or token["attributes"] or "", *inside)


def _attributes(text: str) -> int:
    return len(_ATTRIBUTE.findall(text)) if len(text) > _LONG else 0


class _Open:
    """Elements that are open, outermost first; what an end tag closes is found without a search."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.formatting = 0
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        self._firm: list[int] = []

    def start(self, name: str) -> None:
        closed = _CLOSED_BY.get(name, ())
        while self.names and self.names[-1] in closed:
            self._pop()
        if name in _VOID:
            return
        self._places[name].append(len(self.names))
        if name not in _MAY_STAY_OPEN:
            self._firm.append(len(self.names))
        self.formatting += name in _FORMATTING
        self.names.append(name)

    def end(self, name: str) -> None:
        """Close the innermost of the name, unless something stands inside it that its end tag leaves open."""
        places = self._places[name]
        inside = len(self.names) - 1 if name in _FORMATTING else self._firm[-1] if self._firm else 0
        if not places or places[-1] < inside:
            return
        at = places[-1]
        while len(self.names) > at:
            self._pop()

    def _pop(self) -> None:
        name = self.names.pop()
        self._places[name].pop()
        self.formatting -= name in _FORMATTING
        if name not in _MAY_STAY_OPEN:
            self._firm.pop()
