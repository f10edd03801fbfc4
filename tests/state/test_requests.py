from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.approvals.request import Choice, Request, RequestState
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.errors import Conflict, Refused
from reconciler.model.journal import find_first_break
from reconciler.model.mail.mailbox import Mailbox
from reconciler.model.mail.message import Fate, MessageState
from reconciler.state.protocols import State
from tests.state.samples import NOW, after, ask, commit, decision, entry, message, record, request


@pytest.fixture(autouse=True)
def applied(state: State) -> None:
    state.snapshots.commit(commit(Snapshot(), record()))


def add(state: State, *given: Request) -> None:
    for each in given:
        state.requests.add(each, [], entry("approval.requested", each.id), serial=1)


def test_a_request_is_read_back_whole(state: State, other: State) -> None:
    given = request(accepted=after(minutes=1), submitted_by="os@host", decisions=(decision(),))
    state.requests.add(given, [ask("msg_1")], entry("approval.requested", "req_1"), serial=1)
    assert other.requests.get("req_1") == given
    assert [m.id for m in other.outbox.find(request="req_1")] == ["msg_1"]


def test_a_request_on_an_older_serial_is_a_conflict_and_leaves_no_mail(state: State) -> None:
    with pytest.raises(Conflict):
        state.requests.add(request(), [ask("msg_1")], entry(), serial=0)
    assert state.requests.find() == [] and state.outbox.find() == []


def test_an_id_is_used_once(state: State) -> None:
    add(state, request())
    with pytest.raises(Conflict):
        add(state, request(reason="another"))


def test_a_move_writes_state_decision_and_messages_together(state: State) -> None:
    add(state, request())
    moved = request(
        state=RequestState.APPROVED, revision=2, due=None, completed=after(minutes=5), decisions=(decision(),)
    )
    state.requests.move(
        moved, [message("msg_9", key="outcome:req_1:approved")], entry("approval.approved"), cancel=None
    )
    assert state.requests.get("req_1") == moved and state.outbox.get("msg_9") is not None
    head = state.journal.head()
    assert head is not None and head.entry.event == "approval.approved"


def test_what_was_pinned_is_not_moved(state: State) -> None:
    add(state, request())
    state.requests.move(request(revision=2, reason="rewritten", subject="x"), [], entry(), cancel=None)
    stored = state.requests.get("req_1")
    assert stored is not None and (stored.reason, stored.subject) == ("To test", "Run the application")


@pytest.mark.parametrize("revision", [1, 3])
def test_a_move_of_another_revision_is_a_conflict(state: State, revision: int) -> None:
    add(state, request())
    with pytest.raises(Conflict):
        state.requests.move(request(revision=revision), [message()], entry(), cancel=None)
    assert state.requests.get("req_1") == request() and state.outbox.find() == []


def test_a_move_of_an_unknown_request_is_a_conflict(state: State) -> None:
    with pytest.raises(Conflict):
        state.requests.move(request("req_x", revision=2), [], entry(), cancel=None)


def test_of_two_moves_one_wins(state: State, other: State) -> None:
    add(state, request())
    state.requests.move(request(revision=2, decisions=(decision(),)), [], entry(), cancel=None)
    late = request(revision=2, decisions=(decision("b@example.com", choice=Choice.DENY),))
    with pytest.raises(Conflict):
        other.requests.move(late, [], entry(), cancel=None)
    stored = state.requests.get("req_1")
    assert stored is not None and stored.decisions == (decision(),)


@pytest.mark.parametrize("spelling", ["a@example.com", "A+second@EXAMPLE.com"])
def test_one_person_decides_once_whatever_the_spelling(state: State, spelling: str) -> None:
    add(state, request())
    first = decision()
    state.requests.move(request(revision=2, decisions=(first,)), [], entry(), cancel=None)
    with pytest.raises(Conflict):
        state.requests.move(request(revision=3, decisions=(first, decision(spelling))), [], entry(), cancel=None)
    stored = state.requests.get("req_1")
    assert stored is not None and stored.revision == 2


def test_decisions_keep_their_order(state: State) -> None:
    add(state, request())
    people = tuple(decision(f"{name}@example.com", at=NOW) for name in ("z", "m", "a"))
    for count in (1, 2, 3):
        state.requests.move(request(revision=count + 1, decisions=people[:count]), [], entry(), cancel=None)
    stored = state.requests.get("req_1")
    assert stored is not None and stored.decisions == people


def test_a_message_stored_already_is_left_as_it_is(state: State) -> None:
    state.requests.add(request(), [ask("msg_1")], entry(), serial=1)
    again = replace(ask("msg_1"), id="msg_2", subject="Another")
    state.requests.move(request(revision=2), [again], entry(), cancel=None)
    assert [(m.id, m.subject) for m in state.outbox.find()] == [("msg_1", "Please decide")]


