from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.approvals.request import RequestState
from reconciler.model.canonical import hash_bytes, read_json, write_canonical_json
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import AskApprovers, RetryMessages
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.errors import Bug, Conflict, Refused, StateFault
from reconciler.model.journal import find_first_break
from reconciler.model.mail.message import MessageState
from reconciler.state.protocols import State
from tests.state.samples import (
    NOW,
    TEMPLATE,
    after,
    ask,
    commit,
    entry,
    message,
    record,
    request,
    templated,
)
from tests.support.hints import hint


def test_a_state_that_does_not_exist_reads_as_empty(state: State) -> None:
    assert state.snapshots.read() == Snapshot()
    assert state.snapshots.blobs([]) == {}
    assert state.snapshots.needed([Address("EmailTask", "ask")]) == {}
    assert state.requests.find() == [] and state.requests.get("req_1") is None
    assert state.requests.due(NOW, 10) == []
    assert state.outbox.find() == [] and state.outbox.get("msg_1") is None and state.outbox.attempts("msg_1") == []
    assert state.deliveries.claim(NOW, token="t", until=NOW, limit=10) == []
    assert state.servers.failures("relay") == 0
    assert list(state.journal.entries()) == [] and state.journal.head() is None
    assert state.next_due() is None and state.change_mark() == 0


def test_a_commit_is_read_back_whole(state: State, other: State) -> None:
    done = state.snapshots.commit(commit(Snapshot(), record(), templated()))
    read = other.snapshots.read()
    assert (read.lineage, read.serial, done.serial) == ("lineage-1", 1, 1)
    assert list(read.resources.values()) == [templated(), record()]
    assert other.snapshots.blobs([hash_bytes(TEMPLATE)]) == {hash_bytes(TEMPLATE): TEMPLATE}


def test_the_head_names_the_journal_entry(state: State) -> None:
    done = state.snapshots.commit(commit(Snapshot(), record(), blobs={}))
    head = state.journal.head()
    assert head is not None
    assert done.head == f"{head.sequence}:{head.hash}" and head.entry == entry(serial=1)


def test_every_commit_adds_one_to_the_serial(state: State) -> None:
    for expected in (1, 2, 3):
        assert state.snapshots.commit(commit(state.snapshots.read(), record(count=expected))).serial == expected
    assert state.snapshots.read().resources[Address("Group", "approvers")].spec == {"count": 3}


def test_a_resource_is_deleted(state: State) -> None:
    state.snapshots.commit(commit(Snapshot(), record(), templated()))
    state.snapshots.commit(commit(state.snapshots.read(), delete=("EmailTask/ask",)))
    assert list(state.snapshots.read().resources) == [Address("Group", "approvers")]


@pytest.mark.parametrize("expected", [(None, 0), ("lineage-1", 0), ("lineage-1", 2), ("another", 1)])
def test_a_commit_on_another_snapshot_is_a_conflict_and_changes_nothing(
    state: State, expected: tuple[str | None, int]
) -> None:
    state.snapshots.commit(commit(Snapshot(), record()))
    before = state.snapshots.read()
    with pytest.raises(Conflict):
        state.snapshots.commit(commit(Snapshot(*expected), record(changed=True)))
    assert state.snapshots.read() == before and len(list(state.journal.entries())) == 1


def test_a_first_commit_expects_an_empty_state(state: State) -> None:
    with pytest.raises(Conflict):
        state.snapshots.commit(commit(Snapshot("lineage-1", 4), record()))
    assert state.snapshots.read() == Snapshot()


def test_content_that_does_not_match_its_digest_is_a_bug(state: State) -> None:
    with pytest.raises(Bug):
        state.snapshots.commit(commit(Snapshot(), record(), blobs={hash_bytes(b"one"): b"two"}))


def test_a_record_whose_content_is_stored_nowhere_is_a_bug(state: State) -> None:
    with pytest.raises(Bug):
        state.snapshots.commit(commit(Snapshot(), templated(), blobs={}))
    assert state.snapshots.read() == Snapshot()


def test_content_stored_before_need_not_be_handed_over_again(state: State) -> None:
    state.snapshots.commit(commit(Snapshot(), templated()))
    state.snapshots.commit(commit(state.snapshots.read(), templated("EmailTask/other"), blobs={}))
    assert len(state.snapshots.read().resources) == 2


def test_it_remembers_when_a_resource_was_last_used(state: State) -> None:
    addresses = [
        Address("EmailTask", "ask"),
        Address("SmtpServer", "other"),
        Address("ApprovalType", "run-application"),
    ]
    assert state.snapshots.last_uses(addresses) == {}
    state.snapshots.commit(commit(Snapshot(), record()))
    state.outbox.add([message("msg_1", created=NOW), message("msg_2", created=after(hours=2))], entry())
    state.requests.add(request("req_1", created=after(hours=1)), [], entry(), serial=1)
    found = state.snapshots.last_uses([*addresses, Address("Group", "team")])
    assert found == dict(zip(addresses, [after(hours=2), None, after(hours=1)], strict=True))


def test_a_missing_blob_means_the_state_is_damaged(state: State) -> None:
    state.snapshots.commit(commit(Snapshot(), record()))
    with pytest.raises(StateFault) as fault:
        state.snapshots.blobs([hash_bytes(b"never stored")])
    assert "damaged" in fault.value.summary and "Keep a copy" in hint(fault.value)


