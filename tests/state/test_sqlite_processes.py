"""Several processes and threads on one SQLite state."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.errors import StateFault
from reconciler.model.journal import find_first_break
from reconciler.state.sqlite.backend import SqliteState
from tests.state.samples import NAMED_IN, NOW, after, commit, entry, message, record
from tests.support.nursery import Child, nursery

WORKER = str(Path(__file__).with_name("worker.py"))


def start(verb: str, database: Path, actor: str, *arguments: str) -> Child:
    """A worker; what it prints is kept outside the folder of the state."""
    return nursery().start([WORKER, verb, str(database), actor, *arguments], database.parents[1] / f"{actor}.out")


def outputs(processes: list[Child]) -> list[str]:
    codes = [process.wait(60) for process in processes]
    found = [process.said().strip() for process in processes]
    assert codes == [0] * len(processes), found
    return found


def first_line(process: Child) -> str:
    """What it printed first, once it has."""
    deadline = time.monotonic() + 60
    while "\n" not in process.said():
        assert time.monotonic() < deadline and process.poll() is None, process.said()
        time.sleep(0.001)
    return process.said().partition("\n")[0]


def made(database: Path) -> SqliteState:
    state = SqliteState(database, NAMED_IN)
    state.snapshots.commit(commit(Snapshot(), record()))
    return state


@pytest.mark.parametrize("count", [2, 20])
def test_of_commits_on_one_serial_exactly_one_wins(database: Path, count: int) -> None:
    state = made(database)
    processes = [start("once", database, f"writer-{number}") for number in range(count)]
    for process in processes:
        assert first_line(process) == "ready"
    database.with_name("go").touch()
    assert sorted(outputs(processes)) == ["ready\nconflict"] * (count - 1) + ["ready\nwon"]
    assert state.snapshots.read().serial == 2
    state.close()


def test_no_commit_is_lost_among_many(database: Path) -> None:
    """The first ones also race to make the state."""
    found = outputs([start("race", database, f"writer-{number}", "10") for number in range(6)])
    won = [int(serial) for line in found for serial in line.partition("/")[0].split()]
    state = SqliteState(database, NAMED_IN)
    assert sorted(won) == list(range(1, 61)) and state.snapshots.read().serial == 60
    entries = list(state.journal.entries())
    assert [item.entry.data["serial"] for item in entries] == list(range(1, 61))
    assert find_first_break(entries) is None
    state.close()


def test_no_message_is_claimed_twice(database: Path) -> None:
    state = made(database)
    state.outbox.add([message(f"msg_{number:03}") for number in range(100)], entry())
    found = " ".join(outputs([start("claim", database, f"runner-{number}") for number in range(5)])).split()
    assert sorted(found) == [f"msg_{number:03}" for number in range(100)]
    state.close()


def test_busy_writers_all_get_their_turn(database: Path) -> None:
    made(database).close()
    found = outputs([start("write", database, f"writer-{number}", "1.5") for number in range(4)])
    counts, waits = zip(*(map(float, line.split()) for line in found), strict=True)
    assert max(waits) < 1.0, f"a writer waited {max(waits):.2f} s"
    assert min(counts) * 8 > max(counts), f"turns are unfair: {counts}"


def test_a_writer_gives_up_when_its_turn_does_not_come(database: Path) -> None:
    made(database).close()
    with database.with_name("state.db.turn").open("r+") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        state = SqliteState(database, NAMED_IN, patience=0.05)
        with pytest.raises(StateFault) as fault:
            state.outbox.add([], entry())
    assert "is being written by other processes" in fault.value.summary and "0.05 s" in fault.value.detail
    state.outbox.add([], entry())
    state.close()


def test_a_program_that_keeps_the_database_locked_is_named_as_such(database: Path) -> None:
    made(database).close()
    stranger = sqlite3.connect(database, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    state = SqliteState(database, NAMED_IN, patience=0.05)
    with pytest.raises(StateFault, match="is being used by another program"):
        state.outbox.add([], entry())
    stranger.execute("ROLLBACK")
    state.outbox.add([], entry())
    state.close()
    stranger.close()


def test_a_reader_sees_one_moment_while_others_write(database: Path) -> None:
    state = made(database)
    writer = SqliteState(database, NAMED_IN)

    def work(connection: sqlite3.Connection) -> list[int]:
        seen = []
        for _ in range(2):
            seen.append(connection.execute("SELECT serial FROM state").fetchone()[0])
            if len(seen) == 1:
                writer.snapshots.commit(commit(writer.snapshots.read(), record()))
        return seen

    assert state._database.read(work, []) == [1, 1]
    assert state.snapshots.read().serial == 2
    state.close()
    writer.close()


def test_threads_share_one_state(database: Path) -> None:
    state = made(database)
    state.outbox.add([message(f"msg_{number:03}") for number in range(40)], entry())
    found: list[str] = []

    def claim(name: str) -> None:
        while claimed := state.deliveries.claim(NOW, token=name, until=after(hours=1), limit=3):
            found.extend(item.message.id for item in claimed)

    threads = [threading.Thread(target=claim, args=(f"thread-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [f"msg_{number:03}" for number in range(40)]
    state.close()
    assert sorted(p.name for p in database.parent.iterdir()) == ["state.db", "state.db.queue", "state.db.turn"]


def test_a_forked_child_opens_its_own_connection(database: Path) -> None:
    state = made(database)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            state.snapshots.commit(commit(state.snapshots.read(), record(child=True)))
            state.close()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert state.snapshots.read().serial == 2
    state.snapshots.commit(commit(state.snapshots.read(), record(parent=True)))
    connection = sqlite3.connect(database)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    state.close()


def test_random_kills_leave_every_committed_serial(database: Path) -> None:
    """Ten processes, one after another, are killed at some moment while they commit; each reports what it committed."""
    reported = 0
    for number in range(10):
        process = start("forever", database, f"writer-{number}")
        first_line(process)
        time.sleep(0.003 + 0.0071 * number)
        process.kill()
        assert process.wait(30) == -9
        serials = [int(line) for line in process.said().splitlines() if line.isdigit()]
        reported = max([reported, *serials[:-1]])
        state = SqliteState(database, NAMED_IN)
        assert state.snapshots.read().serial >= reported
        assert find_first_break(state.journal.entries()) is None
        assert len(list(state.journal.entries())) == state.snapshots.read().serial
        state.close()
    connection = sqlite3.connect(database)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
