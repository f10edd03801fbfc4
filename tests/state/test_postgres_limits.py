"""A server that is full, read-only or has no connection left: told in plain words, and nothing was changed."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from reconciler.model.errors import StateFault, StateLocked
from reconciler.model.journal import find_first_break
from reconciler.state.postgres.backend import PostgresState
from tests.crash.project import apply_here, here, keep_in, stored, write_new, write_old
from tests.crash.test_postgres_killed import APPLY
from tests.state.samples import NAMED_IN, entry, message
from tests.state.test_journal_and_lock import MINE
from tests.support.components import require
from tests.support.crash import strace_works
from tests.support.postgres import Server, require_postgres

BIG = os.urandom(1 << 20)
"""Does not shrink when it is stored, so that a table has to grow."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server with few connections."""
    require_postgres()
    server = Server(tmp_path_factory.mktemp("small"))
    server.run("ALTER SYSTEM SET max_connections = 6", "ALTER SYSTEM SET reserved_connections = 0")
    server.stop()
    server.start()
    return server


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """One whose settings are nobody else's."""
    name = f"limited_{uuid4().hex[:12]}"
    postgres.run(f"CREATE DATABASE {name}")
    yield name
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def opened(url: str) -> Iterator[PostgresState]:
    with closing(PostgresState(url, NAMED_IN)) as state:
        yield state


@contextmanager
def full_disk(process: int, calls: str) -> Iterator[None]:
    """The server's process is told that the disk is full, whenever it makes one of these calls; so are those it starts."""
    require("strace", strace_works())
    command = ["strace", "-f", "-qq", "-o", "/dev/null", f"--trace={calls}", f"--inject={calls}:error=ENOSPC"]
    with subprocess.Popen([*command, "-p", str(process)], stdin=subprocess.DEVNULL) as strace:
        status = Path(f"/proc/{process}/status")
        while "TracerPid:\t0\n" in status.read_text():
            assert strace.poll() is None
            time.sleep(0.002)
        yield
        strace.terminate()


def backend(state: PostgresState) -> int:
    return state._database.use(lambda connection: connection.info.backend_pid)


@pytest.mark.parametrize("locked", [False, True])
def test_a_table_that_cannot_grow_is_told_plainly_and_nothing_was_changed(postgres_url: str, locked: bool) -> None:
    with opened(postgres_url) as state:
        state.outbox.add([message("msg_1")], entry())
        if locked:
            assert state.lock.acquire(MINE) is None
        with full_disk(backend(state), "pwritev,fallocate"), pytest.raises(StateFault) as fault:
            state.outbox.add([message("msg_2", data=BIG)], entry())
        assert "the server's disk is full" in fault.value.summary and "Nothing was changed" in fault.value.hint
        assert "No space left on device" in fault.value.detail
        assert state.outbox.get("msg_2") is None and len(list(state.journal.entries())) == 1
        state.outbox.add([message("msg_2", data=BIG)], entry())
        assert not locked or state.lock.holder() == MINE


@pytest.mark.parametrize("locked", [False, True])
def test_a_server_without_room_for_its_log_harms_nothing(small: Server, locked: bool) -> None:
    """It ends all connections and starts again: what was being committed is done then, or refused with the lock lost."""
    with opened(small.url(schema=f"full_{locked}".lower())) as state:
        state.outbox.add([message("msg_1")], entry())
        if locked:
            assert state.lock.acquire(MINE) is None
        with full_disk(backend(state), "pwrite64"):
            if locked:
                with pytest.raises(StateLocked, match="The lock was lost"):
                    state.outbox.add([message("msg_2")], entry())
            else:
                state.outbox.add([message("msg_2")], entry())
        assert (state.outbox.get("msg_2") is None) == locked and state.lock.holder() is None
        assert len(list(state.journal.entries())) == (1 if locked else 2)


@pytest.mark.parametrize("schema", ["user", "order", "full"])
def test_a_schema_goes_by_any_plain_name(postgres: Server, database: str, schema: str) -> None:
    """A word of SQL too."""
    with opened(postgres.url(database, schema=schema)) as state:
        state.outbox.add([message("msg_1")], entry())
        assert not state.await_change(state.change_mark(), 0.01, time.sleep)
        assert state.outbox.get("msg_1") is not None


def test_a_server_without_a_free_connection_is_told_plainly(small: Server, tmp_path: Path) -> None:
    project = keep_in(write_old(tmp_path / "project"), small.url(schema="crowded"))
    with ExitStack() as stack:
        with pytest.raises(StateFault) as fault:
            for _ in range(20):
                stack.enter_context(opened(small.url())).snapshots.read()
        assert "the server has too many connections" in fault.value.summary
        assert "Run the command again" in fault.value.hint
        for words in (("plan",), APPLY, ("run",)):
            code, text = here(project, *words)
            assert code == 1 and "has too many connections" in text and "Traceback" not in text, text
    apply_here(project)


def test_a_server_that_only_reads_is_told_plainly(postgres: Server, database: str, tmp_path: Path) -> None:
    project = keep_in(write_old(tmp_path / "project"), postgres.url(database))
    apply_here(project)
    write_new(project)
    postgres.run(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    assert here(project, "plan", "--detailed-exitcode", "--allow", "deletions")[0] == 2
    assert here(project, "show")[0] == 0 and here(project, "audit", "verify")[0] == 0
    code, text = here(project, *APPLY)
    assert code == 1 and "cannot be written: the server only reads" in text and "primary" in text, text
    assert stored(project)[0].serial == 1 and stored(project)[1] is None


def test_a_database_with_stricter_transactions_lets_all_take_their_turn(postgres: Server, database: str) -> None:
    postgres.run(f"ALTER DATABASE {database} SET default_transaction_isolation = 'serializable'")
    with opened(postgres.url(database)) as state:

        def write() -> None:
            for _ in range(10):
                state.outbox.add([], entry(at=datetime(2027, 3, 1, tzinfo=UTC)))

        threads = [threading.Thread(target=write) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        entries = list(state.journal.entries())
        assert len(entries) == 60 and find_first_break(entries) is None


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"user": "nobody_at_all"}, "refuses the login"),
        ({"database": "not_there"}, "names a database that is not there"),
        ({"host": "/nonexistent"}, "cannot be reached"),
    ],
)
def test_a_way_that_leads_nowhere_is_told_plainly(postgres: Server, parameters: dict[str, str], said: str) -> None:
    with opened(postgres.url(**parameters)) as state, pytest.raises(StateFault, match=said):
        state.snapshots.read()


def test_a_role_that_may_not_connect_is_told_plainly(postgres: Server, database: str) -> None:
    role = f"{database}_role"
    postgres.run(f"CREATE ROLE {role} LOGIN", f"REVOKE CONNECT ON DATABASE {database} FROM PUBLIC")
    with opened(postgres.url(database, user=role)) as state, pytest.raises(StateFault, match="the role lacks a right"):
        state.snapshots.read()
    postgres.run(f"ALTER ROLE {role} CONNECTION LIMIT 0", f"GRANT CONNECT ON DATABASE {database} TO {role}")
    with opened(postgres.url(database, user=role)) as state, pytest.raises(StateFault, match="too many connections"):
        state.snapshots.read()
    postgres.run(f"REVOKE CONNECT ON DATABASE {database} FROM {role}", f"DROP ROLE {role}")
