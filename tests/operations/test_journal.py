"""audit: what the chain proves, with and without a head noted elsewhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.model.errors import UserError
from reconciler.operations.configuration.read_journal import read_journal, verify_journal
from tests.operations.conftest import SMALL, Project


@pytest.fixture
def kept(applied: Project) -> Project:
    """Four entries."""
    for words in ("One", "Two", "Three"):
        applied.apply(SMALL.replace("News of today", words))
    return applied


@pytest.fixture
def tamper(kept: Project, tmp_path: Path) -> Callable[[str], None]:
    """Changes the journal behind everybody's back."""

    def change(statement: str) -> None:
        database = sqlite3.connect(tmp_path / ".reconciler" / "state.db")
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            database.execute(f"DROP TRIGGER {name}")
        database.execute(statement)
        database.commit()
        database.close()

    return change


def head(project: Project) -> str:
    return verify_journal(project.workspace).head


def test_entries_are_read_oldest_first(kept: Project) -> None:
    assert [each.sequence for each in read_journal(kept.workspace, limit=None)] == [1, 2, 3, 4]
    assert [each.sequence for each in read_journal(kept.workspace, limit=2)] == [3, 4]
    assert [each.sequence for each in read_journal(kept.workspace, limit=99)] == [1, 2, 3, 4]


def test_an_empty_journal_holds(project: Project) -> None:
    result = verify_journal(project.workspace)
    assert (result.entries, result.head, result.fault) == (0, "", None)
    assert read_journal(project.workspace, limit=5) == []


def test_apply_prints_the_head_that_proves_itself_later(applied: Project) -> None:
    noted = applied.apply(SMALL.replace("News of today", "One")).head
    assert noted == head(applied)
    applied.apply(SMALL.replace("News of today", "Two"))
    assert verify_journal(applied.workspace, anchor=noted).fault is None


@pytest.mark.parametrize(
    ("statement", "sequence"),
    [
        ("UPDATE journal SET text = replace(text, 'ci', 'me') WHERE sequence = 2", 2),
        ("UPDATE journal SET actor = 'me' WHERE sequence = 3", 3),
        ("DELETE FROM journal WHERE sequence = 2", 2),
        ("DELETE FROM journal WHERE sequence = 1", 1),
    ],
)
def test_what_was_altered_or_removed_is_found(
    kept: Project, tamper: Callable[[str], None], statement: str, sequence: int
) -> None:
    tamper(statement)
    fault = verify_journal(kept.workspace).fault
    assert fault is not None
    assert fault[0] == sequence


def test_an_end_that_was_cut_off_is_found_only_with_an_anchor(kept: Project, tamper: Callable[[str], None]) -> None:
    noted = head(kept)
    tamper("DELETE FROM journal WHERE sequence = 4")
    assert verify_journal(kept.workspace).fault is None
    fault = verify_journal(kept.workspace, anchor=noted).fault
    assert fault is not None
    assert fault[0] == 4
    assert "cut off" in fault[1]


def test_another_journal_is_found_with_an_anchor(kept: Project) -> None:
    fault = verify_journal(kept.workspace, anchor=f"2:{'0' * 64}").fault
    assert fault is not None
    assert fault[0] == 2


HASH = "0" * 64


@pytest.mark.parametrize(
    "anchor",
    ["x", "1", "1:", f"0:{HASH}", f"²:{HASH}", f":{HASH}", f"one:{HASH}", f"1:{HASH[1:]}", f"1:{HASH[1:]}g"],
)
def test_what_is_no_anchor_is_refused(kept: Project, anchor: str) -> None:
    with pytest.raises(UserError, match="Malformed anchor"):
        verify_journal(kept.workspace, anchor=anchor)


def test_an_anchor_may_be_written_in_capitals(kept: Project) -> None:
    assert verify_journal(kept.workspace, anchor=head(kept).upper()).fault is None
