"""How deep HTML nests, told from its tags alone: an estimate that takes no recursion and no parser.

HTML parsers and whatever walks their trees recurse once per level; some thousands of levels overflow the stack and kill
the process. A template author can reach that with one loop, so the depth is bounded before a parser sees the text.
"""

from __future__ import annotations

import re

_ATTRIBUTES = r"(?:[\s/]++|=?[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)?+)*+"
_TOKEN = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(?:[!?]|/[^a-z])[^>]*+"
    rf"|<(?P<raw>script|style|title|textarea|xmp|iframe|noembed|noframes)(?=[\s/>]){_ATTRIBUTES}>.*?(?=</(?P=raw)[\s/>]|\Z)"
    rf"|<(?P<slash>/?)(?P<name>[a-z][^\s/>]*+){_ATTRIBUTES}",
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


def deepest(html: str) -> int:
    """The most elements that can be open at once: the depth of well-formed HTML, for any other rather more than less.

    An end tag counts only where it matches the innermost open element that needs one. Elements that parsers add by
    themselves (``tbody`` and ``tr`` around a ``td``) are not counted: the tree may be a little over twice as deep.
    """
    if _FOREIGN.search(html):
        return html.count("<")
    open_names: list[str] = []
    most = 0
    for token in _TOKEN.finditer(html):
        if token["raw"]:
            most = max(most, len(open_names) + token[0].count("<"))
        elif token["name"]:
            _step(open_names, token["name"].lower(), closes=bool(token["slash"]))
            most = max(most, len(open_names))
    return most


def _step(open_names: list[str], name: str, *, closes: bool) -> None:
    if closes:
        at = len(open_names)
        while at and name not in _FORMATTING and open_names[at - 1] in _MAY_STAY_OPEN and open_names[at - 1] != name:
            at -= 1
        if at and open_names[at - 1] == name:
            del open_names[at - 1 :]
        return
    while open_names and open_names[-1] in _CLOSED_BY.get(name, ()):
        open_names.pop()
    if name not in _VOID:
        open_names.append(name)
