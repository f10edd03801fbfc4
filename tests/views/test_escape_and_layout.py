from __future__ import annotations

import json
import unicodedata
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.views.plan.fields import describe_value, name_field
from reconciler.views.writing.escape import is_hidden, visible, visible_lines
from reconciler.views.writing.json_text import to_json
from reconciler.views.writing.layout import Page, cells, clipped, counted, elapsed, facts, moment, table, wrapped
from tests.views.samples import NOW


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain – “text” é 日本 ✓", "plain – “text” é 日本 ✓"),
        ("a\nb\rc\td", "a\\nb\\rc\\td"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("\x9b31m", "\\u009b31m"),
        ("pay\u202egpj.exe", "pay\\u202egpj.exe"),
        ("a\u2066b\u2069\u200e\u061c", "a\\u2066b\\u2069\\u200e\\u061c"),
        ("a\u200bb\ufeff\u00ad", "a\\u200bb\\ufeff\\u00ad"),
        ("a\u2028b", "a\\u2028b"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("\ud7fc\ue0b0\U000f0000", "\\ud7fc\\ue0b0\\U000f0000"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("\x7f\x00", "\\u007f\\u0000"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, expected: str) -> None:
    assert visible(text) == expected


def test_lines_stay_lines() -> None:
    assert visible_lines("a\r\n\tb\u202e\nc") == ["a", "    b\\u202e", "c"]


@given(st.text(st.characters(exclude_categories=()), max_size=30))
def test_nothing_hidden_survives(text: str) -> None:
    assert not any(is_hidden(character) for character in visible(text))
    assert all(unicodedata.category(character) != "Cc" for line in visible_lines(text) for character in line)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False, places=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_json_reads_back_exactly(data: Any) -> None:
    text = to_json(data)
    assert _plain(json.loads(text, parse_float=Decimal)) == _plain(data)
    assert not any(is_hidden(character) for character in text.replace("\n", ""))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def test_json_refuses_what_is_not_exact() -> None:
    with pytest.raises(TypeError):
        to_json({"a": 0.1})


def test_json_is_laid_out_for_people() -> None:
    assert to_json({"b": [1, {}], "a": []}) == '{\n  "b": [\n    1,\n    {}\n  ],\n  "a": []\n}'


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "(none)"),
        ("", '""'),
        ("desk@example.com", "desk@example.com"),
        ("smtp://mail.example.com:25", "smtp://mail.example.com:25"),
        (" padded", '" padded"'),
        ("12", '"12"'),
        ("7d", "7d"),
        ("{{ now }}", "{{ now }}"),
        ("a\u202eb", '"a\\u202eb"'),
        (["a, b", '"Last, First" <a@example.com>'], '"a, b", "Last, First" <a@example.com>'),
        ("true", '"true"'),
        ("a -> b", '"a -> b"'),
        ('say "hi"', 'say "hi"'),
        ('"hi"', '"\\"hi\\""'),
        (True, "true"),
        (3, "3"),
        (Decimal("1.50"), "1.50"),
        ([], "(none)"),
        (["a", 1], "a, 1"),
        ({"secret": "relay-password"}, "secret relay-password"),
        ({"group": "desk"}, "group desk"),
        ({"a": {"b": None}}, "{a: {}}"),
        ({"type": "string", "default": None, "enum": [], "required": False}, "{type: string, required: false}"),
    ],
)
def test_values_read_without_needless_signs(value: Any, expected: str) -> None:
    assert describe_value(value) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/spec/uri", "uri"),
        ("/spec/stages/0/quorum", "stages[0].quorum"),
        ("/metadata/title", "metadata.title"),
        ("/templates/approvals~1ask.html.j2", "template approvals/ask.html.j2"),
        ("/files/certs~1ca.pem", "file certs/ca.pem"),
        ("/templates", "templates"),
    ],
)
def test_fields_are_named_as_people_say_them(path: str, expected: str) -> None:
    assert name_field(path) == expected


def test_wide_and_combining_characters_are_measured() -> None:
    assert [cells("abc"), cells("日本"), cells("e\u0301")] == [3, 4, 1]


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本語", 5, "日本…"), ("日本語", 4, "日…")],
)
def test_long_text_is_clipped_to_its_columns(text: str, columns: int, expected: str) -> None:
    assert clipped(text, columns) == expected
    assert cells(clipped(text, columns)) <= columns


def test_a_table_cuts_the_columns_that_may_be_cut() -> None:
    text = table(("A", "B"), [("one", "x" * 50), ("two", "y")], Page(width=20), cut=(1,))
    assert text.splitlines() == ["A    B", "one  " + "x" * 14 + "…", "two  y"]


def test_words_longer_than_the_width_stay_whole() -> None:
    assert wrapped("a " + "x" * 40, 30) == ["a", "x" * 40]


def test_facts_leave_out_what_is_empty() -> None:
    assert facts([("a", "1"), ("long", ""), ("bc", "2")], 40, " ") == [" a   1", " bc  2"]


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ({"seconds": 20}, "less than a minute"),
        ({"minutes": 12}, "12 min"),
        ({"days": 3, "hours": 4, "minutes": 5}, "3 d 4 h"),
        ({"days": 2, "minutes": 5}, "2 d 5 min"),
    ],
)
def test_spans_are_said_in_two_units(span: dict[str, float], expected: str) -> None:
    assert elapsed(timedelta(**span)) == expected


def test_moments_are_utc() -> None:
    assert (moment(NOW), moment(None)) == ("2026-03-02 09:30 UTC", "")


@pytest.mark.parametrize(("number", "expected"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries")])
def test_counts_have_their_noun(number: int, expected: str) -> None:
    assert counted(number, "entry", "entries") == expected