def test_cancelling_stops_what_waits_and_says_why(state: State) -> None:
    state.requests.add(request(), [ask("msg_1"), ask("msg_2", person="b@example.com")], entry(), serial=1)
    at = after(minutes=7)
    state.requests.move(request(revision=2), [], entry(at=at), cancel="the request was decided")
    found = state.outbox.find()
    assert {m.state for m in found} == {MessageState.CANCELLED}
    assert found[0].fates == (Fate("b@example.com", None, "the request was decided", at),)


def test_cancelling_some_people_leaves_the_others(state: State) -> None:
    state.requests.add(request(), [ask("msg_1"), ask("msg_2", person="b@example.com")], entry(), serial=1)
    state.requests.move(request(revision=2), [], entry(), cancel="no longer an approver", persons=["b@example.com"])
    assert {m.id: m.state for m in state.outbox.find()} == {
        "msg_1": MessageState.QUEUED,
        "msg_2": MessageState.CANCELLED,
    }


@pytest.mark.parametrize("kept", [MessageState.DELIVERED, MessageState.AMBIGUOUS, MessageState.FAILED])
def test_cancelling_leaves_what_was_sent(state: State, kept: MessageState) -> None:
    state.requests.add(request(), [ask("msg_1", state=kept)], entry(), serial=1)
    state.requests.move(request(revision=2), [], entry(), cancel="decided")
    assert [m.state for m in state.outbox.find()] == [kept]


def test_cancelling_leaves_what_is_being_sent_and_other_requests(state: State) -> None:
    state.requests.add(request(), [ask("msg_1")], entry(), serial=1)
    state.requests.add(request("req_2"), [ask("msg_2", "req_2", due=after(hours=2))], entry(), serial=1)
    state.deliveries.claim(NOW, token="t", until=after(minutes=1), limit=5)
    state.requests.move(request(revision=2), [], entry(), cancel="decided")
    assert {m.id: m.state for m in state.outbox.find()} == {"msg_1": MessageState.SENDING, "msg_2": MessageState.QUEUED}


def test_new_messages_are_never_cancelled_by_their_own_move(state: State) -> None:
    state.requests.add(request(), [ask("msg_1")], entry(), serial=1)
    state.requests.move(request(revision=2), [ask("msg_1"), ask("msg_2")], entry(), cancel="asked again")
    assert {m.id: m.state for m in state.outbox.find()} == {"msg_1": MessageState.QUEUED, "msg_2": MessageState.QUEUED}


def test_requests_are_found_newest_first_in_pages(state: State) -> None:
    add(state, *(request(f"req_{n}", created=after(minutes=n)) for n in range(1, 8)))
    first = [r.id for r in state.requests.find(limit=3)]
    second = [r.id for r in state.requests.find(limit=3, before=first[-1])]
    assert (first, second) == (["req_7", "req_6", "req_5"], ["req_4", "req_3", "req_2"])


def test_requests_are_found_by_state(state: State) -> None:
    add(state, request("req_1"), request("req_2", state=RequestState.DENIED), request("req_3"))
    assert [r.id for r in state.requests.find(RequestState.PENDING)] == ["req_3", "req_1"]
    assert [r.id for r in state.requests.find(RequestState.PENDING, before="req_3")] == ["req_1"]


@pytest.mark.parametrize(
    ("now", "expected"),
    [(NOW, []), (after(hours=1), ["req_1"]), (after(hours=9), ["req_1", "req_2"])],
)
def test_due_requests_come_earliest_first(state: State, now: datetime, expected: list[str]) -> None:
    later, never = request("req_2", due=after(hours=2)), request("req_3", due=None)
    add(state, later, request("req_1"), never, request("req_4", state=RequestState.EXPIRED))
    assert [r.id for r in state.requests.due(now, 10)] == expected


def test_due_requests_are_limited(state: State) -> None:
    add(state, *(request(f"req_{n}", due=after(minutes=-n)) for n in range(5)))
    assert [r.id for r in state.requests.due(NOW, 2)] == ["req_4", "req_3"]


def test_every_step_leaves_one_journal_entry(state: State) -> None:
    add(state, request())
    state.requests.move(request(revision=2), [ask("msg_1")], entry(), cancel="x")
    entries = list(state.journal.entries())
    assert len(entries) == 3 and find_first_break(entries) is None


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40).map(
    lambda text: unicodedata.normalize("NFC", text)
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=texts, reason=texts, value=texts, comment=texts, number=st.integers(0, 10**9))
def test_any_text_of_a_request_is_read_back(
    state: State, name: str, reason: str, value: str, comment: str, number: int
) -> None:
    id = f"req_{number}_{len(state.requests.find(limit=1000))}"
    given_ = request(
        id,
        requester=Mailbox("a@example.com", name),
        reason=reason,
        fields={"field": value, "number": number},
        decisions=(decision(comment=comment, person=Mailbox("b@example.com", name)),),
    )
    add(state, given_)
    assert state.requests.get(id) == given_


def test_text_that_is_not_unicode_is_refused(state: State) -> None:
    with pytest.raises(Refused, match="cannot be stored"):
        add(state, request(reason="odd \udcff byte"))
    assert state.requests.find() == []
