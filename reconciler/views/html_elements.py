"""HTML built from elements: whatever is not an element is text, and escaped; there is no other way in."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.views.escape import entities, visible, visible_lines

_VOID = frozenset({"meta", "br", "hr"})


@dataclass(frozen=True, slots=True)
class Element:
    """Finished HTML. Made by `element`, `style` and `joined` alone."""

    html: str


Child = Element | str | None


def element(tag: str, *children: Child, **attributes: str | None) -> Element:
    """An element. Texts are made visible and escaped, None is left out. ``class_`` is ``class``, ``_`` a hyphen."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{html.escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _VOID:
        return Element(f"<{tag}{written}>")
    return Element(f"<{tag}{written}>{joined(children).html}</{tag}>")


def joined(children: Iterable[Child]) -> Element:
    """Several as one, without an element around them."""
    return Element("".join(map(_written, children)))


def lines(text: str) -> str:
    """Text of several lines made visible, for an element that keeps its lines."""
    return "\n".join(visible_lines(text))


def preformatted(text: str, **attributes: str | None) -> Element:
    """A ``pre`` with the lines of the text."""
    return element("pre", Element(html.escape(lines(text))), **attributes)


def style(sheet: str) -> Element:
    """A style sheet of ours: nothing from outside may be in it."""
    return Element(f"<style>{sheet}</style>")


def document(head: Iterable[Element], body: Element) -> str:
    """A whole page."""
    page = element("html", element("head", *head), body, lang="en")
    return entities(f"<!doctype html>\n{page.html}")


def frame(content: str, title: str) -> Element:
    """HTML from outside in a frame of its own that may do nothing: no script, no form, no link, no network, not our origin.

    ``sandbox`` without a word takes every right away; the policy inside loads nothing, not even
    an image.
    """
    policy = element("meta", http_equiv="Content-Security-Policy", content=POLICY)
    paper = style("html{background:#fff;color:#111;font:15px/1.45 system-ui,sans-serif}body{margin:12px}")
    page = f"<!doctype html><meta charset=utf-8>{policy.html}{paper.html}{content}"
    return element(
        "iframe", sandbox="", srcdoc=page, title=visible(title), referrerpolicy="no-referrer", loading="lazy"
    )


POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
"""What the page, and each frame in it once more, may load: nothing but the styles it holds."""


def _written(child: Child) -> str:
    if isinstance(child, Element):
        return child.html
    return html.escape(visible(child)) if child else ""
