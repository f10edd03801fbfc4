"""What the SQLite backend leaves on the disk, and what it says of files that are not as they should be."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.errors import Refused, StateFault, UserError
from reconciler.state.privacy import Privacy
from reconciler.state.sql.statements import NOTHING, Values
from reconciler.state.sqlite.backend import SqliteConnection, SqliteState
from reconciler.state.sqlite.schema import APPLICATION_ID, VERSION, migrations, statements
from tests.state.samples import NAMED_IN, NOW, after, commit, entry, message, record, request
from tests.support.hints import hint


def made(path: Path) -> SqliteState:
    state = SqliteState(path, NAMED_IN)
    state.snapshots.commit(commit(Snapshot(), record()))
    return state


def closed(path: Path) -> Path:
    made(path).close()
    return path


def altered(path: Path, *sql: str) -> Path:
    connection = sqlite3.connect(closed(path))
    for statement in sql:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


def test_reading_a_state_that_does_not_exist_creates_nothing(database: Path) -> None:
    state = SqliteState(database, NAMED_IN)
    assert state.snapshots.read() == Snapshot() and state.next_due() is None
    assert state.deliveries.claim(NOW, token="t", until=after(hours=1), limit=1) == []
    assert list(database.parent.parent.iterdir()) == []


def test_a_backup_is_a_state_only_its_owner_reads(database: Path, tmp_path: Path) -> None:
    state, copy = made(database), tmp_path / "copy.db"
    state.upkeep.backup(copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_file()) == ["copy.db"]
    opened = SqliteState(copy, NAMED_IN)
    assert opened.snapshots.read() == state.snapshots.read()
    opened.close()


def test_a_backup_replaces_no_file(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("precious")
    with pytest.raises(UserError, match="exists"):
        made(database).upkeep.backup(copy)
    assert copy.read_text() == "precious" and len(list(tmp_path.glob("*copy*"))) == 1


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_folder_and_files_are_private_whatever_the_umask(database: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        state = made(database)
    finally:
        os.umask(before)
    assert stat.S_IMODE(database.parent.stat().st_mode) == 0o700
    names = ["state.db", "state.db-shm", "state.db-wal", "state.db.queue", "state.db.turn"]
    assert modes(database.parent) == dict.fromkeys(names, 0o600)
    state.close()


def test_a_folder_that_is_there_keeps_its_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    made(tmp_path / "state.db").close()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_no_side_files_are_left_after_reading(database: Path) -> None:
    closed(database)
    reader = SqliteState(database, NAMED_IN)
    assert reader.snapshots.read().serial == 1
    reader.close()
    assert sorted(modes(database.parent)) == ["state.db", "state.db.queue", "state.db.turn"]


def test_no_side_files_are_left_when_a_state_is_dropped(database: Path) -> None:
    closed(database)
    assert SqliteState(database, NAMED_IN).snapshots.read().serial == 1
    assert sorted(modes(database.parent)) == ["state.db", "state.db.queue", "state.db.turn"]


def test_a_state_is_used_again_after_closing(database: Path) -> None:
    state = made(database)
    state.close()
    assert state.snapshots.commit(commit(state.snapshots.read(), record())).serial == 2
    state.close()


def test_a_state_replaced_on_disk_is_read_anew(database: Path) -> None:
    state = made(database)
    state.close()
    shutil.copy(database, database.with_name("backup"))
    state.snapshots.commit(commit(state.snapshots.read(), record()))
    SqliteState(database, NAMED_IN).close()
    for name in ("state.db-wal", "state.db-shm", "state.db"):
        database.with_name(name).unlink(missing_ok=True)
    database.with_name("backup").rename(database)
    assert state.snapshots.read().serial == 1
    state.close()


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    path = tmp_path / "a b?c#d%41" / "state é.db"
    made(path).close()
    assert path.is_file() and SqliteState(path, NAMED_IN).snapshots.read().serial == 1


def test_a_first_write_that_is_refused_leaves_an_empty_state(database: Path) -> None:
    state = SqliteState(database, NAMED_IN)
    with pytest.raises(ZeroDivisionError):
        state._database.write(lambda _: 1 // 0)
    assert state.snapshots.read() == Snapshot() and state.change_mark() == 0
    state.close()


def test_a_connection_that_cannot_be_used_is_closed(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed(database)
    opened: list[sqlite3.Connection] = []

    class Failing(sqlite3.Connection):
        def execute(self, *_: object) -> sqlite3.Cursor:  # type: ignore[override]
            raise sqlite3.OperationalError("disk I/O error")

    def connect(*arguments: str, **named: object) -> sqlite3.Connection:
        opened.append(Failing(*arguments, **named))  # type: ignore[arg-type]
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", connect)
    with pytest.raises(Exception, match="does not understand"):
        SqliteState(database, NAMED_IN).snapshots.read()
    with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
        opened[0].cursor()


def test_the_name_is_for_people(database: Path) -> None:
    assert SqliteState(database, NAMED_IN, label=".reconciler/state.db").name == "sqlite:.reconciler/state.db"


def faulty(path: Path, act: Callable[[SqliteState], object] = lambda state: state.snapshots.read()) -> StateFault:
    """The fault of the act; that it does not change the file is checked here."""
    before = path.read_bytes() if path.is_file() else None
    state = SqliteState(path, NAMED_IN)
    with pytest.raises(StateFault) as caught:
        act(state)
    state.close()
    assert (path.read_bytes() if path.is_file() else None) == before
    assert hint(caught.value)
    return caught.value


def write(state: SqliteState) -> None:
    state.outbox.add([], entry())


reading_and_writing = pytest.mark.parametrize(
    "act", [lambda state: state.snapshots.read(), write], ids=["read", "write"]
)


@reading_and_writing
def test_a_state_of_a_newer_version_is_left_alone(database: Path, act: Callable[[SqliteState], object]) -> None:
    fault = faulty(altered(database, "PRAGMA user_version = 7"), act)
    assert "newer reconciler" in fault.summary and "version 7" in fault.detail
    assert "Upgrade reconciler" in fault.hint


@reading_and_writing
@pytest.mark.parametrize("content", [b"not a database at all\n" * 100, b"\x00" * 8192, b"{}"])
def test_a_file_that_is_no_database_is_left_alone(
    tmp_path: Path, content: bytes, act: Callable[[SqliteState], object]
) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(content)
    assert "is not a SQLite database" in faulty(path, act).summary


@reading_and_writing
@pytest.mark.parametrize("mark", ["PRAGMA application_id = 1", "PRAGMA application_id = 0"])
def test_a_database_of_another_application_is_left_alone(
    database: Path, mark: str, act: Callable[[SqliteState], object]
) -> None:
    assert "belongs to another application" in faulty(altered(database, mark), act).summary


@reading_and_writing
def test_an_empty_file_is_an_empty_state(tmp_path: Path, act: Callable[[SqliteState], object]) -> None:
    path = tmp_path / "state.db"
    path.touch()
    state = SqliteState(path, NAMED_IN)
    assert state.snapshots.read() == Snapshot()
    act(state)
    state.close()


def test_a_damaged_file_says_so(database: Path) -> None:
    content = bytearray(closed(database).read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    database.write_bytes(content)
    fault = faulty(database)
    assert "is damaged" in fault.summary and "backup" in hint(fault)


def test_a_truncated_file_says_so(database: Path) -> None:
    content = closed(database).read_bytes()
    database.write_bytes(content[: len(content) // 2])
    assert "is damaged" in faulty(database).summary


def test_a_missing_table_is_damage(database: Path) -> None:
    assert "is damaged" in faulty(altered(database, "DROP TABLE resources")).summary


@pytest.mark.parametrize("spec", ["{", '{"state": '])
def test_a_row_that_cannot_be_read_back_is_damage(database: Path, spec: str) -> None:
    assert "damaged" in faulty(altered(database, f"UPDATE resources SET spec = '{spec}'")).summary


@reading_and_writing
def test_a_folder_in_place_of_the_file_says_so(tmp_path: Path, act: Callable[[SqliteState], object]) -> None:
    assert "folder" in faulty(tmp_path, act).summary


@reading_and_writing
def test_a_file_in_place_of_the_folder_says_so(tmp_path: Path, act: Callable[[SqliteState], object]) -> None:
    (tmp_path / "file").touch()
    assert "is a file, not a folder" in faulty(tmp_path / "file" / "state.db", act).summary


def test_faults_never_show_content(database: Path) -> None:
    fault = faulty(altered(database, "UPDATE resources SET spec = '{\"password\": hunter2}'"))
    assert "hunter2" not in fault.summary + fault.detail + hint(fault)


def tables(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    return connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()


def test_the_last_migration_is_the_schema_version() -> None:
    assert [number for number, _ in migrations()] == list(range(1, VERSION + 1))


def test_a_new_state_has_the_schema_of_all_migrations(database: Path) -> None:
    connection = sqlite3.connect(closed(database))
    expected = sqlite3.connect(":memory:")
    for _, text in migrations():
        expected.executescript(text)
    assert tables(connection) == tables(expected)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    expected.close()


def test_statements_are_split_around_triggers_and_comments() -> None:
    script = "-- a; comment\nCREATE TABLE a (b);\nCREATE TRIGGER c DELETE ON a\nBEGIN SELECT 1; END;\n"
    assert [statement.split()[-1] for statement in statements(script)] == ["(b);", "END;"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET actor = 'somebody'",
        "DELETE FROM journal",
        "INSERT OR REPLACE INTO journal SELECT * FROM journal",
        "INSERT INTO journal SELECT 9, previous, 'x', text, event, subject, actor, at, data FROM journal",
        "INSERT INTO journal SELECT 2, 'y', 'x', text, event, subject, actor, at, data FROM journal",
        "UPDATE message_data SET data = x'00'",
    ],
)
def test_what_must_not_change_cannot_even_be_changed_by_hand(database: Path, statement: str) -> None:
    state = made(database)
    state.outbox.add([message()], entry())
    state.close()
    connection = sqlite3.connect(database)
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    connection.close()


def test_the_schema_holds_one_decision_per_person(database: Path) -> None:
    connection = sqlite3.connect(closed(database))
    row = "INSERT INTO decisions VALUES ('r', ?, 'a@example.com', '', '', 'approve', '', '', 0, '[]', '', '')"
    connection.execute(row, (0,))
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(row, (1,))
    connection.close()


def plan_of(state: SqliteState, query: str, values: Values = NOTHING) -> str:
    def work(connection: sqlite3.Connection) -> str:
        return "\n".join(row["detail"] for row in connection.execute("EXPLAIN QUERY PLAN " + query, values))

    return state._database.read(work, "")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Values]]:
    """Every query, with its values, as SQLite is given it."""
    rows, found = SqliteConnection.rows, list[tuple[str, Values]]()

    def recorded(self: SqliteConnection, query: str, values: Values = NOTHING, /) -> Sequence[sqlite3.Row]:
        found.append((query, values))
        return rows(self, query, values)

    monkeypatch.setattr(SqliteConnection, "rows", recorded)
    return found


@pytest.mark.parametrize(
    ("look", "plans"),
    [
        (
            lambda state: state.requests.due(NOW, 1),
            ["SEARCH requests USING INDEX requests_due (due>? AND due<?)"],
        ),
        (
            lambda state: state.deliveries.claim(NOW, token="t", until=NOW, limit=1),
            [
                "SEARCH messages USING INDEX messages_due (due<?)",
                "SEARCH messages USING INDEX messages_leased (lease_until<?)",
            ],
        ),
        (
            lambda state: state.next_due(),
            [
                "SEARCH requests USING INDEX requests_due (due>?)",
                "SCAN messages USING INDEX messages_due",
                "SCAN messages USING INDEX messages_leased",
            ],
        ),
    ],
    ids=["requests", "messages", "next"],
)
def test_waiting_requests_and_messages_cost_nothing(
    database: Path, asked: list[tuple[str, Values]], look: Callable[[SqliteState], object], plans: list[str]
) -> None:
    state = made(database)
    asked.clear()
    look(state)
    assert [plan_of(state, *each) for each in asked] == plans
    state.close()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id FROM requests WHERE state = 'pending' AND process = 'x' ORDER BY created, id",
        "SELECT * FROM requests WHERE state = 'pending' ORDER BY created DESC, id DESC LIMIT 5",
        "SELECT * FROM messages WHERE request = 'x' ORDER BY created DESC, id DESC LIMIT 5",
        "SELECT id FROM messages WHERE state NOT IN ('delivered', 'failed', 'cancelled') AND task = 'x' ORDER BY id",
        "SELECT id FROM messages WHERE state = 'sending' AND lease_token = 'x'",
        "UPDATE messages SET due = 1 WHERE server = 'x' AND state IN ('queued', 'deferred', 'ambiguous') AND due > 2",
    ],
)
def test_every_question_asked_often_has_an_index(database: Path, query: str) -> None:
    state = made(database)
    found = plan_of(state, query)
    assert "SEARCH" in found and "TEMP B-TREE" not in found, found
    state.close()


def test_refusals_leave_no_trace(database: Path) -> None:
    state = made(database)
    state.requests.add(request(), [], entry(), serial=1)
    mark = state.change_mark()
    state.snapshots.commit(commit(state.snapshots.read(), record("ApprovalProcess/manual-email")))
    with pytest.raises(Refused):
        state.snapshots.commit(commit(state.snapshots.read(), delete=("ApprovalProcess/manual-email",)))
    assert state.change_mark() == mark + 1
    state.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_does_not_lock_out_the_owner(database: Path) -> None:
    closed(database)
    for file in [database.parent, *database.parent.iterdir()]:
        os.chown(file, 12345, 12345)
    database.with_name("state.db.turn").unlink()
    state = SqliteState(database, NAMED_IN, privacy=Privacy(project_owner=12345))
    state.snapshots.commit(commit(state.snapshots.read(), record()))
    assert {file.stat().st_uid for file in database.parent.iterdir()} == {12345}
    state.close()


def test_a_thousand_resources_are_one_quick_commit(database: Path) -> None:
    state = SqliteState(database, NAMED_IN)
    start = time.monotonic()
    state.snapshots.commit(commit(Snapshot(), *(record(f"Group/g{number}") for number in range(1000))))
    assert len(state.snapshots.read().resources) == 1000
    assert time.monotonic() - start < 2
    state.close()
