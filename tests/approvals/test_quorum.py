"""Quorum counts people."""

from dataclasses import replace

import pytest

from reconciler.approvals.quorum import count_approvals, count_needed
from reconciler.model.approvals.request import Choice
from tests.approvals.samples import people, request, word

AB = people("a@example.com", "b@example.com")


@pytest.mark.parametrize(("quorum", "count", "expected"), [(1, 2, 1), (3, 2, 3), ("all", 2, 2), ("all", 0, 1)])
def test_how_many_are_needed(quorum, count, expected):
    assert (
        count_needed(request("a@example.com", "b@example.com", "c@example.com", quorum=quorum).current, AB[:count])
        == expected
    )


def test_one_person_counts_once_however_spelled():
    pending = replace(
        request("a@example.com", "b@example.com", quorum=2), decisions=(word("a@example.com"), word("A+x@EXAMPLE.com"))
    )
    assert (count_approvals(pending, AB).given, count_approvals(pending, AB).reached) == (1, False)


def test_a_denial_is_never_outvoted():
    denial = word("b@example.com", Choice.DENY)
    pending = replace(request("a@example.com", "b@example.com"), decisions=(word("a@example.com"), denial))
    assert count_approvals(pending, AB).denial == denial
    assert not count_approvals(pending, AB).reached


def test_decisions_of_another_stage_do_not_count():
    other = replace(word("a@example.com"), stage=1)
    assert count_approvals(replace(request("a@example.com"), decisions=(other,)), AB).given == 0


def test_all_counts_whoever_approved_before_leaving():
    pending = replace(request("a@example.com", "b@example.com", quorum="all"), decisions=(word("a@example.com"),))
    left = count_approvals(pending, people("b@example.com"))
    assert (left.given, left.needed, left.reached) == (1, 2, False)
    assert count_approvals(pending, people("a@example.com")).reached


def test_an_emptied_group_approves_nothing():
    assert not count_approvals(request("a@example.com", quorum="all"), ()).reached
