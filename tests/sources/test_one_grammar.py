"""One grammar: what a text means depends on nothing else in its file, and is what a reviewer sees."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.sources.yaml.documents import read_documents
from reconciler.sources.yaml.formatting import format_manifest
from reconciler.sources.yaml.nodes import read_nodes
from tests.support.yaml_texts import yaml_texts

BREAKS = ["\x0b", "\x0c", "\r", "\x85", "\u2028", "\u2029"]
FLOW = "\n---\n{uri: smtp://host, ask: Ready?}\n"
"""A document that the C parser alone would not read."""


def read(text: str) -> tuple[list[Any], list[str]]:
    documents, diagnostics = read_documents(text, "f.yaml")
    return [each.data for each in documents], [f"{fault.place}: {fault.summary}" for fault in diagnostics]


@pytest.mark.parametrize("sign", BREAKS)
@pytest.mark.parametrize(
    "text",
    ["# agreed{}  b: 1\n", "a: x{}y\n", 'a: "x{}y"\n', "a: |\n  x{}y\n", "a: {{k: 'x{}y'}}\n", "a: 1{}b: 2\n", "{}"],
)
def test_no_character_stands_in_a_file_that_only_some_take_for_a_line_break(text: str, sign: str) -> None:
    written = "c: 1\n" + text.format(sign)
    column = text.format(sign).split("\n").index(next(x for x in text.format(sign).split("\n") if sign in x))
    assert read(written)[0] == []
    (told,) = read(written)[1]
    assert told.endswith("Hidden line break")
    assert told.startswith(f"f.yaml:{column + 2}:")


@pytest.mark.parametrize("sign", BREAKS)
def test_escaped_they_are_characters_like_any_other(sign: str) -> None:
    assert read(f'a: "x\\u{ord(sign):04x}y"\n') == ([{"a": f"x{sign}y"}], [])


def test_the_place_and_the_way_out_are_told() -> None:
    (fault,) = read_documents("a: 1\n# agreed\u2028  b: 1\n", "f.yaml")[1]
    assert (fault.place.line, fault.place.column) == (2, 9)
    assert fault.detail.startswith("The character U+2028 stands here: some readers begin a new line at it")
    assert fault.hint == (
        'Break the line with Enter, or remove it. Inside double quotes it can be written as "\\u2028".'
    )


def test_a_line_break_of_windows_is_one() -> None:
    assert read("a: 1\r\nb: |\r\n  x\r\n") == ([{"a": 1, "b": "x\n"}], [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{uri: smtp://host:25/x}", {"uri": "smtp://host:25/x"}),
        ("[http://x/?a=1&b=2:3, y::z]", ["http://x/?a=1&b=2:3", "y::z"]),
        ("{ask: Ready?, b: a ? b, c: x?y}", {"ask": "Ready?", "b": "a ? b", "c": "x?y"}),
        ("{a::b: c:d}", {"a::b": "c:d"}),
        ("{\"a\":b, 'c':d:e}", {"a": "b", "c": "d:e"}),
        ("{a: it's:x, b: a!b:c, c: !!str x:y}", {"a": "it's:x", "b": "a!b:c", "c": "x:y"}),
        ("{a: &n x:y, b: *n, c: !<tag:yaml.org,2002:str> 1:2}", {"a": "x:y", "b": "x:y", "c": "1:2"}),
        ("{a: x:y} # {b: x:y}", {"a": "x:y"}),
        ("a: [x:y]\nb: |\n  x:y?\nc: 'x:y?'\nd: \"x:y?\"", {"a": ["x:y"], "b": "x:y?\n", "c": "x:y?", "d": "x:y?"}),
        ("a: [x:y, \ue000]\nb: \"\\ue001\"", {"a": ["x:y", "\ue000"], "b": "\ue001"}),
    ],
)  # fmt: skip
def test_colons_and_question_marks_are_part_of_a_text_between_braces(text: str, value: Any) -> None:
    assert read(text) == ([value], [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('a: "Rocket \\ud83d\\ude80"', {"a": "Rocket 🚀"}),
        ('{"a": "\\uD83D\\uDE80\\u00fc", "\\ud83d\\ude80": "x:y"}', {"a": "🚀ü", "🚀": "x:y"}),
        (
            "a: \"\\ud83d\\ude80\"\nb: '\\ud83d\\uDE80'\nc: x\\uD83d\\ude80\nd: | # \\ud83d\\ude80\n  \\uD83D\\uDE80\n",
            {"a": "🚀", "b": "\\ud83d\\uDE80", "c": "x\\uD83d\\ude80", "d": "\\uD83D\\uDE80\n"},
        ),
        ('a: "\\ud83d\\ude80"\nb: "\\\\ud83d\\\\ude80"', {"a": "🚀", "b": "\\ud83d\\ude80"}),
    ],
)
def test_a_character_escaped_in_two_halves_is_one(text: str, value: Any) -> None:
    assert read(text) == ([value], [])


@pytest.mark.parametrize(
    "half", ["\\ud83d", "\\ude80", "\\ude80\\ud83d", "\\ud83dx\\ude80", "\\U0000d83d", "\\ud83d\\ud83d"]
)
@pytest.mark.parametrize("other", ["", FLOW, '\n---\nb: "\\ud83d\\ude80"\n'])
def test_half_a_character_is_told(half: str, other: str) -> None:
    (fault,) = read_documents(f'a: "{half}"{other}', "f.yaml")[1]
    assert (fault.summary, fault.place.line) == ("Broken YAML", 1)
    assert "half of one" in fault.detail
    assert fault.hint == 'Write both halves, or the character itself: "\\ud83d\\ude80" is 🚀.'


@pytest.mark.parametrize(
    "text",
    [
        "metadata: {name: r}\t# c",
        "a: |\n\tx\n",
        "a: &x:y 1",
        "&x?y a: 1",
        "{&x:y a: 1}",
        "a: [*x:y]",
        "{a:}",
        "{a:,b}",
        '{a: "x" ? b}',
        "{a: :b}",
        "a: {b: c",
        "%FOO x:y\n---\na: 1",
        "a: 1\nb",
        '{a: "\\q:x"}',
    ],
)
def test_the_verdict_is_the_same_whatever_else_stands_in_the_file(text: str) -> None:
    alone, told = read(text)
    there, both = read(FLOW.lstrip("\n") + "---\n" + text if not text.startswith("%") else text)
    shift = 0 if text.startswith("%") else 3
    assert [each.split(":")[-1] for each in told] == [each.split(":")[-1] for each in both]
    assert [int(each.split(":")[1]) + shift for each in told] == [int(each.split(":")[1]) for each in both]
    assert there[-len(alone) :] == alone if alone else True


@pytest.mark.parametrize("text", ["a: &x:y 1", "&x?y a: 1", "{&x:y a: 1}"])
def test_an_anchor_that_readers_understand_differently_is_told(text: str) -> None:
    assert read(text)[1][0].endswith("Broken YAML")


@pytest.mark.parametrize("text", ["{a: x:y}\n", '{"a": "\\ud83d\\ude80"}\n'])
def test_thousands_of_them_are_read_in_time(text: str) -> None:
    began = time.monotonic()
    documents, _ = read(("---\n" + text) * 3000)
    assert (len(documents), time.monotonic() - began < 3) == (3000, True)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(yaml_texts())
def test_a_document_between_others_means_what_it_means_alone(drawn: tuple[str, list[str]]) -> None:
    text = drawn[0] if drawn[0].endswith("\n") else drawn[0] + "\n"
    alone, told = read(text)
    flow = {"uri": "smtp://host", "ask": "Ready?"}
    if not told:
        assert read(text + FLOW.lstrip("\n")) == ([*alone, flow], [])
        assert read(FLOW.lstrip("\n") + "---\n" + text) == ([flow, *alone], [])


@settings(max_examples=100)
@given(st.recursive(st.text(max_size=8), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner)))
def test_what_a_writer_of_json_escapes_is_read_back(data: Any) -> None:
    text = json.dumps({"a": data}) + FLOW
    assert read(text)[0][0] == {"a": data}
    assert read_nodes(text).documents[0].root is not None


def test_fmt_keeps_what_was_escaped_as_it_was_written() -> None:
    text = 'a: "Rocket \\ud83d\\ude80"\nb: {u: x:y}\n'
    assert format_manifest(text, "f.yaml", {}) == (text, [])
