"""A sample reads as the mail that is sent: the subject its type gives a request, the deadline, the project's prefix."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.mail.message import Message
from reconciler.operations.approvals.request_approval import request_approval
from reconciler.operations.authoring.render_task import render_task
from reconciler.wiring import open_workspace
from tests.mail_diff.conftest import Project
from tests.support.manifests import document

pytestmark = pytest.mark.usefixtures("same_samples")

SETTINGS = "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: mail}\nspec:\n  timezone: Europe/Berlin\n"
ASK = "{{ request.subject }} | {{ stage.name }} | until {{ stage.expiresAt }}\n"


@pytest.fixture
def door(project: Project) -> Project:
    """A type with a subject of its own, asked for in a stage with a name, in a project with a prefix."""
    project.spec("ApprovalType/door")["subject"] = "door {{ fields.door }} for {{ request.requester }}"
    stages = [{"name": "keepers", "approvers": [{"group": "ops"}], "expireAfter": "2d"}]
    project.spec("ApprovalProcess/manual")["stages"] = stages
    project.spec("EmailTask/ask")["subject"] = "Open {{ request.subject }}?"
    project.templates["ask.txt.j2"] = ASK
    settle(project, prefix="[st]")
    project.apply()
    return project


def settle(project: Project, *, prefix: str) -> None:
    """The project's settings, with this prefix before every subject."""
    settings = f"{SETTINGS}  mail: {{subjectPrefix: '{prefix}'}}\n"
    (project.folder / "reconciler.yaml").write_text(settings, encoding="utf-8")
    project.workspace = open_workspace(project.folder, None, {})


def asked(project: Project) -> Message:
    """The first mail of a real request that has what the sample has."""
    requester, fields = "Henri Grimm <henri.grimm@example.com>", {"door": "4"}
    reason = "Needed for the quarterly maintenance window on Saturday."
    made = request_approval(project.workspace, "door", requester, reason, fields)
    return project.workspace.state.outbox.find(request=made.id)[0]


def test_the_rendered_subject_is_the_one_that_is_sent(door: Project) -> None:
    [typical] = [each for each in render_task(door.workspace, "ask") if each.sample == "typical"]
    assert typical.subject == "[st] Open door 4 for Henri Grimm?"
    assert typical.subject == asked(door).subject


def test_the_deadline_is_as_far_away_as_the_process_says(door: Project) -> None:
    [typical] = [each for each in render_task(door.workspace, "ask") if each.sample == "typical"]
    assert typical.text == "door 4 for Henri Grimm | keepers | until 2026-03-05 09:31 CET"


def test_a_shorter_deadline_changes_the_mail_that_names_it(door: Project) -> None:
    door.spec("ApprovalProcess/manual")["stages"][0]["expireAfter"] = "1s"  # type: ignore[index]
    [mail] = [mail for where, mail in door.mails() if mail.slot == "start" and where == "ApprovalProcess/manual"]
    assert mail.diff.splitlines()[1:] == [
        "-door 4 for Henri Grimm | keepers | until 2026-03-05 09:31 CET",
        "+door 4 for Henri Grimm | keepers | until 2026-03-03 09:31 CET",
    ]


def test_another_subject_of_the_type_is_told_in_the_mail_about_its_requests(door: Project) -> None:
    door.spec("ApprovalType/door")["subject"] = "gate {{ fields.door }}"
    [mail] = [mail for where, mail in door.mails() if mail.slot == "start" and where == "ApprovalType/door"]
    assert (mail.subject, mail.sample) == ("[st] Open gate 4?", "typical")
    assert "-Subject: [st] Open door 4 for Henri Grimm?\n+Subject: [st] Open gate 4?" in mail.diff


def test_types_of_one_process_each_have_their_own_subject(door: Project) -> None:
    door.documents["ApprovalType/safe"] = document("ApprovalType", "safe", {"process": "manual", "subject": "the safe"})
    door.apply()
    subjects = [each.subject for each in render_task(door.workspace, "ask") if each.sample == "typical"]
    assert subjects == ["[st] Open door 4 for Henri Grimm?", "[st] Open the safe?"]


def test_another_prefix_is_told_once_for_all_mail_under_the_project(door: Project) -> None:
    settle(door, prefix="[staging]")
    found = door.mails()
    assert {where for where, _ in found} == {"Project/mail"}
    assert sorted(mail.slot for _, mail in found) == ["completed", "start", "task"]
    assert all("-Subject: [st] " in mail.diff and "+Subject: [staging] " in mail.diff for _, mail in found)


def test_a_first_project_file_that_changes_no_mail_shows_none(project: Project) -> None:
    spec = "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: reconciler}\nspec: {domains: [example.com]}\n"
    (project.folder / "reconciler.yaml").write_text(spec, encoding="utf-8")
    project.workspace = open_workspace(Path(project.folder), None, {})
    assert not project.plan().empty
    assert project.mails() == []


OUTCOME = "{{ request.state }} by {{ decision if decision else 'nobody' }} at {{ request.completedAt }}"


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("approved", "approved by rosa@example.com: approved (Checked and agreed.) at 2026-03-03 12:03 CET"),
        ("denied", "denied by rosa@example.com: denied (Not before the audit is over.) at 2026-03-03 12:03 CET"),
        ("expired", "expired by nobody at 2026-03-05 09:31 CET"),
        ("cancelled", "cancelled by nobody at 2026-03-03 12:03 CET"),
    ],
)
def test_words_for_one_outcome_are_shown_with_that_outcome(door: Project, outcome: str, told: str) -> None:
    spec = {"context": "approval", "subject": "Done", "body": OUTCOME}
    door.documents["EmailTask/tell"] = document("EmailTask", "tell", spec)
    door.spec("ApprovalProcess/manual")["completedActivity"] = {outcome: "tell"}
    door.apply()
    [typical] = [each for each in render_task(door.workspace, "tell") if each.sample == "typical"]
    assert typical.text.strip() == told


def test_words_for_one_outcome_are_compared_with_those_of_that_outcome_before(door: Project) -> None:
    spec = {"context": "approval", "body": "Sorry."}
    door.documents["EmailTask/tell"] = document("EmailTask", "tell", spec)
    door.spec("ApprovalProcess/manual")["completedActivity"] = {"denied": "tell"}
    [(where, mail)] = [
        (where, mail) for where, mail in door.mails() if mail.sample == "typical" and mail.slot == "completed"
    ]
    assert where == "EmailTask/tell"
    assert mail.subject.startswith("[st] Denied: ")
    assert "\n+Subject" not in mail.diff, "the subject is the built-in one, before and after"
    assert "-Denied by rosa@example.com" in mail.diff
