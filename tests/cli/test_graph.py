"""`graph` on the command line: its formats, before and after its name, and a graph too large for Mermaid."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def test_the_text_is_mermaid(cli: Cli) -> None:
    text = cli("graph").out
    assert text.startswith("flowchart LR\n")
    assert cli("graph", "--format", "mermaid").out == cli("--format", "mermaid", "graph").out == text


def test_dot_is_for_graphviz(cli: Cli) -> None:
    assert cli("--format=dot", "graph").out.startswith("digraph reconciler {\n")


@pytest.mark.parametrize(
    "words", [("plan", "--format", "dot"), ("--format", "mermaid", "plan"), ("graph", "--format=sarif")]
)
def test_a_format_of_another_command_is_refused(cli: Cli, words: tuple[str, ...]) -> None:
    result = cli(*words)
    assert (result.code, result.out) == (1, "")


def test_nothing_applied_is_an_empty_graph(cli: Cli) -> None:
    assert cli("graph", "--stored").out == "flowchart LR\n"


def test_more_than_mermaid_draws_is_said(cli: Cli, project: Path) -> None:
    head = {"apiVersion": "reconciler/v1", "kind": "Group"}
    members = [f"p{number}@example.com" for number in range(2)]
    groups = [{**head, "metadata": {"name": f"g{n}"}, "spec": {"members": members}} for n in range(34)]
    for number, group in enumerate(groups):
        group["spec"]["members"] = [*members, *({"group": f"g{lower}"} for lower in range(number))]  # type: ignore[index]
    texts = "\n---\n".join(json.dumps(group) for group in groups)
    (project / "manifests" / "many.yaml").write_text(texts)
    result = cli("graph")
    assert result.code == 0
    assert result.out.count("-->") > 500
    assert "Mermaid draws 500 at most" in " ".join(result.err.split())
    assert cli("graph", "SmtpServer/relay").err == ""
