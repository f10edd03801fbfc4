"""A state moves between databases whole: everything in it reads the same, and the place it left goes on with nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.cli.app import run
from reconciler.state.postgres.backend import PostgresState
from reconciler.state.sql.raw import SqlRaw
from reconciler.state.sqlite.backend import SqliteConnection, SqliteState
from tests.state.samples import NAMED_IN
from tests.support.postgres import Server

BEFORE = Path(__file__).parent / "before"
LEFT = ("suspensions", "freeze", "journal")
"""What is added to in the place that is left."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A state in which there is a row of everything, and nobody is sending."""
    folder = tmp_path / "project"
    for name in ("manifests", "templates"):
        shutil.copytree(BEFORE / name, folder / name)
    state = folder / ".reconciler" / "state.db"
    state.parent.mkdir(mode=0o700)
    state.touch(0o600)
    with closing(sqlite3.connect(state)) as connection:
        connection.executescript((BEFORE / "used.sql").read_text(encoding="utf-8"))
    assert run(["-C", str(folder), "state", "upgrade"]) == 0
    return folder


def reconciler(project: Path, *words: str, state: str = "") -> int:
    return run(["-C", str(project), *words, *(("--state", state) if state else ())])


def rows_of(path: Path) -> dict[str, list[dict[str, object]]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        raw = SqlRaw(SqliteConnection(connection))
        pages = {table: raw.page(table, None) for table in raw.tables}
    return {
        table: [{**row, "id": 0} if table == "attempts" else dict(row) for row in page] for table, page in pages.items()
    }


def test_there_and_back_everything_is_the_same(
    project: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows_of(project / ".reconciler" / "state.db")
    assert all(before.values()), "a table without a row shows nothing"
    assert reconciler(project, "state", "move", "--to", postgres_url) == 0
    assert reconciler(project, "audit", "verify", state=postgres_url) == 0
    assert reconciler(project, "plan", "--detailed-exitcode", state=postgres_url) == 0
    there = capsys.readouterr().out
    assert "Apply would change nothing" in there and "The journal holds" in there
    assert reconciler(project, "state", "move", "--to", "sqlite:.reconciler/back.db", state=postgres_url) == 0
    back = rows_of(project / ".reconciler" / "back.db")
    assert back == before


def test_what_is_left_goes_on_with_nothing(
    project: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows_of(project / ".reconciler" / "state.db")
    assert reconciler(project, "state", "thaw") == 0
    assert reconciler(project, "state", "move", "--to", postgres_url, "--format", "json") == 0
    moved = json.loads(capsys.readouterr().out.partition("\n")[2])
    assert moved["state"] == postgres_url
    assert moved["rows"]["messages"] == len(before["messages"])
    assert reconciler(project, "apply", "--auto-approve") == 5
    assert "moved to" in capsys.readouterr().err
    assert reconciler(project, "run", "--once") == 0
    after = rows_of(project / ".reconciler" / "state.db")
    assert after["attempts"] == before["attempts"]
    assert reconciler(project, "audit", "verify") == 0


@pytest.mark.parametrize("to", ["postgres", "sqlite"])
def test_a_place_that_is_not_empty_is_refused(
    project: Path, postgres_url: str, to: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = postgres_url if to == "postgres" else "sqlite:.reconciler/other.db"
    assert reconciler(project, "state", "freeze", "--reason", "In use", state=target) == 0
    before = rows_of(project / ".reconciler" / "state.db")
    assert reconciler(project, "state", "move", "--to", target) == 1
    assert "is not empty" in capsys.readouterr().err
    assert rows_of(project / ".reconciler" / "state.db") == before


def test_while_mail_is_sent_it_does_not_move(
    project: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / ".reconciler" / "state.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "UPDATE messages SET state = 'sending', state_before = 'queued', lease_token = 't', "
            "lease_until = '2999-01-01T00:00:00.000000Z' WHERE id = (SELECT max(id) FROM messages)"
        )
        connection.commit()
    assert reconciler(project, "state", "move", "--to", postgres_url) == 1
    assert "Stop every runner" in capsys.readouterr().err
    state = PostgresState(postgres_url, NAMED_IN)
    assert state.journal.head() is None
    state.close()


def test_nothing_and_the_same_place_are_told(
    project: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reconciler(project, "state", "move", "--to", "sqlite:x.db", state=postgres_url) == 1
    assert "Nothing to move" in capsys.readouterr().err
    assert reconciler(project, "state", "move", "--to", "sqlite:.reconciler/state.db") == 1
    assert "Both are the same state" in capsys.readouterr().err


def test_no_table_is_forgotten(tmp_path: Path, postgres: Server, postgres_url: str) -> None:
    """A table that comes later has to be named, or say why not: the lock is its holder's, and of `state` two columns move."""
    made = SqliteState(tmp_path / ".reconciler" / "state.db", NAMED_IN)
    made.upkeep.prepare()
    made.close()
    with closing(sqlite3.connect(tmp_path / ".reconciler" / "state.db")) as connection:
        connection.row_factory = sqlite3.Row
        named = {row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert named == {*SqlRaw(SqliteConnection(connection)).tables, "lock", "state"}
        columns = {
            (table, column["name"], bool(column["notnull"] or column["pk"]))
            for table in named
            for column in connection.execute(f'PRAGMA table_info("{table}")')
        }
    state = PostgresState(postgres_url, NAMED_IN)
    state.upkeep.prepare()
    state.close()
    schema = postgres_url.rpartition("=")[2]
    found = postgres.run(
        "SELECT table_name, column_name, is_nullable, collation_name, data_type FROM information_schema.columns "
        f"WHERE table_schema = '{schema}'"
    )
    own = {("state", "writer", True), ("state", "version", True)}
    assert {(table, column, null == "NO") for table, column, null, _, _ in found} == columns | own
    assert {collation for *_, collation, kind in found if kind == "text"} == {"C"}
