"""A mail that changes is told under the change that makes it change, whatever else the same plan does."""

from __future__ import annotations

from tests.mail_diff.conftest import Project
from tests.support.manifests import document


def told(project: Project, slot: str) -> list[str]:
    """Under which changes the mails of the slot are told."""
    return [where for where, mail in project.mails() if mail.slot == slot]


def test_a_server_that_moves_is_not_why_somebody_else_gets_the_mail(project: Project) -> None:
    project.spec("SmtpServer/relay")["uri"] = "smtp://localhost:2525"
    project.spec("Group/ops")["members"] = ["rosa@example.com", "zoe@example.com"]
    assert told(project, "task") == ["Group/ops"]


def test_a_task_that_changes_otherwise_is_not_why_somebody_else_gets_the_mail(project: Project) -> None:
    project.spec("EmailTask/notice")["expireAfter"] = "2d"
    project.spec("Group/ops")["members"] = ["rosa@example.com", "zoe@example.com"]
    assert told(project, "task") == ["Group/ops"]


def test_of_two_changes_of_what_a_mail_could_say_the_one_it_says_is_the_cause(project: Project) -> None:
    project.edit("ask.txt.j2", "Regards", "Asked: {{ stage.approvers | join(', ') }}")
    project.apply()
    project.spec("ApprovalProcess/manual")["requireComment"] = "always"
    project.spec("Group/ops")["members"] = ["rosa@example.com", "zoe@example.com"]
    assert told(project, "start") == ["Group/ops"]


def test_words_and_sender_that_change_together_are_told_under_the_words(project: Project) -> None:
    project.edit("note.txt.j2", "Dear all", "Hello all")
    project.spec("SmtpServer/relay")["from"] = "Help <help@example.com>"
    [(where, mail)] = [(where, mail) for where, mail in project.mails() if mail.slot == "task"]
    assert where == "EmailTask/notice"
    assert "+Hello all," in mail.diff
    assert "+From: Help <help@example.com>" in mail.diff


def test_what_no_change_brings_about_alone_is_told_under_the_words(project: Project) -> None:
    project.documents["Group/night"] = document("Group", "night", {"members": ["zoe@example.com"]})
    project.spec("EmailTask/notice")["to"] = [{"group": "ops"}, {"group": "night"}]
    assert told(project, "task") == ["EmailTask/notice"]
