from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.model.configuration.change import Action
from reconciler.model.errors import NotFound
from reconciler.operations.configuration.explain_why import explain_why, show_history
from reconciler.state.sqlite.backend import SqliteState
from reconciler.views.history import HISTORY, WHY, describe_history, describe_why
from reconciler.views.writing.layout import Page
from reconciler.wiring import NAMED_IN
from tests.history.conftest import DESK, SERVER, START, Project, group
from tests.state.samples import commit


def test_every_apply_is_a_revision_with_who_when_and_from_which_commit(project: Project) -> None:
    applied = project.apply(SERVER + DESK)
    (revision,) = show_history(project.workspace)
    assert (revision.serial, revision.at, revision.actor) == (1, START, "octo")
    assert revision.origin.commit == "0123456789abcdef" and revision.origin.digest == applied.plan.digest
    assert {str(c.address): c.action for c in revision.changes} == {
        "Group/desk": Action.CREATE,
        "SmtpServer/relay": Action.CREATE,
    }


def test_an_apply_that_changes_nothing_is_none(project: Project) -> None:
    project.apply(DESK)
    project.apply(DESK)
    assert [each.serial for each in show_history(project.workspace)] == [1]


def test_revisions_come_newest_first_a_page_at_a_time(project: Project) -> None:
    for number in range(1, 5):
        project.apply(group("desk", f"{number}@example.com"))
    assert [each.serial for each in show_history(project.workspace, limit=2)] == [4, 3]
    assert [each.serial for each in show_history(project.workspace, before=3)] == [2, 1]


def test_history_of_one_resource_follows_it_to_its_earlier_name(project: Project) -> None:
    project.apply(DESK + SERVER)
    project.apply(DESK + SERVER.replace("from: desk", "from: post"))
    project.apply(group("office", "a@example.com", "b@example.com", more=", renamedFrom: desk") + SERVER)
    found = show_history(project.workspace, address="office")
    assert [(each.serial, str(each.changes[0].address)) for each in found] == [(3, "Group/office"), (1, "Group/desk")]


def test_an_unknown_address_is_answered_with_the_nearest(project: Project) -> None:
    project.apply(DESK)
    with pytest.raises(NotFound) as caught:
        show_history(project.workspace, address="Group/dask")
    assert "Group/desk" in caught.value.hint


def test_history_of_what_was_deleted_is_still_told(project: Project) -> None:
    project.apply(DESK + SERVER)
    project.apply(SERVER)
    found = show_history(project.workspace, address="Group/desk")
    assert [(each.serial, each.changes[0].action) for each in found] == [(2, Action.DELETE), (1, Action.CREATE)]


def test_why_of_what_is_gone_says_since_when_or_that_it_was_renamed(project: Project) -> None:
    project.apply(DESK + SERVER)
    project.apply(group("office", "a@example.com", "b@example.com", more=", renamedFrom: desk") + SERVER)
    project.apply(SERVER)
    said = []
    for word in ("Group/office", "Group/desk", "Group/nobody"):
        with pytest.raises(NotFound) as caught:
            explain_why(project.workspace, word)
        said.append((caught.value.summary, caught.value.detail.rpartition(". ")[2], caught.value.hint))
    assert said[0] == (
        "The resource is gone",
        "octo deleted it with serial 3.",
        "See what it was: show the history Group/office",
    )
    assert said[1] == (
        "The resource is gone",
        "It was renamed since.",
        "See what it was: show the history Group/desk",
    )
    assert said[2][0] == "Unknown resource"


def test_the_list_names_rollbacks_and_renames(project: Project) -> None:
    project.apply(DESK)
    project.apply(group("office", "a@example.com", "b@example.com", more=", renamedFrom: desk"))
    project.roll_back(1)
    revisions = show_history(project.workspace)
    text = describe_history(revisions, Page(width=200))
    assert "rollback to serial 1: > Group/desk (was office)" in text and "01234567" in text
    assert HISTORY.write(revisions=revisions)["revisions"][1]["changes"][0]["previousAddress"] == "Group/desk"