@pytest.mark.parametrize("address", ["ApprovalType/run-application", "ApprovalProcess/manual-email"])
def test_what_an_open_request_needs_is_not_deleted(state: State, address: str) -> None:
    state.snapshots.commit(commit(Snapshot(), record(address)))
    for number in range(5):
        state.requests.add(request(f"req_{number}"), [], entry(), serial=1)
    with pytest.raises(Refused) as refused:
        state.snapshots.commit(commit(state.snapshots.read(), delete=(address,)))
    assert f"{address} is needed by 5 open requests: req_0, req_1, req_2 and 2 more." in refused.value.detail
    assert hint(refused.value) == (
        "Keep it for now, or decide or cancel the requests first (`reconciler approvals list`); then apply again."
    )
    assert state.snapshots.read().serial == 1


@pytest.mark.parametrize("address", ["EmailTask/ask", "SmtpServer/relay"])
def test_what_an_unfinished_message_needs_is_not_deleted(state: State, address: str) -> None:
    state.snapshots.commit(commit(Snapshot(), record(address)))
    state.outbox.add([message()], entry())
    parsed = Address(*address.split("/"))
    assert state.snapshots.needed([parsed, Address("Group", "x")]) == {parsed: "1 unfinished message: msg_1"}
    with pytest.raises(Refused):
        state.snapshots.commit(commit(state.snapshots.read(), delete=(address,)))


@pytest.mark.parametrize("address", ["ApprovalType/other", "ApprovalProcess/other", "EmailTask/other", "SmtpServer/b"])
def test_what_nothing_needs_is_deleted(state: State, address: str) -> None:
    state.snapshots.commit(commit(Snapshot(), record(address)))
    state.requests.add(request(), [message()], entry(), serial=1)
    state.snapshots.commit(commit(state.snapshots.read(), delete=(address,)))
    assert state.snapshots.read().resources == {}


def test_what_only_finished_things_used_is_deleted(state: State) -> None:
    state.snapshots.commit(commit(Snapshot(), record("ApprovalType/run-application"), record("EmailTask/ask")))
    state.requests.add(request(), [ask("msg_1")], entry(), serial=1)
    done = request(state=RequestState.CANCELLED, revision=2, due=None, completed=NOW)
    state.requests.move(done, [], entry(), cancel="the request was cancelled")
    state.snapshots.commit(commit(state.snapshots.read(), delete=("ApprovalType/run-application", "EmailTask/ask")))
    assert state.snapshots.read().resources == {} and state.requests.get("req_1") is not None


def test_ask_approvers_makes_every_pending_request_due(state: State) -> None:
    state.snapshots.commit(commit(Snapshot(), record()))
    state.requests.add(request("req_1"), [], entry(), serial=1)
    state.requests.add(request("req_2", due=None), [], entry(), serial=1)
    state.requests.add(request("req_3", due=None, state=RequestState.DENIED), [], entry(), serial=1)
    effects = (AskApprovers("Group/approvers"),)
    state.snapshots.commit(commit(state.snapshots.read(), record(x=1), effects=effects, at=after(minutes=1)))
    assert [(r.id, r.due) for r in state.requests.due(after(minutes=1), 10)] == [
        ("req_1", after(minutes=1)),
        ("req_2", after(minutes=1)),
    ]


def test_a_move_worked_out_before_ask_approvers_cannot_undo_it(state: State) -> None:
    state.snapshots.commit(commit(Snapshot(), record()))
    state.requests.add(request(), [], entry(), serial=1)
    stale = replace(request(), revision=2, due=after(days=1))
    state.snapshots.commit(commit(state.snapshots.read(), record(x=1), effects=(AskApprovers("Group/approvers"),)))
    with pytest.raises(Conflict):
        state.requests.move(stale, [], entry(), cancel=None)
    assert [r.id for r in state.requests.due(NOW, 10)] == ["req_1"]


def test_retry_messages_makes_waiting_mail_due_and_forgets_failures(state: State) -> None:
    waiting = message("msg_1", state=MessageState.DEFERRED, due=after(hours=3))
    elsewhere = message("msg_2", server="other", due=after(hours=3))
    state.outbox.add([waiting, elsewhere], entry())
    state.servers.postpone("relay", after(hours=5), "connection refused", None)
    state.snapshots.commit(commit(Snapshot(), record(), effects=(RetryMessages("relay"),), at=after(minutes=1)))
    claimed = state.deliveries.claim(after(minutes=1), token="t", until=after(hours=1), limit=10)
    assert [c.message.id for c in claimed] == ["msg_1"] and state.servers.failures("relay") == 0


def test_the_journal_of_commits_holds(state: State) -> None:
    for _ in range(3):
        state.snapshots.commit(commit(state.snapshots.read(), record()))
    assert find_first_break(state.journal.entries()) is None


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False, places=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spec=st.dictionaries(st.text(max_size=8), plain, max_size=4))
def test_any_plain_spec_keeps_its_digest(state: State, spec: dict[str, object]) -> None:
    given = replace(record(), spec=spec)
    state.snapshots.commit(commit(state.snapshots.read(), given))
    stored = state.snapshots.read().resources[given.address]
    assert stored.digest == given.digest and stored.spec == read_json(write_canonical_json(spec))


def test_numbers_with_a_fraction_stay_exact(state: State) -> None:
    state.snapshots.commit(commit(Snapshot(), record(ratio=Decimal("0.1"))))
    assert state.snapshots.read().resources[Address("Group", "approvers")].spec["ratio"] == Decimal("0.1")
