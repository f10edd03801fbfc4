"""What a plan says of mail: the words before and after, under the change that is why, once for all that change alike."""

from __future__ import annotations

import pytest

from reconciler.operations.configuration.preview_mail import Preview
from tests.mail_diff.conftest import NOTE_HTML, Project, note
from tests.support.manifests import document

pytestmark = pytest.mark.usefixtures("same_samples")


def test_a_plan_without_changes_shows_no_mail(project: Project) -> None:
    plan = project.plan()
    assert plan.empty
    assert project.mails() == []


def test_an_edited_text_is_shown_as_it_reads(project: Project) -> None:
    project.edit("ask.txt.j2", "Decide with care.", "Decide today.")
    [(where, mail)] = project.mails()
    assert (where, mail.slot, mail.to, mail.subject, mail.changed) == (
        "EmailTask/ask", "start", "each approver, one mail each", "Decide", True,
    )  # fmt: skip
    assert mail.diff == (
        "@@ -1,4 +1,4 @@ text body\n Henri Grimm asks: door: 4\n\n-Decide with care.\n+Decide today.\n Regards"
    )


def test_an_edit_that_changes_no_word_says_so(project: Project) -> None:
    project.edit("note.txt.j2", "Dear all,", "{# a remark #}Dear all,")
    [(where, mail)] = project.mails()
    assert (where, mail.changed, mail.diff) == ("EmailTask/notice", False, "")


def test_a_change_that_cannot_alter_mail_shows_none(project: Project) -> None:
    project.spec("EmailTask/notice")["expireAfter"] = "2d"
    project.spec("SmtpServer/relay")["limits"] = {"connections": 2}
    plan = project.plan()
    assert len(plan.changes) == 2
    assert not any(change.messages for change in plan.changes)


def test_another_sender_of_the_only_server_is_told_under_the_server_once_for_each_slot(project: Project) -> None:
    project.spec("SmtpServer/relay")["from"] = "Help <help@example.com>"
    found = project.mails()
    assert {where for where, _ in found} == {"SmtpServer/relay"}
    assert sorted((mail.slot, str(mail.address)) for _, mail in found) == [
        ("completed", "ApprovalProcess/manual"),
        ("start", "EmailTask/ask"),
        ("task", "EmailTask/notice"),
    ]
    assert all("-From: Desk <desk@example.com>\n+From: Help <help@example.com>" in mail.diff for _, mail in found)


def test_a_member_more_in_a_group_shows_in_the_mail_the_group_gets(project: Project) -> None:
    project.spec("Group/ops")["members"] = ["rosa@example.com", "tariq@example.com", "zoe@example.com"]
    found = {(where, mail.slot): mail for where, mail in project.mails()}
    assert "+To: zoe@example.com" in found["Group/ops", "task"].diff
    assert found["Group/ops", "task"].to == "group ops (3 people)"


def test_another_activity_is_compared_with_the_words_approvers_got_before(project: Project) -> None:
    del project.spec("ApprovalProcess/manual")["startActivity"]
    found = [(where, mail) for where, mail in project.mails() if mail.slot == "start" and mail.sample == "typical"]
    [mail] = [mail for where, mail in found if where == "ApprovalProcess/manual"]
    assert "-Decide with care." in mail.diff
    assert "+YOUR DECISION" in mail.diff


def test_the_subject_of_requests_is_shown_as_it_comes_out(project: Project) -> None:
    project.spec("ApprovalType/door")["subject"] = "open door {{ fields.door }}"
    [mail] = [mail for _, mail in project.mails() if mail.slot == "subject"]
    assert mail.diff.endswith("-Subject: door: 4\n+Subject: open door 4")


def test_both_bodies_changed_by_the_same_lines_are_shown_once(project: Project) -> None:
    project.edit("note.txt.j2", "The host {{ parameters.host }} rests.", "The host {{ parameters.host }} sleeps.")
    project.edit("note.html.j2", "rests", "sleeps")
    [(_, mail)] = project.mails()
    assert mail.diff.count("+The host db-07 sleeps.") == 1
    assert "@@ text and HTML body" in mail.diff


