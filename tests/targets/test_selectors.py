"""How a selector is written, and what it hits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.configuration.selector import SelectBy, Selector, parse_selector
from tests.planning.samples import record

LABELLED = replace(
    record("weekly"), metadata={"name": "weekly", "labels": {"team": "mail", "a=b": "c=d"}}, owner="desk"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Part/weekly", Selector(SelectBy.ADDRESS, "Part/weekly")),
        ("Part/*", Selector(SelectBy.GLOB, "Part/*")),
        ("*", Selector(SelectBy.GLOB, "*")),
        ("owner=desk", Selector(SelectBy.OWNER, "desk")),
        ("label=team=mail", Selector(SelectBy.LABEL, "team=mail")),
        ("label=team=", Selector(SelectBy.LABEL, "team=")),
    ],
)
def test_a_selector_is_read_and_written_alike(text: str, expected: Selector) -> None:
    found = parse_selector(text)
    assert found == expected
    assert str(found) == text


@pytest.mark.parametrize(
    "text", ["", "weekly", "Part/", "/weekly", "Part/Weekly", "owner=", "label=", "label=team", "label==x", "kind=Part"]
)
def test_what_could_hit_nothing_is_no_selector(text: str) -> None:
    assert parse_selector(text) is None


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("Part/weekly", True),
        ("Part/week", False),
        ("Part/w*", True),
        ("*week*", True),
        ("Part/week?y", True),
        ("part/*", False),
        ("Part/[a-v]*", False),
        ("owner=desk", True),
        ("owner=des", False),
        ("owner=d*", False),
        ("label=team=mail", True),
        ("label=team=mai", False),
        ("label=a=b=c=d", True),
    ],
)
def test_what_a_selector_hits(text: str, hit: bool) -> None:
    selector = parse_selector(text)
    assert selector is not None
    assert selector.hits(LABELLED) is hit
