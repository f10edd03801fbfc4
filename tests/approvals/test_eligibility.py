"""Who may decide, and what those who may not are told."""

from dataclasses import replace

import pytest

from reconciler.approvals.eligibility import find_member, find_refusal, list_eligible_people, list_undecided, names
from reconciler.model.approvals.person import Member
from reconciler.model.approvals.request import Choice, RequestState, Rules
from reconciler.model.mail.mailbox import Mailbox
from tests.approvals.samples import ASKER, NOW, after, people, request, word

A, B, C = people("a@example.com", "b@example.com", "c@example.com")


def test_each_person_stands_once_in_the_order_first_met():
    again = Member(Mailbox("A+x@EXAMPLE.com"))
    assert list_eligible_people(Rules(), ASKER, (B, A, again, B)) == (B, A)


@pytest.mark.parametrize(
    "spelling", ["asker@bücher.example.org", "ASKER@xn--bcher-kva.example.org", "asker+tag@Bücher.example.org"]
)
def test_the_requester_is_left_out_in_any_spelling(spelling):
    requester = Mailbox("asker@xn--bcher-kva.example.org")
    assert list_eligible_people(Rules(), requester, (A, Member(Mailbox(spelling), ("desk",)))) == (A,)
    assert len(list_eligible_people(Rules(self_approval=True), requester, (A, Member(Mailbox(spelling))))) == 2


def test_those_who_have_decided_are_not_asked_again():
    pending = replace(request("a@example.com", "b@example.com", quorum=2), decisions=(word("A+1@example.com"),))
    assert list_undecided(pending, (A, B)) == (B,)


def test_a_member_is_found_in_any_spelling():
    assert find_member("A+1@EXAMPLE.com", (B, A)) == A
    assert find_member("z@example.com", (B, A)) is None


@pytest.mark.parametrize(("count", "said"), [(0, "nobody"), (2, "p0@example.com, p1@example.com"), (12, "and 2 more")])
def test_a_sentence_names_ten_people_at_most(count, said):
    text = names([Mailbox(f"p{number}@example.com") for number in range(count)])
    assert text == said or (count == 12 and text.endswith(f"p9@example.com {said}"))


def test_an_approver_may_decide():
    assert find_refusal(request("a@example.com"), word("A+x@example.com"), (A,)) is None


def test_a_stranger_is_told_who_may():
    found = find_refusal(request("a@example.com", "b@example.com"), word("z@example.com"), (A, B))
    assert found is not None
    assert found.summary == "z@example.com is not an approver of request req_1"
    assert found.detail == "Those who may decide it are a@example.com, b@example.com."


def test_the_requester_is_told_why_not():
    me = Member(Mailbox("asker@example.org"), ("desk",))
    found = find_refusal(request("a@example.com"), word("Asker+x@example.org"), (A, me))
    assert found is not None
    assert found.summary == "Asker+x@example.org made request req_1 and cannot decide it"


def test_the_requester_may_where_the_process_lets_them():
    me = Member(Mailbox("asker@example.org"))
    assert find_refusal(request("asker@example.org", self_approval=True), word("asker@example.org"), (me,)) is None


def test_who_has_decided_is_told_when_and_what():
    pending = replace(
        request("a@example.com", "b@example.com", quorum=2), decisions=(word("b@example.com"), word("a@example.com"))
    )
    found = find_refusal(pending, word("A@example.com", Choice.DENY), (A, B))
    assert found is not None
    assert found.detail == "a@example.com approved it at 2027-03-01 09:00 UTC. A person decides once per request."


@pytest.mark.parametrize(
    ("rule", "choice", "needed"),
    [
        ("always", Choice.APPROVE, True),
        ("always", Choice.DENY, True),
        ("on-deny", Choice.APPROVE, False),
        ("on-deny", Choice.DENY, True),
        ("never", Choice.APPROVE, False),
        ("never", Choice.DENY, False),
    ],
)
def test_a_comment_is_asked_for_by_the_rule(rule, choice, needed):
    pending = request("a@example.com", require_comment=rule)
    found = find_refusal(pending, word("a@example.com", choice, comment=" \n"), (A,))
    assert (found is not None) is needed
    assert found is None or f"requireComment: {rule}" in found.detail
    assert find_refusal(pending, word("a@example.com", choice, comment="why"), (A,)) is None


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (
            RequestState.APPROVED,
            "a@example.com approved it at 2027-03-01 09:00 UTC. It was approved at 2027-03-01 10:00 UTC.",
        ),
        (RequestState.CANCELLED, "It was cancelled at 2027-03-01 10:00 UTC."),
        (RequestState.EXPIRED, "Its deadline passed without enough decisions; it expired at 2027-03-01 10:00 UTC."),
    ],
)
def test_a_finished_request_says_how_it_ended(state, said):
    finished = replace(
        request("a@example.com"), state=state, completed=after(hours=1), decisions=(word("a@example.com"),)
    )
    found = find_refusal(finished, word("a@example.com"), (A,))
    assert found is not None
    assert found.summary == f"Request req_1 is already {state}"
    assert found.detail == said


def test_a_finished_request_without_its_time_says_when_it_opened():
    found = find_refusal(replace(request("a@example.com"), state=RequestState.CANCELLED), word("a@example.com"), (A,))
    assert found is not None
    assert "2027-03-01 09:00 UTC" in found.detail
    assert NOW.hour == 9
