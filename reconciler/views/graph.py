"""Reference graphs as Mermaid, as DOT and as JSON. Whatever a title holds, it is text in all three.

The line to a server that is not named, and carries the mail all the same, is dashed.
"""

from __future__ import annotations

import re

from reconciler.model.configuration.address import Address
from reconciler.planning.graph.reference_graph import GraphNode, ReferenceGraph
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import Key, document, list_of, shape

_LONGEST = 60
"""Characters of a title."""

_SYNTAX = re.compile(r"[^\w /-]|_|(?<!\w)-|-(?!\w)")
"""What may mean something to Mermaid, to Markdown or to HTML, lists at the beginning of a line among it."""


_DASHED = " [style=dashed]"


def write_mermaid(graph: ReferenceGraph) -> str:
    """A flowchart (https://mermaid.js.org/syntax/flowchart.html). In labels every sign that could be syntax, Markdown or
    HTML is an entity code (``#35;``)."""
    ids = {node.address: f"n{number}" for number, node in enumerate(graph.nodes)}
    lines = [f'  {ids[node.address]}["{"<br/>".join(map(_spell, _label(node)))}"]' for node in graph.nodes]
    lines += [f"  {ids[edge.source]} {'-->' if edge.paths else '-.->'} {ids[edge.target]}" for edge in graph.edges]
    return "\n".join(["flowchart LR", *lines])


def write_dot(graph: ReferenceGraph) -> str:
    """A digraph of Graphviz (https://graphviz.org/doc/info/lang.html)."""
    lines = ["digraph reconciler {", "  rankdir=LR;", '  node [shape=box, fontname="sans-serif"];']
    lines += [f'  "{node.address}" [label="{_quote(node)}"];' for node in graph.nodes]
    lines += [f'  "{edge.source}" -> "{edge.target}"{"" if edge.paths else _DASHED};' for edge in graph.edges]
    return "\n".join([*lines, "}"])


GRAPH = document(
    "Resources and what they name",
    Key("nodes", list_of(shape(Key("address", Address), Key("title", str)))),
    Key(
        "edges",
        list_of(shape(Key("source", Address), Key("target", Address), Key("paths", list[str], "JSON Pointers."))),
    ),
)
"""Of a `ReferenceGraph`."""


def _spell(text: str) -> str:
    return _SYNTAX.sub(lambda found: f"#{ord(found[0])};", text)


def _quote(node: GraphNode) -> str:
    """For a quoted label: a backslash would begin an escape, an ampersand an entity of HTML."""
    lines = (line.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') for line in _label(node))
    return "\\n".join(lines)


def _label(node: GraphNode) -> list[str]:
    """The lines of a label: address, then title where there is one."""
    title = visible(node.title)
    shown = title if len(title) <= _LONGEST else title[: _LONGEST - 1].rstrip() + "…"
    return [str(node.address), *([shown] if shown else [])]
