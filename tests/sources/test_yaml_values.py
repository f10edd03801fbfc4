"""Values: the YAML 1.2 core schema, exact numbers, no timestamps, no types by tag."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.sources.yaml.documents import read_documents


def read(text: str) -> Any:
    documents, diagnostics = read_documents(text, "f.yaml")
    assert not diagnostics
    return documents[0].data


def complaint(text: str) -> str:
    _, diagnostics = read_documents(text, "f.yaml")
    return "; ".join(f"{d.place}: {d.summary}" for d in diagnostics)


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_null(text: str) -> None:
    assert read(f"a: {text}\n") == {"a": None}


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("True", True), ("TRUE", True), ("false", False), ("FALSE", False)]
)
def test_only_true_and_false_are_booleans(text: str, value: bool) -> None:
    assert read(f"a: {text}")["a"] is value


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "no",
        "on",
        "off",
        "y",
        "N",
        "tRUE",
        "nULL",
        "2026-12-01",
        "2026-12-01T10:00:00Z",
        "1_000",
        "0b11",
        "1:30",
        "0o8",
        "0xg",
        "1e",
        "1.2.3",
        "+",
        ".",
        "-x",
        "12px",
    ],
)
def test_everything_else_unquoted_is_text(text: str) -> None:
    assert read(f"a: {text}") == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("-17", -17), ("+5", 5), ("007", 7), ("0o17", 15), ("0x1F", 31), ("-0", 0)]
)
def test_whole_numbers(text: str, value: int) -> None:
    found = read(f"a: {text}")["a"]
    assert (type(found), found) == (int, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.1", "0.1"), (".5", "0.5"), ("1.", "1"), ("1e3", "1000"), ("-2.50", "-2.50"), ("-0.0", "0"), ("1E-3", "0.001")],
)
def test_fractions_are_exact_decimals(text: str, value: str) -> None:
    found = read(f"a: {text}")["a"]
    assert (type(found), found) == (Decimal, Decimal(value))


@pytest.mark.parametrize(
    "text", [".inf", "-.Inf", ".nan", "1e999999999", "1e-41", "9" * 41, "0." + "1" * 60, "0x" + "f" * 60]
)
def test_numbers_that_are_not_exact_or_absurdly_long_are_refused(text: str) -> None:
    assert complaint(f"a: {text}") == "f.yaml:1:4: Not an exact value"


@pytest.mark.parametrize("text", ['"true"', "'5'", '"~"', "!!str 5", "!!str true"])
def test_quoted_and_tagged_values_stay_text(text: str) -> None:
    assert isinstance(read(f"a: {text}")["a"], str)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!!int 5", 5),
        ("!!float 5", Decimal(5)),
        ("!!bool true", True),
        ("!!null ~", None),
        ("!!map {}", {}),
        ("!!seq []", []),
    ],
)
def test_core_tags_are_obeyed(text: str, value: object) -> None:
    assert read(f"a: {text}") == {"a": value}


@pytest.mark.parametrize("text", ["!!int x", "!!bool 1", "!!float x", "!!null x"])
def test_a_core_tag_that_contradicts_its_value_is_refused(text: str) -> None:
    assert complaint(f"a: {text}") == "f.yaml:1:4: Not an exact value"


@pytest.mark.parametrize(
    "text",
    [
        "!foo 1",
        "!!python/object:os.system x",
        "!!binary aGk=",
        "!!set {a}",
        "!!timestamp 2026-12-01",
        "!foo [1]",
        "!foo {a: 1}",
        "!!seq {a: 1}",
    ],
)
def test_other_tags_are_refused(text: str) -> None:
    assert complaint(f"a: {text}") == "f.yaml:1:4: Tag not allowed"


def test_blocks_and_folds_are_text() -> None:
    assert read("a: |\n  one\n  two\nb: >\n  one\n  two\n") == {"a": "one\ntwo\n", "b": "one two\n"}


plain_data = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff"), max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc \"'{*&!", max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(plain_data)
def test_whatever_json_says_is_read_as_the_same_data(data: object) -> None:
    import json

    text = json.dumps({"top": data}, ensure_ascii=False)
    documents, diagnostics = read_documents(text, "f.yaml")
    assert (diagnostics, [document.data for document in documents]) == ([], [{"top": data}])


@given(st.text("ab:-{}[]&*!|>'\"#%@` \n\t0.", max_size=40))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    documents, diagnostics = read_documents(text, "f.yaml")
    for document in documents:
        for path in [*document.values, *document.keys]:
            place = document.values.get(path) or document.keys[path]
            assert place.line <= text.count("\n") + 1
    assert all(d.summary and d.detail and d.place.line >= 1 and d.place.column >= 1 for d in diagnostics)
