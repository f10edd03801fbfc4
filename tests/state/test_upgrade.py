"""A state as version 1 left it: read without a change, upgraded by the first write."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.model.canonical import write_canonical_json, write_exact_json
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action
from reconciler.model.configuration.resource import Record
from reconciler.model.journal import GENESIS, Entry, chain_entry, find_first_break, format_timestamp
from reconciler.operations.configuration.prove_state import find_changed_records
from reconciler.operations.configuration.read_journal import verify_journal
from reconciler.state.sql.standing import journal_columns
from reconciler.state.sql.statements import insert
from reconciler.state.sqlite.backend import SqliteState
from reconciler.state.sqlite.schema import APPLICATION_ID, VERSION, migrations, statements
from reconciler.wiring import open_workspace
from tests.state.samples import NAMED_IN, NOW, commit, entry, record, request


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Made by the first migration alone: one group, applied as serial 1, and a journal that tells of it."""
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in statements(dict(migrations())[1]):
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 1")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("UPDATE state SET lineage = 'lineage-1', serial = 1, changes = 1")
        given = record()
        columns = {
            "kind": "Group", "name": "approvers", "owner": "default", "schema_version": 1, "serial": 1,
            "metadata": write_canonical_json(given.metadata), "spec": write_exact_json(given.spec),
            "templates": "{}", "files": "{}", "source": given.source,
        }  # fmt: skip
        connection.execute(insert("resources", columns), columns)
        data = {
            "serial": 1,
            "digest": "d" * 64,
            "summary": {"create": 1},
            "operator": "sam@desk",
            "changes": [{"address": "Group/approvers", "action": "create", "before": None, "after": given.digest}],
        }
        item = chain_entry(Entry("config.applied", "serial 1", "sam", NOW, data), 1, GENESIS)
        connection.execute(insert("journal", journal_columns(item)), journal_columns(item))
    return path


def unprotected(given: Record) -> Record:
    """The record as it reads after the upgrade, so that a plan finds nothing to change in it."""
    return replace(given, metadata={**given.metadata, "protected": False})


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_it_is_read_as_it_is(old: Path) -> None:
    state = SqliteState(old, NAMED_IN)
    assert state.upkeep.versions() == (1, VERSION)
    assert state.snapshots.read().serial == 1 and Address("Group", "approvers") in state.snapshots.read().resources
    assert state.suspensions.all() == [] and state.freezes.current() is None and state.next_due() is None
    state.close()
    assert version(old) == 1


def test_the_first_write_upgrades_it(old: Path) -> None:
    state = SqliteState(old, NAMED_IN)
    before = state.snapshots.read()
    state.requests.add(request(), [], entry(), serial=1)
    assert version(old) == VERSION and state.upkeep.versions() == (VERSION, VERSION)
    assert state.snapshots.read() == before and find_first_break(state.journal.entries()) is None
    state.close()


def test_it_is_proved_as_far_as_it_can_be(old: Path) -> None:
    """Its digests are of before resources could be protected."""
    workspace = open_workspace(old.parent, f"sqlite:{old}", {})
    for _ in ("as it is", "upgraded"):
        found = verify_journal(workspace)
        assert found.holds and found.unproved == ("the records of 1 of the revisions",)
        assert find_changed_records(workspace, workspace.state.snapshots.read()) == []
        workspace.state.upkeep.prepare()
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE resources SET spec = '{}'")
    assert verify_journal(workspace).differences == (("Group/approvers", "has another content than the journal says"),)
    workspace.state.close()  # type: ignore[attr-defined]


def test_upgrade_on_demand_changes_nothing_else(old: Path) -> None:
    state = SqliteState(old, NAMED_IN)
    before = state.snapshots.read()
    assert state.upkeep.prepare() == 1 and version(old) == VERSION
    assert state.snapshots.read() == before
    state.close()


def test_history_tells_what_the_journal_knew(old: Path) -> None:
    state = SqliteState(old, NAMED_IN)
    state.snapshots.commit(commit(state.snapshots.read(), record(x=1)))
    second, first = state.history.revisions()
    assert (first.serial, first.actor, first.origin.operator, first.complete) == (1, "sam", "sam@desk", False)
    assert format_timestamp(first.at) == format_timestamp(NOW) and first.origin.digest == "d" * 64
    assert [(str(c.address), c.action, c.after) for c in first.changes] == [("Group/approvers", Action.CREATE, None)]
    assert second.complete and second.changes[0].before == unprotected(record())
    state.close()


def test_a_backup_of_it_is_of_its_own_version(old: Path, tmp_path: Path) -> None:
    state = SqliteState(old, NAMED_IN)
    state.upkeep.backup(tmp_path / "copy.db")
    state.close()
    assert version(tmp_path / "copy.db") == 1


def test_a_failed_upgrade_leaves_the_old_version(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [*migrations()[:-1], (VERSION, "CREATE TABLE revisions (x);\nCREATE TABLE revisions (y);\n")]
    monkeypatch.setattr("reconciler.state.sqlite.schema.migrations", lambda: broken)
    state = SqliteState(old, NAMED_IN)
    with pytest.raises(Exception, match="damaged"):
        state.upkeep.prepare()
    state.close()
    assert version(old) == 1
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'revisions'").fetchone() is None
