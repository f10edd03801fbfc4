from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.errors import Conflict
from reconciler.model.mail.message import Attempt, Fate, Message, MessageState, RecipientVerdict, Verdict
from reconciler.state.protocols import State
from tests.state.samples import NOW, after, ask, entry, message, request

UNTIL = after(minutes=5)


def queue(state: State, *messages: Message) -> None:
    state.outbox.add(messages, entry("message.queued"))


def claim(state: State, token: str = "t", now=NOW, **how) -> list[str]:  # type: ignore[no-untyped-def]
    return [c.message.id for c in state.deliveries.claim(now, token=token, until=UNTIL, **{"limit": 10, **how})]


def test_a_message_is_read_back_whole(state: State, other: State) -> None:
    given = replace(
        ask("msg_1", due=after(hours=1), attempts=2, state=MessageState.DEFERRED),
        fates=(Fate("a@example.com", Verdict.RETRY, "451 later", NOW), Fate("b@example.com")),
    )
    queue(state, given)
    assert other.outbox.get("msg_1") == given


def test_a_key_is_stored_once(state: State) -> None:
    queue(state, message("msg_1", key="manual:1"))
    queue(state, message("msg_2", key="manual:1", subject="Another"))
    assert [m.id for m in state.outbox.find()] == ["msg_1"]


def test_messages_are_found_newest_first_in_pages(state: State) -> None:
    queue(state, *(message(f"msg_{n}", created=after(minutes=n)) for n in range(6)))
    first = [m.id for m in state.outbox.find(limit=4)]
    assert first == ["msg_5", "msg_4", "msg_3", "msg_2"]
    assert [m.id for m in state.outbox.find(limit=4, before="msg_2")] == ["msg_1", "msg_0"]


def test_messages_are_found_by_states_and_request(state: State) -> None:
    queue(state, ask("msg_1"), ask("msg_2", "req_2"), ask("msg_3", state=MessageState.FAILED))
    assert [m.id for m in state.outbox.find([MessageState.QUEUED, MessageState.FAILED], request="req_1")] == [
        "msg_3",
        "msg_1",
    ]


def test_due_messages_are_claimed_earliest_first(state: State) -> None:
    queue(
        state,
        message("msg_1", due=after(minutes=-1)),
        message("msg_2", due=after(minutes=-2), state=MessageState.DEFERRED),
        message("msg_3", due=after(minutes=-3), state=MessageState.AMBIGUOUS),
        message("msg_4", due=after(seconds=1)),
        message("msg_5", state=MessageState.CANCELLED),
    )
    assert claim(state, limit=2) == ["msg_3", "msg_2"]
    assert claim(state) == ["msg_1"]
    assert claim(state) == []


def test_a_claimed_message_is_being_sent(state: State) -> None:
    queue(state, message())
    (claimed,) = state.deliveries.claim(NOW, token="t", until=UNTIL, limit=1)
    assert claimed.message == message(state=MessageState.SENDING) == state.outbox.get("msg_1")
    assert (claimed.lease.token, claimed.lease.until, claimed.recovered) == ("t", UNTIL, False)


def test_one_message_can_be_claimed_by_id(state: State) -> None:
    queue(state, message("msg_1"), message("msg_2"), message("msg_3", due=after(days=1)))
    assert claim(state, only="msg_2") == ["msg_2"]
    assert claim(state, only="msg_3") == [] and claim(state, only="msg_2") == []


def test_an_expired_lease_is_claimed_again_as_recovered(state: State, other: State) -> None:
    queue(state, message())
    claim(state, "first")
    assert claim(other, "second", now=after(minutes=4)) == []
    (again,) = other.deliveries.claim(UNTIL, token="second", until=after(hours=1), limit=1)
    assert again.recovered and again.message.id == "msg_1"


