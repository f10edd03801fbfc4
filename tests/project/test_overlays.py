"""Overlays and variables: merge tables, properties that always hold, and every way they can be wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.configuration.resource import Document
from reconciler.model.diagnostic import Place
from reconciler.sources.project.merge import merge_trees
from reconciler.sources.project.trees import make_document, make_plain, make_tree
from tests.project.conftest import NEWS, Project

ENVIRONMENT = """
    environments:
      staging:
        mail: {deliver: hold}
        overlays: [overlays/a, overlays/b]
        vars: {host: relay.example.com, port: 25, on: true, connections: 7, list: [x@example.com, y@example.com]}
"""

EMPTY = "# nothing yet\n"


def laid(base: Any, over: Any) -> Any:
    trees = [make_tree(Document(data, "f", {(): Place("f")}, {})) for data in (base, over)]
    return make_plain(merge_trees(*trees))


@pytest.mark.parametrize(
    ("base", "over", "expected"),
    [
        ({"a": 1, "b": {"c": 2}}, {"b": {"d": 3}}, {"a": 1, "b": {"c": 2, "d": 3}}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": {"b": 1}}, {"a": {"b": None}}, {"a": {}}),
        ({"a": 1}, {"b": {"c": None, "d": 1}}, {"a": 1, "b": {"d": 1}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": [1]}, {"a": []}, {"a": []}),
        (
            {"a": [{"name": "x", "v": 1}, {"name": "y"}]},
            {"a": [{"name": "z"}, {"name": "x", "w": 2}]},
            {"a": [{"name": "x", "v": 1, "w": 2}, {"name": "y"}, {"name": "z"}]},
        ),
        ({"a": [{"name": "x"}, {"name": "y"}]}, {"a": [{"name": "x", "remove": True}]}, {"a": [{"name": "y"}]}),
        ({"a": [{"name": "x"}]}, {"a": [{"v": 1}]}, {"a": [{"v": 1}]}),
        ({"a": [{"v": 1}]}, {"a": [{"name": "x"}]}, {"a": [{"name": "x"}]}),
        ({"a": "text"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_what_merges_replaces_and_goes(base: Any, over: Any, expected: Any) -> None:
    assert laid(base, over) == expected


KEYS = st.sampled_from(["name", "a", "b", "remove"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["x", "y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
MAPS = st.dictionaries(KEYS, VALUES, max_size=4)


@given(MAPS)
def test_an_overlay_of_nothing_changes_nothing(base: dict[str, Any]) -> None:
    assert laid(base, {}) == base


@given(MAPS, MAPS)
def test_laying_the_same_over_again_changes_nothing(base: dict[str, Any], over: dict[str, Any]) -> None:
    once = laid(base, over)
    assert laid(once, over) == once


@given(MAPS)
def test_a_document_survives_being_a_tree(data: dict[str, Any]) -> None:
    document = Document(data, "f", {(): Place("f")}, {})
    assert make_document(make_tree(document), "f").data == data


@pytest.fixture
def staged(project: Project) -> Project:
    project.says(ENVIRONMENT)
    project.write(overlays__a__empty=EMPTY, overlays__b__empty=EMPTY)
    return project


def relay(spec: str, name: str = "relay") -> str:
    return f"apiVersion: reconciler/v1\nkind: SmtpServer\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def test_folders_are_laid_over_in_their_order(staged: Project) -> None:
    staged.write(
        overlays__a__r=relay("{from: a@example.com, helo: a.example.com}"),
        overlays__b__r=relay("{from: b@example.com}"),
    )
    spec = staged.spec("SmtpServer/relay", "staging")
    assert (spec["from"], spec["helo"], spec["uri"]) == ("b@example.com", "a.example.com", "smtp://127.0.0.1:2525")


def test_a_fault_in_an_overlaid_value_points_into_the_overlay(staged: Project) -> None:
    staged.write(overlays__a__r=relay("{limits: {connections: none}, frm: x}"))
    assert staged.faults("staging") == [
        "overlays/a/r.yaml:4:30: Wrong type: spec.limits.connections expects a whole number, found text. | Write a whole number.",
        'overlays/a/r.yaml:4:37: Unknown field: There is no field "frm" here. | Did you mean "from"?',
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            relay("{}", "rely"),
            "overlays/a/r.yaml:3:18: Overlay hits nothing: No manifest declares SmtpServer/rely, so there is nothing this could "
            'change. | Did you mean "SmtpServer/relay"?',
        ),
        (
            relay("{heloo: null}"),
            'overlays/a/r.yaml:4:8: Overlay hits nothing: "heloo" is set to nothing here to restore its default, and the '
            "manifest does not set it. | Correct the name, or remove the line.",
        ),
        (
            "kind: SmtpServer\n",
            "overlays/a/r.yaml:1:1: Overlay without an address: An overlay names what it changes: apiVersion, kind and metadata "
            "with the name, then what differs. | Add them.",
        ),
        (
            relay("{}") + "---\n" + relay("{}"),
            "overlays/a/r.yaml:8:18: Duplicate overlay: SmtpServer/relay stands at overlays/a/r.yaml:3:18 already; one folder "
            "says it once. | Make one of the two.",
        ),
    ],
)
def test_an_overlay_that_cannot_be_meant_is_told(staged: Project, text: str, told: str) -> None:
    staged.write(overlays__a__r=text)
    assert staged.faults("staging") == [told]


def test_a_folder_without_overlays_is_told(project: Project) -> None:
    project.says("environments: {staging: {mail: {deliver: hold}, overlays: [overlays/x, manifests/y]}}")
    faults = project.faults("staging")
    assert [fault.split(": ")[0:2] for fault in faults] == [
        ["reconciler.yaml:5:62", "No overlays"],
        ["reconciler.yaml:5:74", "No overlays"],
        ["reconciler.yaml:5:74", "Overlay among the manifests"],
    ]


def test_nothing_is_said_of_an_overlay_while_a_manifest_cannot_be_read(staged: Project) -> None:
    staged.write(overlays__a__r=relay("{}", "other"), manifests__other="a: [")
    assert [fault.split(": ")[1] for fault in staged.faults("staging")] == ["Broken YAML"]


def test_variables_keep_their_type_and_are_written_into_longer_texts(staged: Project) -> None:
    text = "{uri: 'smtp://${vars.host}:${vars.port}', from: desk@example.com, limits: {connections: '${vars.connections}'}}"
    staged.write(manifests__relay=relay(text))
    staged.write(manifests__news=NEWS.replace("[a@example.com, b@example.org]", "'${vars.list}'"))
    spec = staged.spec("SmtpServer/relay", "staging")
    assert (spec["uri"], spec["limits"]) == (
        "smtp://relay.example.com:25",
        {"connections": 7, "messagesPerConnection": 100},
    )
    assert staged.spec("EmailTask/news", "staging")["to"] == ["x@example.com", "y@example.com"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a $${vars.host} b", "a ${vars.host} b"),
        ("$${vars.host}", "${vars.host}"),
        ("$HOME ${HOME} $$ ${x} $${HOME}", "$HOME ${HOME} $$ ${x} $${HOME}"),
        ("${vars.on}/${vars.port}", "true/25"),
    ],
)
def test_only_uses_of_variables_are_replaced(staged: Project, body: str, expected: str) -> None:
    staged.write(manifests__news=NEWS.replace('"All is well."', f'"{body}"'))
    assert staged.spec("EmailTask/news", "staging")["body"] == expected


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            "${vars.hots}",
            "Undefined variable: There is no variable hots in environment staging. | "
            'Did you mean "host"? To mean the text itself, write $${vars.…}.',
        ),
        (
            "to ${vars.list}",
            "Wrong type: list is no text and no number, so it cannot stand inside a longer text. | "
            "Let the text be the variable alone, or give it a text. To mean the text itself, write $${vars.…}.",
        ),
        (
            "x ${vars.}",
            "Malformed variable: ${vars.} is no use of a variable. | "
            "Write ${vars.NAME}. To mean the text itself, write $${vars.…}.",
        ),
        (
            "${vars.host",
            "Malformed variable: ${vars.host is no use of a variable. | "
            "Write ${vars.NAME}. To mean the text itself, write $${vars.…}.",
        ),
    ],
)
def test_a_variable_that_cannot_be_filled_in_is_told(staged: Project, body: str, told: str) -> None:
    staged.write(manifests__news=NEWS.replace('"All is well."', f'"{body}"'))
    assert staged.faults("staging") == [f"manifests/news.yaml:9:9: {told}"]


def test_a_variable_without_environments_says_where_they_stand(project: Project) -> None:
    project.write(manifests__news=NEWS.replace('"All is well."', '"${vars.x}"'))
    assert project.faults() == [
        "manifests/news.yaml:9:9: Undefined variable: There is no variable x. | Variables stand in reconciler.yaml, under "
        "environments.NAME.vars; this project has no environments. To mean the text itself, write $${vars.…}."
    ]
