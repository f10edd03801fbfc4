"""The reader of a sample is nobody's change: one person reads both versions wherever one person gets both."""

from __future__ import annotations

import pytest

from tests.mail_diff.conftest import Project

pytestmark = pytest.mark.usefixtures("same_samples")

OPS = "Group/ops"
BUILT_IN = {"stages": [{"approvers": [{"group": "ops"}]}]}


@pytest.fixture
def built_in(project: Project) -> Project:
    """Approvers get the built-in message, which names the reader in the command that decides."""
    project.documents["ApprovalProcess/manual"]["spec"] = dict(BUILT_IN)
    del project.documents["EmailTask/ask"]
    project.apply()
    return project


def members(project: Project, *names: str) -> None:
    project.spec(OPS)["members"] = [f"{name}@example.com" for name in names]


@pytest.mark.parametrize("now", [("anna", "rosa", "tariq"), ("tariq", "rosa"), ("tariq", "zoe"), ("tariq",)])
def test_whoever_joins_or_leaves_before_them_changes_nobodys_mail(built_in: Project, now: tuple[str, ...]) -> None:
    del built_in.documents["EmailTask/notice"]
    built_in.apply()
    members(built_in, *now)
    assert built_in.mails() == []


def test_where_all_leave_the_others_read(built_in: Project) -> None:
    members(built_in, "anna", "zoe")
    slots = {mail.slot: mail.diff for where, mail in built_in.mails() if where == OPS}
    assert "anna@example.com" in slots["start"]


def test_a_change_of_words_is_shown_for_one_person_who_stays(built_in: Project) -> None:
    members(built_in, "anna", "tariq")
    built_in.spec("ApprovalProcess/manual")["requireComment"] = "always"
    diffs = [mail.diff for _, mail in built_in.mails() if mail.slot == "start"]
    assert any("--comment" in diff for diff in diffs)
    assert all("anna@" not in diff and "rosa@" not in diff for diff in diffs)


def test_the_order_of_members_in_a_manifest_shows_nowhere(project: Project) -> None:
    project.edit("ask.txt.j2", "Regards", "Asked: {{ stage.approvers | join(', ') }}")
    project.apply()
    members(project, "tariq", "rosa")
    assert project.plan().empty
    project.edit("ask.txt.j2", "Decide with care.", "Decide today.")
    [(_, mail)] = project.mails()
    assert mail.diff.splitlines()[1:] == [
        " Henri Grimm asks: door: 4", "", "-Decide with care.", "+Decide today.",
        " Asked: rosa@example.com, tariq@example.com",
    ]  # fmt: skip


def test_who_decides_in_the_mail_to_the_requester_stays_too(built_in: Project) -> None:
    members(built_in, "anna", "rosa", "tariq")
    assert [mail.slot for _, mail in built_in.mails()] == ["task"], "only the notice, whose To grows"
