"""What a title holds is text, whatever the language of the picture makes of its signs."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.configuration.address import Address
from reconciler.planning.graph.reference_graph import Edge, GraphNode, ReferenceGraph
from reconciler.views.graph import GRAPH, write_dot, write_mermaid
from reconciler.views.writing.escape import visible

TITLES = (
    'A "quoted" title',
    "Brackets ] --> [end] {x} (y) |z|",
    "<b>HTML</b> & &amp; <script>alert(1)</script>",
    "`code` *star* _under_ #35; %% comment",
    "1. a list",
    "- a list",
    "back\\slash \\N \\",
    "end",
    "Fünf, 五, עברית",
    "hidden \u202e turned\u200b",
    "é" * 200,
)
A, B = Address("EmailTask", "a"), Address("SmtpServer", "b")


def titled(title: str) -> ReferenceGraph:
    return ReferenceGraph((GraphNode(A, title), GraphNode(B)), (Edge(A, B, ("/spec/smtpServer",)),))


def read_back(label: str) -> str:
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), label)


def shown(title: str) -> str:
    text = visible(title)
    return text if len(text) <= 60 else text[:59].rstrip() + "…"


@pytest.mark.parametrize("title", TITLES)
def test_a_title_in_mermaid_is_one_label(title: str) -> None:
    first, node, other, edge = write_mermaid(titled(title)).split("\n")
    assert (first, other, edge) == ("flowchart LR", '  n1["SmtpServer/b"]', "  n0 --> n1")
    label = re.fullmatch(r'  n0\["EmailTask/a<br/>(.*)"\]', node)
    assert label
    assert read_back(label[1]) == shown(title)


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_no_sign_of_a_title_has_a_meaning_in_mermaid(title: str) -> None:
    label = write_mermaid(titled(title)).split("\n")[1].removeprefix('  n0["EmailTask/a').removesuffix('"]')
    assert re.fullmatch(r"(<br/>([\w /-]|#\d+;)*)?", label)


@pytest.mark.parametrize("title", TITLES)
def test_a_title_in_dot_is_one_label(title: str) -> None:
    lines = write_dot(titled(title)).split("\n")
    assert lines[-3:] == ['  "SmtpServer/b" [label="SmtpServer/b"];', '  "EmailTask/a" -> "SmtpServer/b";', "}"]
    label = re.fullmatch(r'  "EmailTask/a" \[label="EmailTask/a\\n((?:[^"\\]|\\.)*)"\];', lines[3])
    assert label
    assert re.sub(r"\\(.)", r"\1", label[1]).replace("&amp;", "&") == shown(title)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("title", TITLES)
def test_graphviz_shows_the_title(title: str) -> None:
    done = subprocess.run(
        ["dot", "-Tplain"], input=write_dot(titled(title)), capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert done.stdout.count("\nnode ") == 2 and done.stdout.count("\nedge ") == 1


def test_a_server_that_is_not_named_has_a_dashed_line() -> None:
    graph = ReferenceGraph((GraphNode(A), GraphNode(B)), (Edge(A, B, ()),))
    assert "  n0 -.-> n1" in write_mermaid(graph)
    assert '"EmailTask/a" -> "SmtpServer/b" [style=dashed];' in write_dot(graph)


def test_json_has_titles_whole_and_the_fields() -> None:
    assert GRAPH.write(titled("é" * 200)) == {
        "formatVersion": "1.0",
        "nodes": [{"address": "EmailTask/a", "title": "é" * 200}, {"address": "SmtpServer/b", "title": ""}],
        "edges": [{"source": "EmailTask/a", "target": "SmtpServer/b", "paths": ["/spec/smtpServer"]}],
    }


def test_an_empty_graph_is_one_too() -> None:
    assert write_mermaid(ReferenceGraph((), ())) == "flowchart LR"
    assert write_dot(ReferenceGraph((), ())).endswith("\n}")
