"""Faults: each at the place where a person has to look, in plain words, with a hint for the usual traps."""

from __future__ import annotations

import time

import pytest

from reconciler.model.diagnostic import Diagnostic
from reconciler.sources.yaml.documents import MAX_ALIASED, MAX_DEPTH, read_documents

VARIABLE = 'Inside { } and [ ] put a variable into quotes: "${vars.NAME}".'
STAR = "A value that begins with * is an alias to YAML. If text is meant, put it into quotes."


def faults(text: str) -> list[Diagnostic]:
    return read_documents(text, "f.yaml")[1]


@pytest.mark.parametrize(
    ("text", "line", "column", "summary", "hint"),
    [
        ("a: {{ x }}\n", 1, 4, "Unquoted template", 'Put the whole value into quotes: "{{ … }}".'),
        ("a: {{ x }} and {{ y }}\n", 1, 4, "Unquoted template", 'Put the whole value into quotes: "{{ … }}".'),
        ("b: 1\na: {{ x.y | z(1) }}\n", 2, 4, "Unquoted template", 'Put the whole value into quotes: "{{ … }}".'),
        ("- {{ x }}\n", 1, 3, "Unquoted template", 'Put the whole value into quotes: "{{ … }}".'),
        ("a: *\n", 1, 5, "Broken YAML", STAR),
        ("a: *.example.com\n", 1, 5, "Broken YAML", STAR),
        ("a: *all\n", 1, 4, "Unknown alias", STAR),
        ("a: &desk 1\nb: *dest\n", 2, 4, "Unknown alias", "Did you mean *desk? " + STAR),
        ("a:\n\tb: 1\n", 2, 1, "Broken YAML", "Indent with spaces: YAML does not allow tabs there."),
        ("a: |\n x\n\ty\n", 3, 1, "Broken YAML", "Indent with spaces: YAML does not allow tabs there."),
        ("a: @x\n", 1, 4, "Broken YAML", "Put a text that begins with @ into quotes."),
        ("a: `x`\n", 1, 4, "Broken YAML", "Put a text that begins with ` into quotes."),
        ("a: %x\n", 1, 4, "Broken YAML", "Put a text that begins with % into quotes."),
        ("spec: {quorum: ${vars.quorum}}\n", 1, 17, "Broken YAML", VARIABLE),
        ("a: Re: hello\n", 1, 6, "Broken YAML", "Put a text that holds a colon followed by a space into quotes."),
        ("a: 'x\nb: 1\n", 1, 4, "Broken YAML", None),
        ("a: [1\nb: 2\n", 2, 2, "Broken YAML", None),
        ("a: 1\na 2\nb: 3\n", 2, 1, "Broken YAML", None),
        ("a: [\n\n", 1, 5, "Broken YAML", None),
        ("a: &x {b: c\n", 1, 7, "Broken YAML", None),
        ("%FOO\n", 1, 5, "Broken YAML", None),
        ('a: "\\q"\n', 1, 5, "Broken YAML", None),
        ("a: 1\n  b: 2\n", 2, 4, "Broken YAML", None),
        ("%YAML 1.1\n---\na: 1\n", 1, 1, "Wrong YAML version", "Remove the %YAML line."),
        ("a: 1\nb: 2\na: 3\n", 3, 1, "Duplicate key", "Remove one of them."),
        ("1: x\n", 1, 1, "Key is not text", "Put the key into quotes if this text is meant."),
        ("true: x\n", 1, 1, "Key is not text", "Put the key into quotes if this text is meant."),
        ("~: x\n", 1, 1, "Key is not text", "Put the key into quotes if this text is meant."),
        (".nan: x\n", 1, 1, "Key is not text", "Put the key into quotes if this text is meant."),
        ("? [a]\n: x\n", 1, 3, "Key is not text", "Check braces, brackets and question marks."),
        ("a: &x b\n*x : 1\n", 2, 1, "Key is not text", "Write the key out. " + STAR),
        ("a: &x {b: 1}\nc: {<<: *x}\n", 2, 5, "Merge key", "Write the fields out, or repeat one value with an alias."),
        ("a: &x [*x]\n", 1, 8, "Endless alias", "Write the value out."),
    ],
)  # fmt: skip
def test_each_fault_has_its_place_and_its_hint(
    text: str, line: int, column: int, summary: str, hint: str | None
) -> None:
    (fault,) = faults(text)
    assert (fault.place.file, fault.place.line, fault.place.column, fault.summary) == ("f.yaml", line, column, summary)
    assert fault.hint == hint if hint else fault.hint.startswith("Compare the indentation")
    assert fault.detail.endswith(".")


def test_a_duplicate_key_names_the_first_place_and_keeps_the_first_value() -> None:
    documents, (fault,) = read_documents("spec:\n  to: a\n  cc: b\n  to: {x: [1]}\n", "f.yaml")
    assert "first in line 2" in fault.detail
    assert documents[0].data == {"spec": {"to": "a", "cc": "b"}}
    assert documents[0].values["spec", "to"].line == 2


def test_all_faults_of_a_file_are_told_at_once() -> None:
    text = "a: .inf\nb: !x 1\n1: y\n---\nc: 1\nc: 2\n---\nd: @\n"
    assert [(fault.place.line, fault.summary) for fault in faults(text)] == [
        (1, "Not an exact value"),
        (2, "Tag not allowed"),
        (3, "Key is not text"),
        (6, "Duplicate key"),
        (8, "Broken YAML"),
    ]


def test_documents_before_broken_text_stand() -> None:
    documents, diagnostics = read_documents("a: 1\n---\nb: [\n", "f.yaml")
    assert ([document.data for document in documents], len(diagnostics)) == ([{"a": 1}], 1)


def test_an_unquoted_template_is_read_as_the_text_it_was_meant_to_be() -> None:
    documents, _ = read_documents("ä: ö\na: {{ request.subject }}\nb: 1\n", "f.yaml")
    assert documents[0].data == {"ä": "ö", "a": "{{ request.subject }}", "b": 1}


@pytest.mark.parametrize("text", ["[" * 5000, "[" * 51 + "]" * 51, "{a: " * 51, "- " * 51 + "x", "? " * 60 + "x"])
def test_nesting_is_limited(text: str) -> None:
    (fault,) = faults(text)
    assert fault.summary == "Nesting too deep"


def test_nesting_up_to_the_limit_is_allowed() -> None:
    assert faults("[" * MAX_DEPTH + "]" * MAX_DEPTH) == []


def test_an_alias_bomb_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    began = time.monotonic()
    (fault,) = faults("\n".join(lines))
    assert fault.summary == "Too many values through aliases"
    assert time.monotonic() - began < 1


def test_aliases_within_the_budget_are_allowed() -> None:
    text = "a: &a x\nb: [" + ", ".join(["*a"] * MAX_ALIASED) + "]\n"
    assert faults(text) == []


def test_values_repeated_by_an_alias_are_independent() -> None:
    data = read_documents("a: &x {k: []}\nb: *x\n", "f.yaml")[0][0].data
    data["a"]["k"].append(1)
    assert data["b"] == {"k": []}
