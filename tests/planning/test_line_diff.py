"""Line by line: whole, as unified diffs are written, and in time that grows with length alone."""

from __future__ import annotations

import difflib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.planning.mail.line_diff import diff_lines, find_changed_lines, write_hunks

TEXTS = st.lists(st.sampled_from("abcdef"), max_size=12)


@given(TEXTS, TEXTS)
def test_the_rows_are_both_sides(before: list[str], after: list[str]) -> None:
    found = diff_lines(before, after)
    old, new = [row for row in found if row.sign != "+"], [row for row in found if row.sign != "-"]
    assert [row.text for row in old] == before
    assert [row.text for row in new] == after
    assert [row.old for row in old] == list(range(len(before)))
    assert [row.new for row in new] == list(range(len(after)))


@given(st.lists(st.integers(0, 40), unique=True, max_size=30), st.sets(st.integers(0, 40), max_size=5))
def test_hunks_are_those_of_difflib_where_lines_are_few_and_different(numbers: list[int], gone: set[int]) -> None:
    before = [str(number) for number in numbers]
    after = [text for text in before if int(text) not in gone] + ["new"]
    found = diff_lines(before, after)
    assert (
        write_hunks(found, find_changed_lines(found)) == list(difflib.unified_diff(before, after, n=2, lineterm=""))[2:]
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([""] * 100_000 + ["x"], ["y"] + [""] * 100_000),
        ([str(n) for n in range(60_000)], [str(n) for n in range(60_000, 0, -1)]),
        ([w for n in range(30_000) for w in ("x", f"a{n}")], [w for n in range(30_000) for w in ("x", f"b{n}")]),
        ([str(n % 101) for n in range(60_000)], [str(n % 103) for n in range(60_000)]),
    ],
)
def test_hostile_texts_take_no_longer(before: list[str], after: list[str]) -> None:
    begun = time.process_time()
    diff_lines(before, after)
    assert time.process_time() - begun < 2
