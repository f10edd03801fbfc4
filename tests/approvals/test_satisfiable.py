"""Whose requests could never be approved: said by rule, and compared with trying everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, combinations
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.approvals.eligibility import list_eligible_people
from reconciler.approvals.quorum import count_approvals, find_shortage
from reconciler.approvals.transitions import Draft, open_request
from reconciler.model.approvals.person import Member
from reconciler.model.approvals.request import Choice, Decision, Request, Rules, Stage
from reconciler.model.duration import parse_duration
from reconciler.model.errors import Refused
from reconciler.model.mail.mailbox import Mailbox

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
OUTSIDER = Mailbox("outsider@example.net")
Quorum = int | Literal["all"]


def members(*names: str) -> tuple[Member, ...]:
    return tuple(Member(Mailbox(f"{name}@example.com")) for name in names)


def stage(quorum: Quorum) -> Stage:
    return Stage("", (), quorum, parse_duration("7d"))


@pytest.mark.parametrize(
    ("people", "quorum", "self_approval", "stuck"),
    [
        (("a", "b"), 1, False, None),
        (("a",), 1, False, ["a"]),
        (("a",), 1, True, None),
        (("a", "b"), 2, False, ["a", "b"]),
        (("a", "b"), 2, True, None),
        (("a", "b"), "all", False, None),
        (("a",), "all", False, ["a"]),
        (("a", "b"), 3, True, []),
        (("a", "a+x"), 2, True, []),
        ((), "all", True, []),
    ],
)
def test_who_is_stuck(people: tuple[str, ...], quorum: Quorum, self_approval: bool, stuck: list[str] | None) -> None:
    """``stuck``: the approvers whose own requests are; an empty list is everybody's."""
    found = find_shortage(stage(quorum), Rules(self_approval), members(*people))
    shown = None if found is None else [member.mailbox.address.partition("@")[0] for member in found.requesters]
    assert shown == stuck


def test_the_counter_example_has_its_numbers() -> None:
    found = find_shortage(stage(2), Rules(), members("a", "b"))
    assert found is not None
    assert (found.able, found.needed, found.for_all) == (1, 2, False)


PEOPLE = st.lists(st.sampled_from(["a", "b", "c", "d", "a+tag", "B"]), max_size=5).map(lambda names: members(*names))
QUORUMS: st.SearchStrategy[Quorum] = st.one_of(st.integers(1, 5), st.just("all"))


@settings(max_examples=200)
@given(people=PEOPLE, quorum=QUORUMS, self_approval=st.booleans())
def test_the_rule_finds_what_trying_every_set_of_decisions_finds(
    people: tuple[Member, ...], quorum: Quorum, self_approval: bool
) -> None:
    rules, found = Rules(self_approval), find_shortage(stage(quorum), Rules(self_approval), people)
    for requester in [OUTSIDER, *(member.mailbox for member in people)]:
        keys = {member.key for member in found.requesters} if found else set()
        hopeless = found is not None and (found.for_all or Member(requester).key in keys)
        assert hopeless != _some_set_approves(requester, quorum, rules, people)


@settings(max_examples=100)
@given(people=PEOPLE, quorum=QUORUMS, self_approval=st.booleans())
def test_exactly_these_requests_are_refused_when_they_are_made(
    people: tuple[Member, ...], quorum: Quorum, self_approval: bool
) -> None:
    found = find_shortage(stage(quorum), Rules(self_approval), people)
    for requester in [OUTSIDER, *(member.mailbox for member in people)]:
        keys = {member.key for member in found.requesters} if found else set()
        hopeless = found is not None and (found.for_all or Member(requester).key in keys)
        assert _is_refused(requester, quorum, Rules(self_approval), people) == hopeless


def _some_set_approves(requester: Mailbox, quorum: Quorum, rules: Rules, people: tuple[Member, ...]) -> bool:
    """Try every set of people who may decide as those who approve."""
    able = list_eligible_people(rules, requester, people)
    sets = chain.from_iterable(combinations(able, size) for size in range(len(able) + 1))
    request = _request(requester, quorum, rules)
    return any(count_approvals(replace(request, decisions=tuple(map(_approval, each))), able).reached for each in sets)


def _is_refused(requester: Mailbox, quorum: Quorum, rules: Rules, people: tuple[Member, ...]) -> bool:
    draft = Draft(
        id="req_1", type="t", process="p", subject="s", requester=requester, reason="why", fields={},
        stage=stage(quorum), rules=rules,
    )  # fmt: skip
    try:
        open_request(draft, people, NOW)
    except Refused:
        return True
    return False


def _approval(member: Member) -> Decision:
    return Decision(member.mailbox, Choice.APPROVE, "", NOW, 0)


def _request(requester: Mailbox, quorum: Quorum, rules: Rules) -> Request:
    return Request(
        id="req_1", type="t", process="p", subject="s", requester=requester, reason="why", fields={},
        stages=(stage(quorum),), rules=rules, created=NOW, opened=NOW, expires=NOW, due=None,
    )  # fmt: skip
