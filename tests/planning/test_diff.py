from __future__ import annotations

import copy
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.model.canonical import read_json, write_canonical_json
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import FieldChange
from reconciler.model.configuration.resource import Record
from reconciler.planning.graph.diff import compare_records
from reconciler.planning.graph.pointer import format_pointer, matches, sort_sets, split_pointer

SETS = ("/members", "/stages/*/approvers", "/map/*")


def record(spec: dict[str, Any], **parts: Any) -> Record:
    return Record(Address("Part", "one"), "default", 1, parts.pop("metadata", {}), spec, **parts)


def changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[FieldChange, ...]:
    return compare_records(record(before), record(after), SETS)


def test_equal_content_has_no_changes() -> None:
    assert changes({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"n": Decimal("1.50")}, {"n": Decimal("1.5")}),
        ({"n": Decimal("2.0")}, {"n": 2}),
        ({"t": "Zoe\u0308"}, {"t": "Zo\u00eb"}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ],
)
def test_what_is_spelled_otherwise_only_is_no_change(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert changes(before, after) == ()
    assert [change.path for change in changes({**before, "x": 1}, {**after, "x": 2})] == ["/spec/x"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 2}, FieldChange("/spec/a", 1, 2)),
        ({"a": 1}, {"a": True}, FieldChange("/spec/a", 1, True)),
        ({"a": None}, {"a": "x"}, FieldChange("/spec/a", None, "x")),
        ({"a": "x"}, {}, FieldChange("/spec/a", "x", None)),
        ({}, {"a": {"b": 1}}, FieldChange("/spec/a", None, {"b": 1})),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3, "c": 2}}, FieldChange("/spec/a/b", 1, 3)),
        ({"a": {"x.y/z~": 1}}, {"a": {"x.y/z~": 2}}, FieldChange("/spec/a/x.y~1z~0", 1, 2)),
        ({"a": {"__b": 1}}, {"a": {"__b": 2}}, FieldChange("/spec/a/__b", 1, 2)),
        ({"a": {'it\'s "b"': 1}}, {"a": {'it\'s "b"': 2}}, FieldChange('/spec/a/it\'s "b"', 1, 2)),
        ({"a": ["x", "y"]}, {"a": ["x", "z", "y"]}, FieldChange("/spec/a", ["x", "y"], ["x", "z", "y"])),
        ({"a": []}, {"a": ["x"]}, FieldChange("/spec/a", [], ["x"])),
        ({"a": [{"n": 1}]}, {"a": [{"n": 2}]}, FieldChange("/spec/a/0/n", 1, 2)),
        ({"a": [{"n": 1}]}, {"a": [{"n": 1}, {"n": 2}]}, FieldChange("/spec/a/1", None, {"n": 2})),
        ({"a": {"secret": "old"}}, {"a": {"secret": "new"}}, FieldChange("/spec/a/secret", "old", "new")),
        ({"a": {"b": 1}}, {"a": ["b"]}, FieldChange("/spec/a", {"b": 1}, ["b"])),
        ({"a": {"b": 1}}, {"a": None}, FieldChange("/spec/a", {"b": 1}, None)),
    ],
)
def test_a_change_is_shown_at_its_leaf(before: dict[str, Any], after: dict[str, Any], expected: FieldChange) -> None:
    assert changes(before, after) == (expected,)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": {"old": 1}}, {"a": {"new": 1}}, ["/spec/a/new", "/spec/a/old"]),
        ({"old": 1}, {"new": 1}, ["/spec/new", "/spec/old"]),
        ({"a": {}}, {"a": {"b": 1, "c": 2}}, ["/spec/a/b", "/spec/a/c"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {}}, ["/spec/a/b", "/spec/a/c"]),
        (
            {"a": {"b": 1, "c": 2, "d": 3}},
            {"a": {"d": 4, "e": 5, "f": 6, "g": 7}},
            [f"/spec/a/{key}" for key in "bcdefg"],
        ),
        ({"a": {"b": {"x": 1}}}, {"a": {"b": {"y": 1}}}, ["/spec/a/b/x", "/spec/a/b/y"]),
        ({"a": [{"x": 1, "z": 1}]}, {"a": [{"y": 1}]}, ["/spec/a/0/x", "/spec/a/0/y", "/spec/a/0/z"]),
        ({"a": [{"x": 1}, {}]}, {"a": [{"y": 1}]}, ["/spec/a/0/x", "/spec/a/0/y", "/spec/a/1"]),
        ({"a": {"0": 1}}, {"a": {"1": 1}}, ["/spec/a/0", "/spec/a/1"]),
        ({"members": {}}, {"members": {"a": 1}}, ["/spec/members/a"]),
        ({"a": {"it's": 1}}, {"a": {'"x.y"/z': 1}}, ['/spec/a/"x.y"~1z', "/spec/a/it's"]),
    ],
)
def test_maps_without_a_common_key_are_compared_key_by_key(
    before: dict[str, Any], after: dict[str, Any], expected: list[str]
) -> None:
    assert [change.path for change in changes(before, after)] == expected


