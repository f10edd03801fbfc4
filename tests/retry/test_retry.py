"""What an attempt leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.messages.outcomes.retry import (
    LEAST_WAIT,
    choose_server_pause,
    settle_attempt,
    settle_fault,
    settle_refusal,
    settle_unknown,
)
from reconciler.model.mail.message import Fate, Message, MessageState, RecipientVerdict, Verdict

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
GIVE_UP = NOW + timedelta(days=5)
D, R, F, A = Verdict.DELIVERED, Verdict.RETRY, Verdict.FAILED, Verdict.AMBIGUOUS
ADA, BO, CY = "ada@example.com", "bo@example.net", "cy@example.org"


def message(*fates: Verdict | None, **changes: object) -> Message:
    addresses = [ADA, BO, CY]
    waiting = Message(
        id="msg_1",
        key="manual:1",
        task="EmailTask/weekly",
        server="relay",
        subject="Due",
        envelope_from="desk@example.com",
        data=b"Subject: Due\r\n\r\n",
        fates=tuple(Fate(addresses[i], fate) for i, fate in enumerate(fates)),
        created=NOW,
        due=NOW,
        give_up=GIVE_UP,
        state=MessageState.SENDING,
    )
    return replace(waiting, **changes)  # type: ignore[arg-type]


def said(*verdicts: Verdict) -> list[RecipientVerdict]:
    return [
        RecipientVerdict(address, verdict, f"{verdict} it is")
        for address, verdict in zip([ADA, BO, CY], verdicts, strict=False)
    ]


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ([D], MessageState.DELIVERED),
        ([F], MessageState.FAILED),
        ([R], MessageState.DEFERRED),
        ([A], MessageState.AMBIGUOUS),
        ([D, D], MessageState.DELIVERED),
        ([D, F], MessageState.FAILED),
        ([D, R], MessageState.DEFERRED),
        ([F, R], MessageState.DEFERRED),
        ([D, A], MessageState.AMBIGUOUS),
        ([R, A], MessageState.AMBIGUOUS),
        ([D, F, R], MessageState.DEFERRED),
    ],
)
def test_the_state_follows_from_the_fates(verdicts: list[Verdict], state: MessageState) -> None:
    after = settle_attempt(message(*[None] * len(verdicts)), said(*verdicts), NOW, 1.0)
    assert after.state is state
    assert [fate.verdict for fate in after.fates] == verdicts
    assert [fate.reply for fate in after.fates] == [f"{verdict} it is" for verdict in verdicts]
    assert {fate.at for fate in after.fates} == {NOW}
    assert after.attempts == 1


def test_what_is_settled_is_not_opened_again() -> None:
    after = settle_attempt(message(D, F, R), said(R, D, D), NOW, 1.0)
    assert [fate.verdict for fate in after.fates] == [D, F, D]
    assert after.state is MessageState.FAILED


def test_a_recipient_nothing_was_said_about_stays_open() -> None:
    after = settle_attempt(message(None, None), said(D), NOW, 1.0)
    assert after.open_recipients == (BO,)
    assert after.state is MessageState.DEFERRED


def test_a_strangers_verdict_changes_nothing() -> None:
    after = settle_attempt(message(None), [RecipientVerdict("eve@example.com", F)], NOW, 1.0)
    assert [(fate.address, fate.verdict) for fate in after.fates] == [(ADA, None)]


@pytest.mark.parametrize(
    ("attempts", "longest"),
    [(0, 1), (1, 2), (2, 4), (3, 8), (6, 64), (7, 120), (50, 120), (5000, 120)],
)
def test_the_wait_doubles_up_to_two_hours(attempts: int, longest: int) -> None:
    after = settle_attempt(message(R, attempts=attempts), said(R), NOW, 1.0)
    assert after.due == NOW + timedelta(minutes=longest)


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 5), (0.5, 30), (1.0, 60), (7.0, 60), (-1.0, 5)])
def test_the_wait_is_spread_over_all_of_its_length(jitter: float, seconds: int) -> None:
    assert settle_attempt(message(None), said(R), NOW, jitter).due == NOW + timedelta(seconds=seconds)


def test_the_last_attempt_is_at_the_end_of_the_mails_usefulness() -> None:
    late = GIVE_UP - timedelta(seconds=30)
    after = settle_attempt(message(R, attempts=20), said(R), late, 1.0)
    assert (after.due, after.state) == (GIVE_UP, MessageState.DEFERRED)
    last = settle_attempt(after, said(R), GIVE_UP, 1.0)
    assert last.state is MessageState.FAILED
    assert last.fates[0].reply == (
        "Given up: the time in which this mail is useful has passed. Last heard: retry it is"
    )


def test_an_ambiguous_mail_that_is_given_up_says_that_it_may_have_arrived() -> None:
    after = settle_attempt(message(D, A), [RecipientVerdict(BO, A, "silence")], GIVE_UP, 1.0)
    assert [fate.verdict for fate in after.fates] == [D, F]
    assert after.fates[1].reply == (
        "Given up: the time in which this mail is useful has passed. "
        "It may have arrived: the server's answer to it was lost. Last heard: silence"
    )


def test_what_was_delivered_at_the_last_moment_is_delivered() -> None:
    assert settle_attempt(message(R), said(D), GIVE_UP + timedelta(days=1), 1.0).state is MessageState.DELIVERED


def test_a_fault_of_the_server_is_no_attempt() -> None:
    before = message(D, None, A, attempts=3)
    after = settle_fault(before, "cannot be reached", NOW, timedelta(minutes=4))
    assert (after.attempts, after.due, after.state) == (3, NOW + timedelta(minutes=4), MessageState.AMBIGUOUS)
    assert [(fate.verdict, fate.reply) for fate in after.fates] == [
        (D, ""),
        (None, "cannot be reached"),
        (A, "cannot be reached"),
    ]


def test_a_mail_whose_server_never_came_back_fails_with_the_servers_fault() -> None:
    after = settle_fault(message(None), "refuses the login", GIVE_UP, timedelta(minutes=4))
    assert after.state is MessageState.FAILED
    assert after.fates[0].reply.endswith("Last heard: refuses the login")


def test_a_mail_that_is_too_late_to_be_tried_keeps_what_was_heard_last() -> None:
    deferred = settle_attempt(message(None), [RecipientVerdict(ADA, R, "451 4.7.1 Greylisted")], NOW, 1.0)
    after = settle_fault(deferred, "", GIVE_UP, timedelta(0))
    assert (after.state, after.attempts) == (MessageState.FAILED, 1)
    assert after.fates[0].reply.endswith("has passed. Last heard: 451 4.7.1 Greylisted")


def test_a_day_of_outage_costs_no_attempt_and_the_mail_still_goes_out() -> None:
    waiting, now, failures = message(None), NOW, 0
    while now < NOW + timedelta(days=1):
        failures += 1
        waiting = settle_fault(waiting, "cannot be reached", now, choose_server_pause(failures, 1.0))
        now = waiting.due
    assert waiting.attempts == 0
    assert failures < 200
    assert settle_attempt(waiting, said(D), now, 0.5).state is MessageState.DELIVERED


def test_a_refusal_is_final_for_whoever_is_still_open() -> None:
    after = settle_refusal(message(D, R, None, attempts=2), "the server is no longer applied", NOW)
    assert [(fate.verdict, fate.reply) for fate in after.fates] == [
        (D, ""),
        (F, "the server is no longer applied"),
        (F, "the server is no longer applied"),
    ]
    assert (after.state, after.attempts) == (MessageState.FAILED, 2)


@pytest.mark.parametrize(
    ("failures", "permanent", "seconds"),
    [
        (0, False, 15),
        (1, False, 15),
        (2, False, 30),
        (6, False, 480),
        (7, False, 600),
        (10**9, False, 600),
        (1, True, 120),
        (5, True, 1920),
        (6, True, 3600),
    ],
)
def test_a_server_that_fails_again_and_again_is_left_alone_longer(failures: int, permanent: bool, seconds: int) -> None:
    assert choose_server_pause(failures, 1.0, permanent=permanent) == timedelta(seconds=seconds)


@given(st.integers(0, 10_000), st.floats(0, 1), st.booleans())
def test_a_pause_is_never_short_enough_for_a_tight_loop(failures: int, jitter: float, permanent: bool) -> None:
    assert LEAST_WAIT <= choose_server_pause(failures, jitter, permanent=permanent) <= timedelta(hours=1)


fates = st.lists(st.sampled_from([None, D, R, F, A]), min_size=1, max_size=3)
rounds = st.lists(
    st.tuples(st.lists(st.sampled_from([D, R, F, A]), max_size=3), st.floats(0, 1), st.integers(0, 6 * 86_400)),
    max_size=12,
)


@given(fates, rounds)
def test_over_any_history_of_attempts(
    start: list[Verdict | None], history: list[tuple[list[Verdict], float, int]]
) -> None:
    current, now = message(*start), NOW
    for verdicts, jitter, seconds in history:
        now += timedelta(seconds=seconds)
        after = settle_attempt(current, said(*verdicts), now, jitter)
        assert after.attempts == current.attempts + 1
        assert after.data == current.data
        assert after.due >= now
        assert after.state.final == (not after.open_recipients)
        assert after.state.final or after.due <= after.give_up
        assert not (now >= after.give_up and not after.state.final)
        for before, later in zip(current.fates, after.fates, strict=True):
            assert later.address == before.address
            assert before.open or later == before
        current = after


def test_an_attempt_nobody_recorded_is_ambiguous_and_due_at_once() -> None:
    left = settle_unknown(message(D, None), [RecipientVerdict(BO, A, "nobody knows")], NOW)
    assert (left.state, left.due, left.attempts) == (MessageState.AMBIGUOUS, NOW, 1)
    assert [fate.verdict for fate in left.fates] == [D, A] and left.data == message(D, None).data


def test_an_attempt_nobody_recorded_past_the_time_of_use_has_failed_and_says_what_may_be() -> None:
    left = settle_unknown(message(None, give_up=NOW), [RecipientVerdict(ADA, A, "nobody knows")], NOW)
    assert left.state is MessageState.FAILED and "It may have arrived" in left.fates[0].reply


@pytest.mark.parametrize(
    "left",
    [
        lambda sent, now: settle_attempt(sent, said(R, D), now, 0.5),
        lambda sent, now: settle_fault(sent, "down", now, LEAST_WAIT),
        lambda sent, now: settle_refusal(sent, "no", now),
        lambda sent, now: settle_unknown(sent, said(A, A), now),
    ],
    ids=["attempt", "fault", "refusal", "unknown"],
)
def test_times_stay_in_order_when_the_clock_is_set_back(left: Callable[[Message, datetime], Message]) -> None:
    sent = message(None, R)
    sent = replace(sent, fates=(sent.fates[0], replace(sent.fates[1], at=NOW + timedelta(hours=1))))
    after = left(sent, NOW - timedelta(hours=3))
    assert [fate.at for fate in after.fates] == [NOW, NOW + timedelta(hours=1)]
    assert after.due < NOW  # what is done next goes by the clock