class TestWhy:
    def test_each_value_has_its_line_or_is_a_default(self, project: Project) -> None:
        project.apply(SERVER)
        why = explain_why(project.workspace, "relay")
        places = {each.path: str(each.place) if each.place else None for each in why.values}
        assert places["spec", "uri"] == "manifests/all.yaml:4:13"
        assert places["spec", "tls", "verify"] is None and places["metadata", "title"] is None
        assert str(why.declared) == "manifests/all.yaml:1:1"

    def test_each_value_has_the_serial_that_changed_it_last(self, project: Project) -> None:
        project.apply(SERVER)
        project.apply(SERVER.replace("desk@", "post@"))
        serials = {each.path: each.serial for each in explain_why(project.workspace, "relay").values}
        assert (serials["spec", "uri"], serials["spec", "from"]) == (1, 2)

    def test_the_last_apply_is_named_with_actor_and_commit(self, project: Project) -> None:
        project.apply(SERVER)
        text = describe_why(explain_why(project.workspace, "SmtpServer/relay"))
        assert "serial 1, 2027-03-01 09:00 UTC, by octo" in text and "0123456789abcdef" in text

    def test_what_is_not_applied_yet_says_so(self, project: Project) -> None:
        project.write(SERVER)
        data = WHY.write(explain_why(project.workspace, "relay"))
        assert data["applied"] is False and data["last"] is None

    def test_what_no_manifest_names_any_more_is_told_from_stored_state(self, project: Project) -> None:
        project.apply(SERVER + DESK)
        project.write(DESK)
        why = explain_why(project.workspace, "relay")
        assert why.declared is None and "the next apply deletes it" in why.note
        assert "stored" in describe_why(why)

    def test_unreadable_manifests_are_said(self, project: Project) -> None:
        project.apply(SERVER + DESK)
        project.write(SERVER + DESK + "kind: [")
        assert "errors" in explain_why(project.workspace, "relay").note

    def test_a_list_in_the_order_it_was_written_has_its_own_lines(self, project: Project) -> None:
        project.write(DESK)
        why = explain_why(project.workspace, "desk")
        assert ("spec", "members") in {each.path for each in why.values}


def test_a_backup_taken_while_others_write_is_a_working_state_of_one_moment(project: Project, tmp_path: Path) -> None:
    project.apply(SERVER + DESK)
    copies, faults, done = tmp_path / "copies", list[BaseException](), threading.Event()
    copies.mkdir()

    def write() -> None:
        state = SqliteState(project.workspace.folder / ".reconciler" / "state.db", NAMED_IN)
        try:
            while not done.is_set():
                snapshot = state.snapshots.read()
                changed = [
                    replace(each, metadata={**each.metadata, "title": f"Serial {snapshot.serial + 1}"})
                    for each in snapshot.resources.values()
                ]
                state.snapshots.commit(commit(snapshot, *changed))
        except BaseException as fault:
            faults.append(fault)
        finally:
            state.close()

    writer = threading.Thread(target=write)
    writer.start()
    for number in range(4):
        project.workspace.state.upkeep.backup(copies / f"{number}.db")
    done.set()
    writer.join()
    assert faults == []
    for number in range(4):
        restored = SqliteState(copies / f"{number}.db", NAMED_IN)
        snapshot = restored.snapshots.read()
        titles = {record.metadata.get("title") for record in snapshot.resources.values()}
        assert titles == {f"Serial {snapshot.serial}"} if snapshot.serial > 1 else len(snapshot.resources) == 2
        assert restored.history.revisions(limit=1)[0].serial == snapshot.serial
        assert restored.snapshots.commit(commit(snapshot, *snapshot.resources.values())).serial == snapshot.serial + 1
        restored.close()
