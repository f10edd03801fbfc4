"""One history, played on both backends, leaves the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.errors import Refused
from reconciler.model.journal import JournalEntry, find_first_break
from reconciler.model.mail.message import MessageState
from reconciler.state.postgres.backend import PostgresState
from reconciler.state.protocols import Dump, State
from reconciler.state.sqlite.backend import SqliteState
from tests.state.samples import NAMED_IN, NOW, after, ask, commit, decision, entry, message, record, request, templated


@pytest.fixture
def both(tmp_path: Path, postgres_url: str) -> Iterator[tuple[State, State]]:
    sqlite = SqliteState(tmp_path / ".reconciler" / "state.db", NAMED_IN)
    postgres = PostgresState(postgres_url, NAMED_IN)
    yield sqlite, postgres
    sqlite.close()
    postgres.close()


def play(state: State) -> None:
    """Of everything something, with letters that sort apart where a database minds languages."""
    state.snapshots.commit(
        commit(Snapshot(), record("SmtpServer/relay"), templated(), record("Group/team", ä="Zoë", B=1, a=2))
    )
    asked = request()
    state.requests.add(
        asked,
        [ask("msg_1"), ask("msg_B", person="B@example.com"), ask("msg_ä", person="ä@example.com")],
        entry(),
        serial=1,
    )
    moved = replace(asked, decisions=(decision(),), revision=asked.revision + 1)
    state.requests.move(
        moved, [message("msg_9")], entry("request.decided"), cancel="decided", persons=("B@example.com",)
    )
    claimed = state.deliveries.claim(after(minutes=9), token="t", until=after(hours=1), limit=2)
    for each in claimed:
        state.deliveries.settle(
            replace(each.message, state=MessageState.DELIVERED), "t", None, entry("delivered", each.message.id)
        )
    state.servers.postpone("relay", after(hours=3), "down", entry("server.down"))


def all_rows(state: State) -> list[tuple[str, dict[str, object]]]:
    rows: list[tuple[str, dict[str, object]]] = []

    def take(dump: Dump) -> None:
        rows.extend((table, {**row, "id": 0} if table == "attempts" else dict(row)) for table, row in dump.rows())
        raise Stopped

    with pytest.raises(Stopped):
        state.upkeep.hand_over(take, NOW, ..., [])  # type: ignore[arg-type]
    return rows


class Stopped(Exception):
    """Enough was seen."""


def test_journal_and_rows_are_the_same_bytes(both: tuple[State, State]) -> None:
    chains: list[list[JournalEntry]] = []
    for state in both:
        play(state)
        chains.append(list(state.journal.entries()))
    assert chains[0] == chains[1] and len(chains[0]) >= 5 and find_first_break(iter(chains[1])) is None
    assert all_rows(both[0]) == all_rows(both[1])


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda state: state.outbox.add([message(subject="a\0b")], entry()), "NUL"),
        (lambda state: state.outbox.add([message(subject="a\ud800b")], entry()), "UTF-8"),
        (lambda state: state.snapshots.commit(commit(Snapshot(), record("Group/a\0b"))), "NUL"),
    ],
)
def test_texts_no_database_should_hold_are_refused_alike(
    both: tuple[State, State], write: Callable[[State], object], said: str
) -> None:
    told = []
    for state in both:
        with pytest.raises(Refused) as refused:
            write(state)
        told.append((refused.value.summary, refused.value.detail, refused.value.hint))
    assert told[0] == told[1] and said in told[0][1]
    assert [state.journal.head() for state in both] == [None, None]