def test_renewing_keeps_the_lease(state: State) -> None:
    queue(state, message("msg_1"), message("msg_2"))
    claim(state)
    assert state.deliveries.renew("t", after(minutes=30)) == 2
    assert state.deliveries.renew("another", after(minutes=30)) == 0
    assert claim(state, "second", now=UNTIL) == []


def test_settling_records_outcome_and_attempt(state: State) -> None:
    queue(state, message())
    claim(state)
    fate = Fate("a@example.com", Verdict.DELIVERED, "250 ok", after(seconds=2))
    done = message(state=MessageState.DELIVERED, attempts=1)
    done = replace(done, fates=(fate,))
    attempt = Attempt(
        "msg_1", after(seconds=2), "relay", (RecipientVerdict("a@example.com", Verdict.DELIVERED, "250 ok", "data"),)
    )
    state.deliveries.settle(done, "t", attempt, entry("delivery.delivered", "msg_1"))
    assert state.outbox.get("msg_1") == done and state.outbox.attempts("msg_1") == [attempt]
    head = state.journal.head()
    assert head is not None and head.entry.event == "delivery.delivered"


def test_the_bytes_of_a_message_stay_as_they_were(state: State) -> None:
    queue(state, message())
    claim(state)
    state.deliveries.settle(message(data=b"rewritten", subject="rewritten", state=MessageState.FAILED), "t", None, None)
    stored = state.outbox.get("msg_1")
    assert stored is not None and (stored.data, stored.subject) == (message().data, "Please decide")


def test_an_outcome_under_a_lost_lease_is_not_written(state: State, other: State) -> None:
    queue(state, message())
    claim(state, "first")
    other.deliveries.claim(UNTIL, token="second", until=after(hours=1), limit=1)
    with pytest.raises(Conflict):
        state.deliveries.settle(message(state=MessageState.DELIVERED), "first", Attempt("msg_1", NOW, "relay"), entry())
    assert state.outbox.attempts("msg_1") == []
    other.deliveries.settle(message(state=MessageState.FAILED), "second", None, None)
    with pytest.raises(Conflict):
        other.deliveries.settle(message(state=MessageState.DELIVERED), "second", None, None)


def test_a_deferred_message_waits_for_its_next_attempt(state: State) -> None:
    queue(state, message())
    claim(state)
    state.deliveries.settle(message(state=MessageState.DEFERRED, due=after(minutes=10), attempts=1), "t", None, None)
    assert claim(state, now=after(minutes=9)) == [] and claim(state, now=after(minutes=10)) == ["msg_1"]


@pytest.mark.parametrize("before", [MessageState.QUEUED, MessageState.DEFERRED, MessageState.AMBIGUOUS])
def test_what_was_not_tried_is_given_back_as_it_was(state: State, before: MessageState) -> None:
    queue(state, message(state=before))
    claim(state)
    state.deliveries.release("t", after(minutes=1))
    assert state.outbox.get("msg_1") == message(state=before, due=after(minutes=1))
    assert claim(state, now=after(minutes=1)) == ["msg_1"]


def test_a_recovered_message_given_back_stays_ambiguous(state: State) -> None:
    queue(state, message())
    claim(state, "first")
    claim(state, "second", now=after(hours=1))
    state.deliveries.release("second", after(hours=1))
    stored = state.outbox.get("msg_1")
    assert stored is not None and stored.state is MessageState.AMBIGUOUS


def test_what_was_tried_keeps_its_lease_and_is_recovered_after_it(state: State) -> None:
    queue(state, message("msg_1"), message("msg_2"))
    claim(state, "first")
    state.deliveries.release("first", NOW, keep={"msg_2"})
    assert {m.id: m.state for m in state.outbox.find()} == {"msg_1": MessageState.QUEUED, "msg_2": MessageState.SENDING}
    later = state.deliveries.claim(after(hours=1), token="second", until=after(hours=2), limit=10)
    assert {item.message.id: item.recovered for item in later} == {"msg_1": False, "msg_2": True}


