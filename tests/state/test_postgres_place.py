"""Where a state in PostgreSQL is, whose it is, and what is said where it cannot be used."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.errors import NotFound, StateFault, UserError
from reconciler.state.postgres.backend import PostgresState
from reconciler.state.postgres.target import parse_target
from tests.state.samples import NAMED_IN, NOW, commit, record
from tests.support.postgres import Server


@pytest.fixture
def state(postgres_url: str) -> Iterator[PostgresState]:
    opened = PostgresState(postgres_url, NAMED_IN)
    yield opened
    opened.close()


def schema_of(url: str) -> str:
    return url.rpartition("=")[2]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://db.example.com/approvals", "postgresql://db.example.com/approvals"),
        ("postgresql://sam@db:5433/x?sslmode=verify-full", "postgresql://sam@db:5433/x"),
        ("postgresql://a,b:5433/x?target_session_attrs=read-write", "postgresql://a,b:5433/x"),
        ("postgresql:///x?host=%2Frun&sslmode=prefer&schema=staging", "postgresql:///x?host=%2Frun&schema=staging"),
        ("postgresql://?service=approvals", "postgresql://?service=approvals"),
        ("postgres://sam@db/x?schema=reconciler", "postgres://sam@db/x"),
    ],
)
def test_people_are_shown_place_and_schema(url: str, name: str) -> None:
    target = parse_target(url)
    assert target.name.rstrip("/") == name
    assert target.schema == ("staging" if "staging" in url else "reconciler")


def test_what_libpq_is_not_told_has_bounds() -> None:
    given = parse_target("postgresql://db/x?connect_timeout=3").conninfo.split()
    assert "connect_timeout=3" in given and "tcp_user_timeout=60000" in given


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://sam:hunter2@db/x",
        "postgresql://db/x?password=hunter2",
        "postgresql://sam:hunter2@db/x?password=hunter2&schema=a",
        "postgresql://db/x?sslpassword=hunter2",
        "postgresql://sam:hunter%32@db/x",
    ],
)
def test_a_password_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UserError, match="password") as refused:
        parse_target(url)
    assert "hunter2" not in f"{refused.value.summary}{refused.value.detail}{refused.value.hint}"
    assert "PGPASSWORD" in refused.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://[::1/x",
        "postgresql://db/x?nonsense=1",
        "postgresql://db/x?schema=A",
        "postgresql://db/x?schema=pg_x",
        "postgresql://db/x?schema=a;drop",
        "postgresql://db/x?schema=a&schema=b",
        "postgresql://db/x?replication=database",
        "postgresql://db/%00x",
        f"postgresql://db/x?schema={'a' * 64}",
    ],
)
def test_what_is_no_such_url_is_told(url: str) -> None:
    with pytest.raises(UserError) as refused:
        parse_target(url)
    assert "postgresql://" in refused.value.hint


def test_reading_makes_nothing(state: PostgresState, postgres: Server, postgres_url: str) -> None:
    assert state.snapshots.read() == Snapshot() and state.next_due() is None and state.lock.holder() is None
    assert state.deliveries.claim(NOW, token="t", until=NOW, limit=1) == []
    assert not postgres.run(f"SELECT 1 FROM pg_namespace WHERE nspname = '{schema_of(postgres_url)}'")


def test_two_that_begin_at_once_make_one(postgres_url: str) -> None:
    faults: list[BaseException] = []

    def make() -> None:
        own = PostgresState(postgres_url, NAMED_IN)
        try:
            own.upkeep.prepare()
        except BaseException as fault:
            faults.append(fault)
        finally:
            own.close()

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_schema_of_another_application_is_left_as_it_is(
    state: PostgresState, postgres: Server, postgres_url: str
) -> None:
    schema = schema_of(postgres_url)
    postgres.run(f"CREATE SCHEMA {schema}", f"CREATE TABLE {schema}.state (id int)")
    for use in (state.snapshots.read, state.upkeep.prepare, state.upkeep.versions):
        with pytest.raises(StateFault, match="belongs to another application") as fault:
            use()
        assert "?schema=" in fault.value.hint


def test_an_empty_schema_is_filled(state: PostgresState, postgres: Server, postgres_url: str) -> None:
    postgres.run(f"CREATE SCHEMA {schema_of(postgres_url)}")
    assert state.upkeep.prepare() == 0
    assert state.snapshots.commit(commit(Snapshot(), record())).serial == 1


def test_a_newer_version_is_told_while_it_is_used(state: PostgresState, postgres: Server, postgres_url: str) -> None:
    state.snapshots.commit(commit(Snapshot(), record()))
    postgres.run(f"UPDATE {schema_of(postgres_url)}.state SET version = 99")
    for use in (state.snapshots.read, lambda: state.snapshots.commit(commit(Snapshot(), record()))):
        with pytest.raises(StateFault, match="newer reconciler") as fault:
            use()
        assert "version 99" in fault.value.detail


def test_two_states_stand_in_one_database(postgres: Server, state: PostgresState, postgres_url: str) -> None:
    state.snapshots.commit(commit(Snapshot(), record()))
    other = PostgresState(postgres_url + "_b", NAMED_IN)
    try:
        assert other.snapshots.read() == Snapshot()
        other.snapshots.commit(commit(Snapshot(), record("Group/others"), lineage="lineage-2"))
        assert state.snapshots.read().lineage == "lineage-1" and other.snapshots.read().lineage == "lineage-2"
    finally:
        other.close()
        postgres.run(f"DROP SCHEMA {schema_of(postgres_url)}_b CASCADE")


@pytest.mark.parametrize(
    ("parameters", "said", "hint"),
    [
        ({"database": "nobody_made_it"}, "database that is not there", "Create the database"),
        ({"user": "nobody"}, "refuses the login", "PGPASSWORD"),
        ({"host": "/nonexistent"}, "cannot be reached", "PGHOST"),
        ({"service": "unheard_of"}, "service is not defined", "PGSERVICEFILE"),
    ],
)
def test_who_is_not_let_in_is_told_why(postgres: Server, parameters: dict[str, str], said: str, hint: str) -> None:
    state = PostgresState(postgres.url(**parameters), NAMED_IN)
    with pytest.raises(StateFault, match=said) as fault:
        state.snapshots.read()
    assert hint in fault.value.hint


@pytest.mark.parametrize("options", ["-c datestyle=German", "-c datestyle=SQL,DMY -c timezone=Asia/Tokyo"])
def test_what_a_role_is_set_to_does_not_matter(
    postgres_url: str, options: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", options + " -c idle_session_timeout=50 -c search_path=public -c lock_timeout=1")
    state = PostgresState(postgres_url, NAMED_IN)
    state.snapshots.commit(commit(Snapshot(), record()))
    time.sleep(0.2)
    assert state.now().utcoffset() == NOW.utcoffset() and state.snapshots.read().serial == 1
    state.close()


def test_a_parameter_libpq_does_not_take_is_no_fault_of_ours(postgres: Server) -> None:
    state = PostgresState(postgres.url(connect_timeout="abc"), NAMED_IN)
    with pytest.raises(StateFault, match="cannot be reached") as fault:
        state.snapshots.read()
    assert "connect_timeout" in fault.value.detail


def test_a_database_of_another_encoding_is_told(postgres: Server) -> None:
    name = f"latin_{os.getpid()}"
    postgres.run(f"CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    try:
        with pytest.raises(StateFault, match="cannot be kept") as fault:
            PostgresState(postgres.url(name), NAMED_IN).snapshots.read()
        assert "UTF8" in fault.value.hint
    finally:
        postgres.run(f"DROP DATABASE {name}")


def test_a_server_that_is_not_there_is_not_waited_for(silent_port: int) -> None:
    state = PostgresState(f"postgresql://127.0.0.1:{silent_port}/x", NAMED_IN)
    begun = time.monotonic()
    with pytest.raises(StateFault, match="cannot be reached"):
        state.snapshots.read()
    assert time.monotonic() - begun < 15


def test_a_backup_is_made_by_the_program_it_names(
    state: PostgresState, postgres: Server, tmp_path: Path, postgres_url: str
) -> None:
    with pytest.raises(NotFound):
        state.upkeep.backup(tmp_path / "copy")
    state.snapshots.commit(commit(Snapshot(), record()))
    with pytest.raises(UserError, match="pg_dump") as told:
        state.upkeep.backup(tmp_path / "copy")
    words = told.value.hint.removeprefix("Run: ")
    assert os.system(f"{postgres.programs}/{words}") == 0
    assert (tmp_path / "copy").stat().st_size > 1000 and "plan.key" in told.value.detail


def test_a_clock_is_asked_of_the_database(state: PostgresState, postgres: Server) -> None:
    ((theirs,),) = postgres.run("SELECT clock_timestamp()")
    assert abs((state.now() - theirs).total_seconds()) < 5
    assert state.now() <= state.now() and state.now().utcoffset() == NOW.utcoffset()


def test_who_waits_hears_of_a_commit_at_once(state: PostgresState, postgres_url: str) -> None:
    other = PostgresState(postgres_url, NAMED_IN)
    state.upkeep.prepare()
    mark = state.change_mark()
    assert not state.await_change(mark, 0.05, time.sleep)
    later = threading.Timer(0.2, lambda: other.snapshots.commit(commit(Snapshot(), record())))
    later.start()
    begun = time.monotonic()
    assert state.await_change(mark, 30, time.sleep) and time.monotonic() - begun < 10
    later.join()
    assert state.await_change(mark, 30, time.sleep), "what came before it listened counts"
    other.close()
