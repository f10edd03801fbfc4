"""HTML built from elements: whatever is not an element is text, and escaped; there is no other way in."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.views.writing.escape import entities, visible, visible_lines

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


SHEET = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2024;--quiet:#5b6470;--line:#d8dee4;--raised:#f6f8fa;
--red:#b42318;--redwash:#fdecea;--green:#176639;--greenwash:#e7f5ec;--amber:#8a5300;--amberwash:#fff4de;--blue:#1f5fa8}
@media (prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e6e9ec;--quiet:#9aa5b1;--line:#323a42;--raised:#1c2126;
--red:#ff9b90;--redwash:#3a1c1a;--green:#86d9a3;--greenwash:#16301f;--amber:#f2c277;--amberwash:#36290f;--blue:#8fc1ff}}
*{box-sizing:border-box}
html{background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
body{margin:0}
main{max-width:76rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.2rem 0 .6rem;padding-bottom:.3rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:0 0 .25rem;overflow-wrap:anywhere}
p{margin:.25rem 0;overflow-wrap:anywhere}
code,pre{font:.9em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{overflow-wrap:anywhere}
.counts{font-size:1.1rem}
.bad,h3.error{color:var(--red)}
h3.warning{color:var(--amber)}
.quiet{color:var(--quiet);font-size:.9rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:1rem 0 0;font-size:.9rem}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
article{border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem;margin:.6rem 0}
.alarm article,.alarm ul{border-left:.35rem solid var(--red);background:var(--redwash)}
.alarm ul{padding:.75rem 1rem .75rem 2rem;border-radius:.25rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.95rem}
th,td{text-align:left;vertical-align:top;
padding:.45rem .7rem;border:1px solid var(--line);overflow-wrap:break-word;min-width:7rem}
th{background:var(--raised);font-weight:600}
.shift,.action{display:inline-block;padding:0 .5rem;border-radius:1rem;font-size:.85rem;font-weight:600;white-space:nowrap}
.weaker,.delete{color:var(--red);background:var(--redwash)}
.stronger,.create{color:var(--green);background:var(--greenwash)}
.different,.update,.availability,.none{color:var(--amber);background:var(--amberwash)}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4}
.fields,.diff{margin:.6rem 0 0;padding:.6rem .8rem;background:var(--raised);border-radius:.4rem}
.diff pre{padding:0 .3rem}
.joined{color:var(--green);background:var(--greenwash)}
.left{color:var(--red);background:var(--redwash)}
.place{color:var(--blue)}
summary{cursor:pointer;margin-top:.6rem;color:var(--blue)}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem;margin-top:.6rem}
figure{margin:0;min-width:0}
figcaption{color:var(--quiet);font-size:.85rem;margin-bottom:.2rem}
iframe{display:block;width:100%;height:24rem;border:1px solid var(--line);border-radius:.4rem;background:#fff;resize:vertical}
@media (max-width:46rem){main{padding:1rem .75rem 3rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}
.pair{grid-template-columns:1fr}table,tbody,tr,td{display:block}thead{display:none}
tr{border:1px solid var(--line);border-radius:.4rem;margin:.5rem 0;padding:.3rem 0}td{border:0;padding:.2rem .7rem}
td:nth-child(3)::before{content:"before: ";color:var(--quiet)}td:nth-child(4)::before{content:"after: ";color:var(--quiet)}}
@media print{article{break-inside:avoid}iframe{height:16rem}}
"""