def test_html_that_reads_the_same_is_compared_as_source(project: Project) -> None:
    project.edit("note.html.j2", "navy", "green")
    [(_, mail)] = project.mails()
    assert "@@ HTML source" in mail.diff
    assert "+<html><head><style>p { color: green }" in mail.diff
    assert 'style="color: green' in mail.html_after
    assert 'style="color: navy' in mail.html_before


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("</body>", '<img src="https://track.example.net/x.png"></body>', "+img src: https://track.example.net/x.png"),
        ("</body>", '<div style="display:none">Pay at once</div></body>', "+Pay at once"),
        ("https://status.example.com/", "https://status.example.net/", "+Status <https://status.example.net/>"),
    ],
)
def test_what_html_hides_behind_an_edit_of_its_words_is_shown(project: Project, old: str, new: str, shown: str) -> None:
    project.edit("note.html.j2", "The host", "Our host")
    project.edit("note.html.j2", old, new)
    [mail] = [mail for _, mail in project.mails() if mail.sample == "typical"]
    assert shown in mail.diff.splitlines()


def test_visible_words_with_joiners_are_not_told_as_hidden(project: Project) -> None:
    project.edit("note.html.j2", "</body>", "<p>Hi \U0001f469\U0001f3fd\u200d\U0001f4bb team, soft\u00adly</p></body>")
    [mail] = [mail for _, mail in project.mails() if mail.sample == "typical"]
    assert "@@ HTML body" in mail.diff
    assert "hidden" not in mail.diff


def test_one_template_behind_many_tasks_is_shown_once_with_the_others(project: Project) -> None:
    for number in range(9):
        spec = note(subject=f"Rest {number}", parameters={"host": f"db-{number}"})
        project.documents[f"n{number}"] = document("EmailTask", f"notice-{number}", spec, title=f"Notice {number}")
    project.apply()
    project.edit("note.txt.j2", "{{ task.title }}", "Yours, {{ task.title }}")
    [(where, mail)] = project.mails()
    assert where == "EmailTask/notice"
    assert [str(address) for address in mail.alike] == [f"EmailTask/notice-{number}" for number in range(9)]


def test_a_template_that_treats_one_task_otherwise_shows_that_task(project: Project) -> None:
    project.documents["boss"] = document("EmailTask", "boss", note(), title="Boss")
    project.apply()
    project.edit("note.txt.j2", "Regards", '{% if task.name == "boss" %}Send money{% else %}Cheers{% endif %}')
    found = {str(mail.address): mail.diff for _, mail in project.mails()}
    assert "+Send money" in found["EmailTask/boss"]
    assert "+Cheers" in found["EmailTask/notice"]


def test_an_edit_seen_on_the_awkward_sample_only_is_shown_there(project: Project) -> None:
    project.edit("note.txt.j2", "Regards", "Regards{% if not recipient %}, whoever you are{% endif %}")
    found = {mail.sample: mail for _, mail in project.mails()}
    assert found["typical"].changed is False
    assert "+Regards, whoever you are" in found["awkward"].diff


def test_the_awkward_sample_is_left_out_where_only_some_of_the_same_lines_change(project: Project) -> None:
    project.edit("note.txt.j2", "Regards", "Regards\n\nnothing else\n{% if recipient %}\nyour reader\n{% endif %}")
    project.apply()
    project.edit("note.txt.j2", "Regards", "Cheers")
    project.edit("note.txt.j2", "your reader", "your friend")
    [(_, mail)] = project.mails()
    assert mail.sample == "typical"
    assert {"+Cheers", "+your friend"} <= set(mail.diff.splitlines())


def test_new_tasks_come_once_for_each_distinct_mail_and_fifty_at_most(project: Project) -> None:
    for number in range(60):
        spec = {"to": "a@example.com", "subject": "S", "body": f"Body {number % 55}"}
        project.documents[f"n{number}"] = document("EmailTask", f"new-{number:02}", spec)
    found = project.mails()
    assert len(found) == 50
    assert all(mail.diff.startswith("@@ -0,0 ") for _, mail in found)
    assert [str(address) for address in found[0][1].alike] == ["EmailTask/new-55"]
    assert len(project.mails(Preview.ALL)) == 55
    assert project.mails(Preview.NONE) == []


def test_a_task_that_goes_needs_no_diff_of_its_mail(project: Project) -> None:
    del project.documents["EmailTask/notice"]
    assert project.mails() == []


def test_a_stored_template_that_no_longer_renders_is_a_note(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after an upgrade that refuses what an older version let pass: stored text is replaced under its old digest."""
    stored = project.workspace.state.snapshots.blobs
    broken = b"{{ nothing.there }}"
    monkeypatch.setattr(
        type(project.workspace.state.snapshots),
        "blobs",
        lambda _, digests: dict.fromkeys(stored(digests), broken),
    )
    project.templates["note.html.j2"] = NOTE_HTML.replace("Status", "State")
    [mail] = [mail for _, mail in project.mails() if mail.sample == "typical"]
    assert mail.changed
    assert mail.diff.startswith("The mail cannot be compared: the stored one cannot be rendered on the typical sample.")
