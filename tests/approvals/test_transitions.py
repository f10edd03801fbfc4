"""The moves, each on its own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.approvals.mail_facts import MailFacts
from reconciler.approvals.transitions import (
    OUTCOMES,
    TABLE,
    RequestEvent,
    change_approvers,
    fail_mails,
    fall_due,
    mail_accepted,
    open_request,
    record_decision,
    settle_mails,
    withdraw,
)
from reconciler.model.approvals.request import Choice, RequestState
from reconciler.model.errors import Refused
from reconciler.model.mail.mailbox import Mailbox
from tests.approvals.samples import ASKER, NOW, after, draft, people, request, word

A, B, C = "a@example.com", "b@example.com", "c@example.com"
DEADLINE = after(days=2)


def test_nothing_leaves_a_finished_state():
    assert {state for state, _ in TABLE} == {None, RequestState.PENDING}


def test_every_event_stands_in_the_table_once():
    assert sorted(event for _, event in TABLE) == sorted(RequestEvent)


def test_every_outcome_ends_a_request():
    assert {TABLE[RequestState.PENDING, event] for event in OUTCOMES} == set(RequestState) - {RequestState.PENDING}


# Opened


def test_an_opened_request_asks_everyone_who_may_decide():
    move = open_request(draft(), people(A, ASKER.address, B), NOW)
    assert [m.mailbox.address for m in move.ask] == [A, B]
    assert (move.event, move.tell, move.cancel) == (RequestEvent.REQUESTED, None, None)
    assert (move.request.expires, move.request.due, move.request.revision) == (DEADLINE, DEADLINE, 1)


@pytest.mark.parametrize(
    ("quorum", "asked", "refused"),
    [
        (1, (), True),
        (1, (A,), False),
        (2, (A,), True),
        (2, (A, "a+x@example.com"), True),
        ("all", (), True),
        ("all", (A,), False),
    ],
)
def test_a_request_too_few_could_answer_is_refused(quorum, asked, refused):
    if refused:
        with pytest.raises(Refused, match="Nobody could answer this request"):
            open_request(draft(quorum), people(*asked), NOW)
    else:
        assert open_request(draft(quorum), people(*asked), NOW).ask


def test_the_refusal_names_who_is_left_and_why():
    with pytest.raises(Refused) as fault:
        open_request(draft(2), people(A, "Asker+x@example.org"), NOW)
    assert fault.value.detail == (
        "Process process needs 2 approvals; asker@example.org could be answered by 1: a@example.com "
        "(the requester, an approver too, cannot decide it)."
    )


@pytest.mark.parametrize(
    ("required", "reason", "refused"), [(True, " \n", True), (False, "", False), (True, "x", False)]
)
def test_a_reason_is_asked_for_by_the_rule(required, reason, refused):
    given = draft(reason=reason, require_reason=required)
    if refused:
        with pytest.raises(Refused, match="A reason is required"):
            open_request(given, people(A), NOW)
    else:
        assert open_request(given, people(A), NOW).request.reason == reason


# Decided


def test_an_approval_that_reaches_the_quorum_ends_the_request():
    move = record_decision(request(A), word(A, at=after(hours=1)), people(A))
    assert (move.request.state, move.request.completed, move.request.due) == (
        RequestState.APPROVED,
        after(hours=1),
        None,
    )
    assert (move.tell, move.cancel, move.persons) == (RequestEvent.APPROVED, "the request was approved", ())
    assert move.request.revision == 2


def test_an_approval_below_the_quorum_cancels_that_persons_mail_only():
    move = record_decision(request(A, B, quorum=2), word(A), people(A, B))
    assert (move.request.state, move.event, move.tell) == (RequestState.PENDING, RequestEvent.DECIDED, None)
    assert move.persons == (A,)
    assert move.request.due == DEADLINE


def test_a_denial_ends_the_request_whatever_was_approved():
    pending = record_decision(request(A, B, quorum="all"), word(A), people(A, B)).request
    assert record_decision(pending, word(B, Choice.DENY), people(A, B)).request.state is RequestState.DENIED


def test_what_is_stored_is_the_approvers_own_address_and_groups():
    members = people(A, via=("desk",))
    move = record_decision(request(A), replace(word("A+x@EXAMPLE.com"), stage=5), members)
    assert (move.decision,) == move.request.decisions
    assert (move.decision.person, move.decision.via, move.decision.stage) == (Mailbox(A), ("desk",), 0)


def test_a_decision_that_may_not_be_taken_raises():
    with pytest.raises(Refused, match="is not an approver"):
        record_decision(request(A), word(B), people(A))


# Cancelled


def test_a_pending_request_can_be_cancelled_once():
    move = withdraw(request(A), after(hours=1))
    assert (move.request.state, move.tell, move.decision) == (RequestState.CANCELLED, RequestEvent.CANCELLED, None)
    with pytest.raises(Refused, match="already cancelled"):
        withdraw(move.request, after(hours=2))


# The clock


def test_a_late_acceptance_moves_deadline_and_due_time():
    move = mail_accepted(request(A), after(hours=3))
    assert move.request.expires == move.request.due == DEADLINE + timedelta(hours=3)
    assert move.request.accepted == after(hours=3)


def test_a_due_time_set_for_another_reason_stays():
    moved = mail_accepted(replace(request(A), due=after(hours=1)), after(hours=3)).request
    assert (moved.due, moved.expires) == (after(hours=1), DEADLINE + timedelta(hours=3))


def test_no_acceptance_moves_the_deadline_closer():
    assert mail_accepted(request(A), after(hours=-1)).request.expires == DEADLINE


def test_the_failure_of_all_mail_sets_the_clock_once():
    move = fail_mails(request(A), after(hours=3))
    assert move is not None
    assert (move.event, move.request.expires) == (RequestEvent.UNREACHABLE, DEADLINE + timedelta(hours=3))
    assert fail_mails(move.request, after(hours=3)) is None


@pytest.mark.parametrize(
    ("facts", "event"),
    [
        (MailFacts(), None),
        (MailFacts(on_the_way=1), None),
        (MailFacts(accepted=after(hours=1)), RequestEvent.ACCEPTED),
        (MailFacts(failed=after(hours=1)), RequestEvent.UNREACHABLE),
    ],
)
def test_settled_mail_moves_the_clock(facts, event):
    move = settle_mails(request(A), facts)
    assert (move.event if move else None) is event


def test_settled_mail_moves_nothing_twice_and_nothing_finished():
    facts = MailFacts(accepted=after(hours=1))
    assert settle_mails(replace(request(A), accepted=NOW), facts) is None
    assert settle_mails(withdraw(request(A), NOW).request, facts) is None


# Due


def test_nothing_happens_before_the_deadline():
    assert fall_due(request(A), MailFacts(on_the_way=1), DEADLINE - timedelta(microseconds=1)) is None


@pytest.mark.parametrize("seen", [MailFacts(), MailFacts(on_the_way=3)])
def test_a_request_somebody_saw_expires_at_its_deadline(seen):
    move = fall_due(replace(request(A), accepted=NOW), seen, DEADLINE)
    assert move is not None
    assert (move.request.state, move.tell) == (RequestState.EXPIRED, RequestEvent.EXPIRED)


def test_a_request_no_mail_was_ever_made_for_expires():
    move = fall_due(request(A), MailFacts(), DEADLINE)
    assert move is not None
    assert move.event is RequestEvent.EXPIRED


def test_while_mail_is_on_its_way_the_deadline_waits():
    move = fall_due(request(A), MailFacts(on_the_way=1), DEADLINE)
    assert move is not None
    assert (move.event, move.request.due) == (RequestEvent.WAITING, DEADLINE + timedelta(hours=1))
    assert move.request.expires == DEADLINE
    assert not move.matters


def test_what_a_crash_left_out_is_made_good_first():
    move = fall_due(request(A), MailFacts(accepted=NOW), after(days=9))
    assert move is not None
    assert move.event is RequestEvent.ACCEPTED
    again = fall_due(move.request, MailFacts(accepted=NOW), after(days=9))
    assert again is not None
    assert again.event is RequestEvent.EXPIRED


# Approvers changed


def test_new_people_are_asked_and_those_who_left_are_not():
    move = change_approvers(request(A, B), people(A, C), MailFacts(asked=frozenset({A, B})), after(hours=1))
    assert [m.key for m in move.ask] == [C]
    assert (move.persons, move.cancel, move.event) == ((B,), "no longer an approver", RequestEvent.APPROVERS)
    assert move.request.due == DEADLINE


def test_nobody_new_and_nobody_gone_matters_to_nobody():
    move = change_approvers(request(A), people(A), MailFacts(asked=frozenset({A})), NOW)
    assert not move.matters


def test_past_the_deadline_the_due_time_stays():
    late = replace(request(A), due=DEADLINE + timedelta(hours=1))
    assert change_approvers(late, people(A), MailFacts(), DEADLINE).request.due == late.due


def test_the_requester_who_joins_is_not_asked():
    assert change_approvers(request(A), people(A, ASKER.address), MailFacts(asked=frozenset({A})), NOW).ask == ()


def test_too_few_people_left_strands_the_request():
    move = change_approvers(request(A, B, quorum=2), people(A), MailFacts(asked=frozenset({A, B})), NOW)
    assert (move.event, move.request.state) == (RequestEvent.STRANDED, RequestState.PENDING)


def test_a_vote_given_before_leaving_counts():
    pending = record_decision(request(A, B, quorum=2), word(A), people(A, B)).request
    move = change_approvers(pending, people(B, C), MailFacts(asked=frozenset({A, B})), NOW)
    assert move.event is RequestEvent.APPROVERS
    assert record_decision(move.request, word(B), people(B, C)).event is RequestEvent.APPROVED


def test_where_all_must_agree_the_last_one_to_leave_completes_it():
    pending = record_decision(request(A, B, quorum="all"), word(A), people(A, B)).request
    move = change_approvers(pending, people(A), MailFacts(asked=frozenset({A, B})), NOW)
    assert (move.request.state, move.tell) == (RequestState.APPROVED, RequestEvent.APPROVED)


def test_an_emptied_group_approves_nothing():
    move = change_approvers(request(A, quorum="all"), (), MailFacts(asked=frozenset({A})), NOW)
    assert (move.event, move.request.state) == (RequestEvent.STRANDED, RequestState.PENDING)


# A clock that was set back


def test_times_of_a_request_stay_in_order_when_the_clock_is_set_back():
    start = request(A, B, quorum=2)
    early = after(hours=-1)
    one = record_decision(start, word(A, at=early), people(A, B)).request
    assert one.decisions[0].at == NOW
    taken = mail_accepted(record_decision(start, word(A, at=after(hours=2)), people(A, B)).request, early).request
    assert taken.accepted == NOW and taken.expires == DEADLINE
    two = record_decision(taken, word(B, at=after(hours=1)), people(A, B)).request
    assert (two.decisions[1].at, two.completed) == (after(hours=2), after(hours=2))


@pytest.mark.parametrize(
    "ended",
    [
        lambda given, now: record_decision(given, word(A, Choice.DENY, at=now), people(A, B)),
        withdraw,
        lambda given, now: change_approvers(
            record_decision(given, word(A, at=now), people(A, B)).request, people(A), MailFacts(), now
        ),
    ],
    ids=["denied", "cancelled", "approved, for nobody else is left"],
)
def test_no_request_is_completed_before_it_was_made(ended):
    start = request(A, B, quorum="all")
    for given in (start, replace(start, accepted=after(minutes=5))):
        assert ended(given, after(hours=-3)).request.completed == (given.accepted or NOW)
