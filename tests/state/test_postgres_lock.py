"""The lock that a connection holds: it is lost with the connection, and whoever lost it changes nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.errors import StateLocked
from reconciler.state.postgres.backend import PostgresState
from tests.crash.project import here, keep_in
from tests.state.samples import NAMED_IN, commit, entry, record
from tests.state.test_journal_and_lock import MINE, YOURS
from tests.support.nursery import ENVIRONMENT
from tests.support.postgres import Server

HOLDER = """
import sys, time
from reconciler.state.postgres.backend import PostgresState
from tests.state.samples import NAMED_IN
from tests.state.test_journal_and_lock import MINE
state = PostgresState(sys.argv[1], NAMED_IN)
assert state.lock.acquire(MINE) is None
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def state(postgres_url: str) -> Iterator[PostgresState]:
    """With one resource, and its lock held."""
    with closing(PostgresState(postgres_url, NAMED_IN)) as made:
        made.snapshots.commit(commit(Snapshot(), record()))
        assert made.lock.acquire(MINE) is None
        yield made


@pytest.fixture
def other(postgres_url: str) -> Iterator[PostgresState]:
    with closing(PostgresState(postgres_url, NAMED_IN)) as made:
        yield made


def process_of(state: PostgresState) -> int:
    return state._database.use(lambda connection: connection.info.backend_pid)


def require_lost(state: PostgresState, other: PostgresState) -> None:
    """The holder changes nothing under the lock it lost; once it has let go, it works like anybody."""
    with pytest.raises(StateLocked, match="The lock was lost") as fault:
        state.snapshots.commit(commit(state.snapshots.read(), record(late="yes")))
    assert fault.value.exit_code == 5 and "Nothing was changed" in fault.value.detail
    assert other.snapshots.read().serial == 1
    state.lock.release(MINE.token)
    state.outbox.add([], entry("after"))
    assert state.lock.acquire(MINE) is None and other.lock.holder() == MINE


def test_a_holder_whose_connection_the_server_ended_commits_nothing(
    state: PostgresState, other: PostgresState, postgres: Server
) -> None:
    postgres.run(f"SELECT pg_terminate_backend({process_of(state)}, 5000)")
    assert other.lock.holder() is None
    require_lost(state, other)


def test_a_holder_whose_lock_somebody_removed_commits_nothing(
    state: PostgresState, other: PostgresState, postgres_url: str, tmp_path: Path
) -> None:
    project = keep_in(tmp_path, postgres_url)
    assert here(project, "state", "unlock", "another")[0] == 1 and other.lock.holder() == MINE
    code, text = here(project, "state", "unlock", MINE.token)
    assert code == 0 and other.lock.holder() is None, text
    require_lost(state, other)


def test_a_holder_whose_lock_somebody_else_has_now_leaves_it_there(
    state: PostgresState, other: PostgresState, postgres: Server
) -> None:
    postgres.run(f"SELECT pg_terminate_backend({process_of(state)}, 5000)")
    assert other.lock.acquire(YOURS) is None
    with pytest.raises(StateLocked):
        state.snapshots.commit(commit(state.snapshots.read(), record(late="yes")))
    state.lock.release(MINE.token)
    assert state.lock.acquire(MINE) == YOURS
    other.snapshots.commit(commit(other.snapshots.read(), record(mine="yes")))


def test_a_holder_that_was_killed_leaves_nothing_to_unlock(postgres_url: str) -> None:
    words = [sys.executable, "-B", "-c", HOLDER, postgres_url]
    with (
        subprocess.Popen(words, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process,
        closing(PostgresState(postgres_url, NAMED_IN)) as state,
    ):
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        assert state.lock.acquire(YOURS) == MINE
        process.kill()
        process.wait()
        wait_until(lambda: state.lock.holder() is None)
        assert state.lock.acquire(YOURS) is None and state.lock.holder() == YOURS


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_the_lock_of_a_dead_process_whose_connection_stays_is_taken_over(
    state: PostgresState, other: PostgresState
) -> None:
    assert other.lock.seize(YOURS, token=MINE.token)
    assert other.lock.holder() == YOURS
    with pytest.raises(StateLocked):
        state.outbox.add([], entry())


def test_the_next_holder_is_not_taken_for_the_dead_one(
    state: PostgresState, other: PostgresState, postgres: Server
) -> None:
    """The row still names the dead one, and the server says that somebody has the lock: the next, a moment later."""
    postgres.run(f"SELECT pg_terminate_backend({process_of(state)}, 5000)")
    late = threading.Event()
    write = other.lock._store.write  # type: ignore[attr-defined]

    def name_late() -> None:
        assert other._database.use(other.lock._try)  # type: ignore[attr-defined]
        late.set()
        time.sleep(0.3)
        write(lambda rows: (rows.locks.delete(MINE.token), rows.locks.add(YOURS)))
        other._database.locked = True
        other.outbox.add([], entry("still held"))

    thread = threading.Thread(target=name_late)
    thread.start()
    assert late.wait(10)
    assert not state.lock.seize(replace(MINE, token="token-3"), token=MINE.token)
    thread.join()
    assert state.journal.last("still held") is not None


def test_who_waits_for_the_lock_wakes_nobody(state: PostgresState, other: PostgresState) -> None:
    mark = state.change_mark()
    assert [other.lock.acquire(YOURS) for _ in range(3)] == [MINE] * 3
    assert state.change_mark() == mark
