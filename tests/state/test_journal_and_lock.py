from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.journal import GENESIS, find_first_break, format_timestamp, read_timestamp
from reconciler.state.protocols import Holder, State
from tests.state.samples import NOW, after, commit, entry, record

EAST = timezone(timedelta(hours=5))
MINE = Holder("token-1", "a@example.com", "host-1:boot", 42, "12345", "apply", NOW)
YOURS = replace(MINE, token="token-2", process=43, since=after(minutes=1))


def test_entries_are_chained_in_the_order_of_the_transactions(state: State, other: State) -> None:
    for number, writer in enumerate((state, other, state), start=1):
        writer.outbox.add([], entry("event", f"subject {number}", after(seconds=number), umlaut="ü", n=number))
    entries = list(state.journal.entries())
    assert [item.sequence for item in entries] == [1, 2, 3] and entries[0].previous == GENESIS
    assert entries[1].entry == entry("event", "subject 2", after(seconds=2), umlaut="ü", n=2)
    assert find_first_break(entries) is None and state.journal.head() == entries[-1]


@pytest.mark.parametrize(
    ("after_", "limit", "expected"), [(0, 2, [1, 2]), (3, None, [4, 5]), (1, 3, [2, 3, 4]), (5, None, []), (0, 0, [])]
)
def test_entries_are_read_from_a_place_on(state: State, after_: int, limit: int | None, expected: list[int]) -> None:
    for _ in range(5):
        state.outbox.add([], entry())
    assert [item.sequence for item in state.journal.entries(after=after_, limit=limit)] == expected


def test_a_long_journal_is_read_whole(state: State) -> None:
    for _ in range(501):
        state.outbox.add([], entry())
    assert [item.sequence for item in state.journal.entries()] == list(range(1, 502))
    assert [item.sequence for item in state.journal.entries(limit=501)][-1] == 501


def test_the_lock_has_one_holder(state: State, other: State) -> None:
    assert state.lock.acquire(MINE) is None
    assert other.lock.acquire(YOURS) == MINE
    state.lock.release(MINE.token)
    assert other.lock.acquire(YOURS) is None


def test_only_the_holder_releases_the_lock(state: State) -> None:
    state.lock.acquire(MINE)
    state.lock.release(YOURS.token)
    assert state.lock.acquire(YOURS) == MINE


def test_releasing_a_lock_of_a_state_that_does_not_exist_makes_none(state: State) -> None:
    state.lock.release(MINE.token)
    assert state.change_mark() == 0


def test_the_lock_is_seized_from_the_holder_that_was_seen(state: State, other: State) -> None:
    state.lock.acquire(MINE)
    assert other.lock.seize(YOURS, token=MINE.token)
    assert not state.lock.seize(replace(YOURS, token="token-3"), token=MINE.token)
    assert state.lock.acquire(MINE) == YOURS


def test_a_commit_asks_for_no_lock(state: State) -> None:
    state.lock.acquire(YOURS)
    assert state.snapshots.commit(commit(Snapshot(), record())).serial == 1


@pytest.mark.parametrize("at", [NOW, after(microseconds=1), datetime.max.replace(tzinfo=UTC), NOW.astimezone(EAST)])
def test_a_time_is_written_in_one_way_and_read_back(at: datetime) -> None:
    text = format_timestamp(at)
    assert text == at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") and read_timestamp(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "2027-03-01T09:00:00Z", "2027-03-01T09:00:00.000000", "2027-03-01T09:00:00.000000+00:00", "2027-03-01",
        "2027-03-01 09:00:00.000000Z", "20270301T090000.000000Z", "2027-03-01T10:00:00.000000+01:00",
        "2027-W09-1T09:00:00.000000Z", "2027-03-01T09:00:00,000000Z", "2027-02-29T09:00:00.000000Z", "",
    ],
)  # fmt: skip
def test_a_time_that_nothing_writes_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_timestamp(text)
