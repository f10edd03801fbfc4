from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action
from reconciler.model.configuration.plan import Plan
from reconciler.model.errors import NotFound, Refused, StateFrozen
from reconciler.operations.approvals.request_approval import request_approval
from reconciler.operations.configuration.preview_mail import Preview
from reconciler.operations.configuration.rollback import roll_back
from reconciler.operations.configuration.suspend import freeze_applies
from reconciler.wiring import open_workspace
from tests.history.conftest import DESK, SERVER, WHOLE, Clock, Project, group

NEWS = """\
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: news}
spec: {to: [a@example.com], subject: News, body: Old words.}
---
"""


def test_a_rollback_is_a_new_serial_with_what_was_applied_then(project: Project) -> None:
    project.apply(SERVER + DESK)
    first = project.workspace.state.snapshots.read().resources
    project.apply(SERVER.replace("desk@", "post@") + group("night"))
    done = project.roll_back(1)
    now = project.workspace.state.snapshots.read()
    assert done.committed and now.serial == 3
    assert {a: r.digest for a, r in now.resources.items()} == {a: r.digest for a, r in first.items()}


def test_the_plan_names_what_it_deletes_creates_and_updates(project: Project) -> None:
    project.apply(SERVER + DESK)
    project.apply(SERVER.replace("desk@", "post@") + group("night"))
    actions = {str(c.address): c.action for c in project.roll_back(1).plan.changes}
    assert actions == {
        "SmtpServer/relay": Action.UPDATE,
        "Group/desk": Action.CREATE,
        "Group/night": Action.DELETE,
    }


def test_templates_come_back_as_they_were(project: Project) -> None:
    folder = project.workspace.folder / "templates"
    folder.mkdir(parents=True)
    (folder / "news.txt.j2").write_text("Old words.\n")
    task = (
        "apiVersion: reconciler/v1\nkind: EmailTask\nmetadata: {name: news}\n"
        "spec: {to: [a@example.com], subject: News, body: {text: news.txt.j2}}\n"
    )
    project.apply(SERVER + task)
    (folder / "news.txt.j2").write_text("New words.\n")
    project.apply()
    (folder / "news.txt.j2").unlink()
    project.roll_back(1)
    record = project.workspace.state.snapshots.read().resources[Address("EmailTask", "news")]
    assert list(project.workspace.state.snapshots.blobs(record.templates.values()).values()) == [b"Old words.\n"]


def test_the_plan_shows_how_mail_reads_again(project: Project) -> None:
    project.apply(SERVER + NEWS)
    project.apply(SERVER + NEWS.replace("Old", "New"))
    seen: list[Plan] = []
    roll_back(project.workspace, 1, replace(project.options(), preview=Preview.SOME, show=seen.append))
    [mail] = [mail for change in seen[0].changes for mail in change.messages]
    assert mail.diff.endswith("-New words.\n+Old words.")


def test_a_rollback_behind_a_rename_moves_back(project: Project) -> None:
    project.apply(WHOLE)
    made = request_approval(project.workspace, "run", "kim@example.com", "Lunch", {})
    project.apply(WHOLE.replace("{name: run}", "{name: walk, renamedFrom: run}"))
    plan = project.roll_back(1).plan
    assert [(str(c.previous), str(c.address), c.action) for c in plan.changes] == [
        ("ApprovalType/walk", "ApprovalType/run", Action.NONE)
    ]
    stored = project.workspace.state.requests.get(made.id)
    assert stored is not None and stored.type == "run"


def test_to_the_serial_there_is_nothing_happens(project: Project) -> None:
    project.apply(DESK)
    assert not project.roll_back(1).committed


@pytest.mark.parametrize("serial", [2, 99])
def test_a_serial_that_never_was_is_told(project: Project, serial: int) -> None:
    project.apply(DESK)
    with pytest.raises(NotFound, match="serial"):
        project.roll_back(serial)


def test_what_an_open_request_needs_is_not_rolled_away(project: Project) -> None:
    project.apply(SERVER + DESK)
    project.apply(WHOLE)
    request_approval(project.workspace, "run", "kim@example.com", "Lunch", {})
    with pytest.raises(Exception, match=r"guard|deleted") as caught:
        project.roll_back(1)
    assert caught.value.exit_code in (1, 4)  # type: ignore[attr-defined]
    assert project.workspace.state.snapshots.read().serial == 2


def test_frozen_applies_stop_a_rollback_too(project: Project) -> None:
    project.apply(DESK)
    project.apply(group("desk", "c@example.com"))
    freeze_applies(project.workspace, "Incident 31")
    with pytest.raises(StateFrozen, match="frozen") as caught:
        project.roll_back(1)
    assert caught.value.exit_code == 5 and "Incident 31" in caught.value.detail
    assert project.workspace.state.snapshots.read().serial == 2


def test_a_revision_whose_records_were_not_kept_is_refused(project: Project) -> None:
    project.apply(DESK)
    project.apply(group("desk", "c@example.com"))
    database = project.workspace.state._database  # type: ignore[attr-defined]
    database.write(lambda connection: connection.execute("UPDATE revisions SET complete = 0 WHERE serial = 2"))
    with pytest.raises(Refused) as caught:
        project.roll_back(1)
    assert "earliest serial to go back to is 2" in caught.value.hint


names = st.sampled_from(["a", "b", "c"])
manifests = st.dictionaries(names, st.sampled_from(["one@example.com", "two@example.org"]), min_size=1)
numbers = itertools.count()


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(manifests, min_size=2, max_size=4), data=st.data())
def test_a_plan_against_the_manifests_of_a_serial_rolled_back_to_is_empty(
    tmp_path: Path, steps: list[dict[str, str]], data: st.DataObject
) -> None:
    folder = tmp_path / str(next(numbers))
    folder.mkdir()
    ids = itertools.count()
    workspace = replace(open_workspace(folder, None, {}), new_id=lambda prefix: f"{prefix}_{next(ids)}")
    project, written = Project(workspace, Clock(), port=0), dict[int, str]()
    for step in steps:
        text = "".join(group(name, member) for name, member in sorted(step.items()))
        written[project.apply(text).serial] = text
    serial = data.draw(st.sampled_from(sorted(written)))
    project.roll_back(serial)
    assert project.plan(written[serial]).empty
    workspace.state.close()  # type: ignore[attr-defined]