def test_releasing_leaves_other_claims_and_settled_messages(state: State) -> None:
    queue(state, message("msg_1"), message("msg_2"))
    claim(state, "mine", limit=1)
    claim(state, "yours", limit=1)
    state.deliveries.release("mine", NOW)
    assert {m.id: m.state for m in state.outbox.find()} == {"msg_1": MessageState.QUEUED, "msg_2": MessageState.SENDING}


def test_a_paused_server_keeps_its_mail_waiting(state: State) -> None:
    queue(state, message("msg_1"), message("msg_2", server="other"), message("msg_3", due=after(hours=9)))
    state.servers.postpone("relay", after(hours=1), "connection refused", entry("server.unreachable", "relay"))
    assert {m.id: m.due for m in state.outbox.find()} == {
        "msg_1": after(hours=1),
        "msg_2": NOW,
        "msg_3": after(hours=9),
    }
    assert claim(state) == ["msg_2"] and claim(state, now=after(hours=1), only="msg_1") == ["msg_1"]


def test_failures_are_counted_until_the_server_recovers(state: State) -> None:
    for number in range(3):
        assert state.servers.failures("relay") == number
        state.servers.postpone("relay", after(hours=number), "refused", None)
    state.servers.recovered("relay", NOW)
    assert state.servers.failures("relay") == 0


def test_after_recovery_mail_is_due_again_at_its_own_time(state: State) -> None:
    queue(
        state,
        message("msg_1"),
        message("msg_2", state=MessageState.DEFERRED, due=after(minutes=40)),
        message("msg_3", state=MessageState.DEFERRED, due=after(hours=9)),
    )
    state.servers.postpone("relay", after(hours=1), "refused", None)
    state.servers.recovered("relay", after(minutes=5))
    assert [(m.id, m.due) for m in reversed(state.outbox.find())] == [
        ("msg_1", after(minutes=5)),
        ("msg_2", after(minutes=40)),
        ("msg_3", after(hours=9)),
    ]


def test_recovery_of_a_server_that_never_failed_writes_nothing(state: State) -> None:
    queue(state, message())
    before = state.change_mark()
    state.servers.recovered("relay", NOW)
    assert state.change_mark() == before


def test_new_settled_and_released_mail_waits_for_a_paused_server_too(state: State) -> None:
    queue(state, message("msg_1"), message("msg_2"))
    claim(state)
    state.servers.postpone("relay", after(hours=1), "refused", None)
    queue(state, message("msg_3"))
    state.deliveries.settle(message("msg_1", state=MessageState.DEFERRED, due=after(minutes=1)), "t", None, None)
    state.deliveries.release("t", NOW)
    assert {m.due for m in state.outbox.find()} == {after(hours=1)}


def test_a_message_asked_for_by_id_does_not_wait_for_its_server(state: State) -> None:
    queue(state, message())
    state.servers.postpone("relay", after(hours=1), "refused", None)
    assert claim(state) == [] and claim(state, only="msg_1") == ["msg_1"]


def test_the_earliest_of_everything_is_next_due(state: State) -> None:
    state.requests.add(request(due=after(hours=3)), [], entry(), serial=0)
    assert state.next_due() == after(hours=3)
    queue(state, message("msg_1", due=after(hours=2)), message("msg_2", due=after(hours=1)))
    assert state.next_due() == after(hours=1)
    claim(state, now=after(hours=1))
    assert state.next_due() == UNTIL
    state.deliveries.settle(message("msg_2", state=MessageState.DELIVERED), "t", None, None)
    assert state.next_due() == after(hours=2)


def test_the_change_mark_differs_after_anybody_committed(state: State, other: State) -> None:
    marks = [state.change_mark()]
    for writer in (state, other, other, state):
        writer.outbox.add([], entry())
        marks.append(state.change_mark())
    assert len(set(marks)) == 5 and state.change_mark() == marks[-1] == other.change_mark()