@pytest.mark.parametrize("part", ["metadata", "templates", "files"])
def test_a_part_that_is_exchanged_whole_is_compared_key_by_key(part: str) -> None:
    old, new = record({}, **{part: {"old": "1", "both": "1"}}), record({}, **{part: {"new": "2"}})
    assert [change.path for change in compare_records(old, new, ())] == [
        f"/{part}/both",
        f"/{part}/new",
        f"/{part}/old",
    ]


def test_a_set_shows_what_joined_and_what_left() -> None:
    group = {"group": "desk"}
    before, after = ["a@example.com", "b@example.com"], ["b@example.com", group]
    expected = FieldChange("/spec/members", before, after, (group,), ("a@example.com",))
    assert changes({"members": before}, {"members": after}) == (expected,)


def test_a_set_below_a_list_is_found_by_its_pattern() -> None:
    before, after = {"stages": [{"approvers": ["a"], "quorum": 1}]}, {"stages": [{"approvers": ["b"], "quorum": 2}]}
    expected = (
        FieldChange("/spec/stages/0/approvers", ["a"], ["b"], ("b",), ("a",)),
        FieldChange("/spec/stages/0/quorum", 1, 2),
    )
    assert changes(before, after) == expected


def test_a_set_that_appears_has_everything_added() -> None:
    assert changes({"members": None}, {"members": ["a"]}) == (FieldChange("/spec/members", None, ["a"], ("a",), ()),)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("abc", "abc", False),
        ("abc", "cba", True),
        ("abc", "axbc", False),
        ("abc", "cb", True),
        ("abc", "ac", False),
        ("", "ab", False),
    ],
)
def test_keys_that_change_places_are_shown_where_order_counts(before: str, after: str, shown: bool) -> None:
    old, new = ({"map": dict.fromkeys(keys, 1), "other": dict.fromkeys(keys, 1)} for keys in (before, after))
    found = compare_records(record(old), record(new), (), ("/map", "/nowhere"))
    moved = [change for change in found if change.path == "/spec/map"]
    assert moved == ([FieldChange("/spec/map", list(before), list(after))] if shown else [])
    assert [change for change in found if change not in moved] == list(compare_records(record(old), record(new), ()))


def test_metadata_templates_and_files_are_compared_too() -> None:
    old = record({}, metadata={"title": "A"}, templates={"approvals/ask.html.j2": "11"}, files={"ca.pem": "aa"})
    new = record({}, metadata={"title": "B"}, templates={"approvals/ask.html.j2": "22"}, files={})
    assert compare_records(old, new, ()) == (
        FieldChange("/files/ca.pem", "aa", None),
        FieldChange("/metadata/title", "A", "B"),
        FieldChange("/templates/approvals~1ask.html.j2", "11", "22"),
    )


def test_owner_and_source_are_no_fields() -> None:
    assert compare_records(record({}), replace(record({}), owner="other", source="x.yaml:1"), ()) == ()


