"""When each guard trips, and when it does not: numbers on both sides of every threshold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action
from tests.guards.planned import allow, ids, part, parts, planned, protect, state


@pytest.mark.parametrize(
    ("stored", "deleted", "trips"),
    [
        (1, 1, True),
        (2, 1, False),
        (2, 2, True),
        (3, 2, False),
        (4, 3, True),
        (9, 3, True),
        (9, 9, True),
        (10, 2, False),
        (10, 3, False),
        (10, 4, True),
        (33, 9, False),
        (34, 10, False),
        (34, 11, True),
        (100, 10, False),
        (100, 11, True),
    ],
)
def test_deletions(stored: int, deleted: int, trips: bool) -> None:
    before = parts(stored)
    plan = planned(state(*before[deleted:]), state(*before))
    assert ids(plan.guards) == (["deletions"] if trips else [])
    assert plan.blocked is trips
    for guard in plan.guards:
        assert f"{deleted} of {stored} " in guard.message
        assert "allow deletions" in guard.message
        assert guard.numbers == {"deleted": deleted, "stored": stored, "limit": 10, "limitPercent": 30}


@pytest.mark.parametrize(
    ("guards", "deleted", "trips"),
    [
        ({"deletions": 2, "deletionsPercent": 90}, 2, False),
        ({"deletions": 2, "deletionsPercent": 90}, 3, True),
        ({"deletions": 50, "deletionsPercent": 50}, 5, False),
        ({"deletions": 50, "deletionsPercent": 50}, 6, True),
        ({"deletions": 50, "deletionsPercent": 100}, 9, False),
        ({"deletions": 50, "deletionsPercent": 100}, 10, True),
        ({"deletions": 0, "deletionsPercent": 100}, 1, True),
        ({"deletions": None, "deletionsPercent": None}, 4, True),
        ({"deletions": None, "deletionsPercent": None}, 3, False),
        (None, 3, False),
    ],
)
def test_deletions_under_the_stored_project(guards: dict[str, int] | None, deleted: int, trips: bool) -> None:
    before = parts(10)
    plan = planned(state(*before[deleted:]), state(*before), project={"guards": guards})
    assert plan.blocked is trips


def test_deletions_are_counted_for_each_owner_by_itself() -> None:
    ours, theirs = parts(6), parts(100, owner="mail", prefix="m")
    plan = planned(state(*ours[3:], *theirs), state(*ours, *theirs))
    (guard,) = plan.guards
    assert "3 of 6 resources of owner default" in guard.message


def test_moves_and_replacements_by_others_do_not_hide_deletions() -> None:
    before = parts(4)
    plan = planned(state(before[0], *parts(50, prefix="new")), state(*before))
    assert ids(plan.guards) == ["deletions"]


@pytest.mark.parametrize(
    ("before", "after", "tripped"),
    [
        (["a"], ["a"], []),
        (["a"], [], ["protected=Part/a"]),
        (["a"], None, ["protected=Part/a"]),
        ([], ["a"], []),
        ([], None, []),
    ],
)
def test_protection_is_what_stored_state_says(before: list[str], after: list[str] | None, tripped: list[str]) -> None:
    kept = parts(8)
    stored = protect(state(part("a"), *kept), *before)
    desired = state(*kept) if after is None else protect(state(part("a", weight=2), *kept), *after)
    assert ids(planned(protect(desired, *(after or ())), stored).guards) == tripped


def test_what_is_needed_cannot_be_deleted_and_not_be_allowed() -> None:
    before = parts(10)
    needed = {Address("Part", "p0"): "2 open requests: req_1, req_2", Address("Part", "p9"): "1 open request: req_3"}
    plan = planned(state(*before[1:]), state(*before), needed=needed, allowed=(allow("in-flight"),))
    (guard,) = plan.guards
    assert (guard.id, str(guard.address), guard.blocks, guard.allowable) == ("in-flight", "Part/p0", True, False)
    assert "2 open requests: req_1, req_2" in guard.message
    assert "list the requests" in guard.message
    assert "--allow" not in guard.message


def test_a_take_over_is_guarded() -> None:
    plan = planned(state(part("a")), state(part("a", owner="mail")))
    (guard,) = plan.guards
    assert (str(guard.allowance), guard.blocks) == ("ownership=Part/a", True)
    assert "belongs to owner mail and would be taken over by default" in guard.message


def test_nothing_trips_on_a_first_apply() -> None:
    assert planned(state(*parts(40)), state()).guards == ()


NAMES = st.sets(st.sampled_from([f"p{number}" for number in range(24)]))


@given(NAMES, NAMES)
def test_nothing_beyond_the_thresholds_is_deleted_without_a_word(before: set[str], after: set[str]) -> None:
    stored, desired = state(*map(part, sorted(before))), state(*map(part, sorted(after)))
    plan = planned(desired, stored)
    deleted = plan.count(Action.DELETE)
    small = deleted == 0 or (
        deleted < len(before) and deleted <= 10 and (deleted < 3 or deleted * 100 <= 30 * len(before))
    )
    assert plan.blocked is not small
    assert not planned(desired, stored, allowed=(allow("deletions"),)).blocked
