"""send and render: a task's mail, sent by hand or only looked at."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from reconciler.model.errors import EnvironmentFault, NotFound, Refused, UserError
from reconciler.operations.authoring.render_task import render_task, write_specimens
from reconciler.operations.mail.send_task import Sending, write_task
from tests.operations.conftest import APPROVAL, SERVER, WHOLE, Project

TASK = """
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: report, title: Report}
spec:
  to: [Ada <a@example.com>, {group: team}]
  cc: c@example.com
  bcc: [b@example.com]
  replyTo: desk@example.com
  subject: "Report of {{ parameters.day }}"
  body: "{{ parameters.count }} in {{ parameters.room }}, run {{ run.id }} by {{ run.by }}"
  parameters:
    day: {required: true}
    count: {type: integer, min: 1, max: 9, default: 3}
    room: Hall
---
apiVersion: reconciler/v1
kind: Group
metadata: {name: team}
spec: {members: [a@example.com, d@example.com]}
---
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: off}
spec: {to: a@example.com, subject: x, body: x, enabled: false}
---
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: ask}
spec: {context: approval}
"""


@pytest.fixture
def project(project: Project) -> Project:
    project.apply(f"{SERVER}---{TASK}")
    return project


class TestParameters:
    def test_all_that_is_wrong_is_said_together(self, project: Project) -> None:
        given = (("count", "10"), ("room", "Attic"), ("dya", "Monday"))
        with pytest.raises(UserError) as fault:
            write_task(project.workspace, Sending("report", (), given))
        for words in ("no parameter “dya”", "day: it is required", "count: it is above 9", "room: its value is fixed"):
            assert words in fault.value.detail

    @pytest.mark.parametrize(("count", "shown"), [("5", b"5 in Hall"), (None, b"3 in Hall")])
    def test_are_given_or_by_default(self, project: Project, count: str | None, shown: bytes) -> None:
        given = (("day", "Monday"), *([("count", count)] if count else []))
        assert shown in write_task(project.workspace, Sending("report", (), given)).data

    @pytest.mark.parametrize("value", ["true", "5.0", "five", "", "5 "])
    def test_of_the_wrong_type_are_refused(self, project: Project, value: str) -> None:
        with pytest.raises(UserError, match="do not fit"):
            write_task(project.workspace, Sending("report", (), (("day", "x"), ("count", value))))


class TestRecipients:
    def test_are_the_tasks_own_each_once(self, project: Project) -> None:
        message = write_task(project.workspace, Sending("report", (), (("day", "Monday"),)))
        assert [fate.address for fate in message.fates] == [
            "a@example.com", "d@example.com", "c@example.com", "b@example.com"
        ]  # fmt: skip
        mail = message_from_bytes(message.data, policy=policy.default)
        assert "b@example.com" not in message.data.decode()
        assert (mail["To"], mail["Cc"], mail["Reply-To"]) == (
            "Ada <a@example.com>, d@example.com",
            "c@example.com",
            "desk@example.com",
        )

    def test_are_only_those_of_to_where_it_is_given(self, project: Project) -> None:
        message = write_task(project.workspace, Sending("report", ("me@example.com",), (("day", "Monday"),)))
        assert [fate.address for fate in message.fates] == ["me@example.com"]
        assert b"c@example.com" not in message.data

    @pytest.mark.parametrize("to", ["me", "me@example.com\r\nBcc: x@example.com", ""])
    def test_must_be_addresses(self, project: Project, to: str) -> None:
        with pytest.raises(UserError, match="to is not"):
            write_task(project.workspace, Sending("report", (to,), (("day", "Monday"),)))


def test_writing_alone_stores_nothing(project: Project) -> None:
    before = project.events()
    write_task(project.workspace, Sending("report", (), (("day", "Monday"),)))
    assert project.workspace.state.outbox.find() == []
    assert project.events() == before


def test_a_message_is_stored_before_it_is_tried(project: Project) -> None:
    stored: list[int] = []
    project.transport.before = lambda: stored.append(len(project.workspace.state.outbox.find()))
    message = project.send("report", day="Monday")
    assert stored == [1]
    assert message.key == f"manual:{message.id}"


@pytest.mark.parametrize(
    ("task", "fault", "words"),
    [("off", Refused, "disabled"), ("ask", Refused, "Not a task of its own"), ("reprot", NotFound, "Unknown"),
     ("SmtpServer/relay", NotFound, "Unknown")],
)  # fmt: skip
def test_what_is_no_task_to_send_is_refused(project: Project, task: str, fault: type[UserError], words: str) -> None:
    with pytest.raises(fault, match=words):
        project.send(task)
    assert project.workspace.state.outbox.find() == []


def test_a_line_break_in_a_value_cannot_reach_a_header(project: Project) -> None:
    with pytest.raises(UserError):
        project.send("report", day="Monday\r\nBcc: x@example.com")
    assert project.workspace.state.outbox.find() == []


class TestRender:
    def test_shows_both_samples_from_the_manifests_as_they_are(self, project: Project) -> None:
        project.write((project.workspace.manifests / "all.yaml").read_text().replace("Report of", "Account of"))
        specimens = render_task(project.workspace, "report")
        assert [each.sample for each in specimens] == ["typical", "awkward"]
        assert all(each.subject.startswith("Account of") for each in specimens)

    def test_of_a_task_of_approvals_without_words_shows_the_built_in_ones(self, project: Project) -> None:
        specimens = render_task(project.workspace, "ask")
        assert all(each.html and each.text for each in specimens)

    def test_names_files_by_what_each_mail_tells(self, project: Project) -> None:
        project.write(f"{WHOLE}---{APPROVAL.replace('{name: run}', '{name: walk}').split('---')[1]}")
        names = [specimen.name for specimen in render_task(project.workspace, "ApprovalProcess/manual")]
        starts = [
            "manual-start-1.typical",
            "manual-start-1.awkward",
            "manual-start-2.typical",
            "manual-start-2.awkward",
        ]
        assert [name for name in names if "start" in name] == starts
        assert all("-completed-" in name for name in names if name not in starts) and len(names) == len(set(names)) > 4

    def test_writes_files_that_mail_programs_read(self, project: Project, tmp_path: Path) -> None:
        specimens = render_task(project.workspace, "ask")
        written = write_specimens(project.workspace, specimens, tmp_path / "out")
        endings = {path.name.partition(".")[2].partition(".")[2] for path in written}
        assert endings == {"eml", "html", "txt", "subject.txt"}
        for specimen in specimens:
            mail = message_from_bytes((tmp_path / "out" / f"{specimen.name}.eml").read_bytes(), policy=policy.default)
            assert mail["Subject"].split() == specimen.subject.split()
            assert mail["Auto-Submitted"] == "auto-generated"

    def test_where_nothing_can_be_written_says_so(self, project: Project, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(EnvironmentFault, match="A file could not be written"):
            write_specimens(project.workspace, render_task(project.workspace, "report"), tmp_path / "file" / "out")

    def test_of_what_has_no_mail_says_what_has(self, project: Project) -> None:
        with pytest.raises(NotFound, match="No mail to render"):
            render_task(project.workspace, "Group/team")