def test_indexes_are_in_the_order_of_numbers() -> None:
    before, after = [{"n": i} for i in range(12)], [{"n": -i} for i in range(12)]
    paths = [change.path for change in changes({"a": before}, {"a": after})]
    assert paths == [f"/spec/a/{i}/n" for i in range(1, 12)]


def test_deepdiff_is_not_imported_when_there_is_nothing_to_compare() -> None:
    code = "import sys, reconciler.planning.plan; sys.exit('deepdiff' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


KEYS = st.sampled_from(["a", "b", "members", "stages", "approvers", "__c", "d.e", "f/g", "h~i", "it's", '"j"', "0"])
LEAVES = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "x", "y\nz", "é", "root['a']"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
SPECS = st.dictionaries(KEYS, VALUES, max_size=4)


@settings(max_examples=150)
@example(before={"a": [{}]}, after={"a": []})
@example(before={"a": [{"b": 0}, {}]}, after={"a": [{}]})
@given(before=SPECS, after=SPECS)
def test_the_changes_turn_before_into_after(before: dict[str, Any], after: dict[str, Any]) -> None:
    content = read_json(write_canonical_json(record(before).content()))
    wanted = read_json(write_canonical_json(record(after).content()))
    assert _without_nulls(_patched(content, changes(before, after))) == _without_nulls(wanted)


@settings(max_examples=50)
@given(before=SPECS, after=SPECS)
def test_the_same_records_give_the_same_changes(before: dict[str, Any], after: dict[str, Any]) -> None:
    turned = dict(reversed(after.items()))
    assert changes(before, after) == changes(dict(reversed(before.items())), turned)


def _patched(content: Any, found: tuple[FieldChange, ...]) -> Any:
    """The content with the changes made, the last first, so that an item taken off a list moves no other."""
    content = copy.deepcopy(content)
    for change in reversed(found):
        *way, last = split_pointer(change.path)
        target = content
        for step in way:
            target = target[int(step)] if isinstance(target, list) else target[step]
        if isinstance(target, dict):
            target[last] = change.after
        else:  # only maps are compared item by item, so null is an item that is gone
            target[int(last) : int(last) + 1] = [] if change.after is None else [change.after]
    return content


def _without_nulls(value: Any) -> Any:
    """A field that is absent and one that is null read alike; an item of a list is one, null or not."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return (type(value).__name__, value)


@settings(max_examples=150)
@given(before=SPECS, after=SPECS)
def test_no_change_holds_what_could_be_told_apart_below_it(before: dict[str, Any], after: dict[str, Any]) -> None:
    for change in changes(before, after):
        assert not (isinstance(change.before, dict) and isinstance(change.after, dict)), change


@pytest.mark.parametrize(
    ("path", "text"),
    [((), ""), (("a", 0), "/a/0"), (("a/b", "c~d"), "/a~1b/c~0d"), (("~1", ""), "/~01/")],
)
def test_pointers_escape_as_rfc_6901_says(path: tuple[str | int, ...], text: str) -> None:
    assert format_pointer(path) == text
    assert split_pointer(text) == tuple(map(str, path))


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        (("a",), ("a",), True),
        (("a", "*", "b"), ("a", 3, "b"), True),
        (("a", "*"), ("a",), False),
        (("a", "0"), ("a", 0), True),
        (("a",), ("b",), False),
    ],
)
def test_a_star_stands_for_one_step(pattern: tuple[str, ...], path: tuple[str | int, ...], fits: bool) -> None:
    assert matches(pattern, path) is fits


def test_sets_come_into_one_order_and_other_lists_keep_theirs() -> None:
    spec = {"members": ["b", "a"], "stages": [{"approvers": ["d", "c"], "other": [2, 1]}], "map": {"x": [3, 1]}}
    assert sort_sets(spec, SETS) == {
        "members": ["a", "b"],
        "stages": [{"approvers": ["c", "d"], "other": [2, 1]}],
        "map": {"x": [1, 3]},
    }
