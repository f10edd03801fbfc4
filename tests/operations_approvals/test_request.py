"""A request: what is refused before it exists, and what exists once it is made."""

from datetime import timedelta

import pytest

from reconciler.model.approvals.request import RequestState
from reconciler.model.errors import NotFound, Refused, UserError
from reconciler.model.mail.message import MessageState


def test_a_request_is_pending_until_its_deadline(project):
    request = project.ask()
    assert project.request(request.id) == request
    assert request.state is RequestState.PENDING
    assert request.expires == project.clock() + timedelta(days=7) == request.due
    assert (request.subject, request.submitted_by) == ("run npp.exe", "sam@build-7")
    assert project.events()[-1] == "approval.requested"


def test_each_approver_gets_one_mail_of_their_own(project, read):
    request = project.ask()
    messages = project.messages(request.id)
    assert [[f.address for f in m.fates] for m in messages] == [["rosa@example.com"], ["tariq@example.com"]]
    assert [m.key for m in messages] == [
        f"approval:{request.id}:0:rosa@example.com:start:0",
        f"approval:{request.id}:0:tariq@example.com:start:0",
    ]
    first = read(messages[0])
    assert first["To"] == "Rosa <rosa@example.com>"
    assert first["From"] == "Approval Desk <desk@example.com>"
    assert first["Reply-To"] == "asker@example.org"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Message-ID"] == f"<{messages[0].id}@example.com>"
    assert messages[0].envelope_from == "desk@example.com"
    assert messages[0].give_up == project.clock() + timedelta(days=5)


def test_the_mail_says_who_asks_for_what_why_and_until_when(project, text_of):
    request = project.ask()
    said = text_of(project.messages(request.id)[0])
    for words in ("asker@example.org", "run npp.exe", "To edit logs", "File", "2027-03-08 09:00 UTC", request.id):
        assert words in said
    assert "EXTERNAL" in said


def test_an_unknown_type_is_told_with_the_nearest_one(project):
    with pytest.raises(NotFound) as fault:
        project.ask(type="run-aplication")
    assert fault.value.hint == 'Did you mean "run-application"?'


def test_nothing_can_be_asked_before_an_apply(empty):
    with pytest.raises(NotFound) as fault:
        empty.ask()
    assert fault.value.hint == "Declare an ApprovalType and apply it."


def test_everything_wrong_with_the_fields_is_said_at_once(project):
    with pytest.raises(UserError) as fault:
        project.ask(fields={"fiel": "x", "count": "ten"})
    assert fault.value.summary == "3 faults in the fields of the request"
    assert fault.value.detail.splitlines() == [
        '  fiel: not a field of this type. Did you mean "file"?',
        "  file: required, and missing (string, such as npp.exe)",
        "  count: expected a whole number",
    ]
    assert fault.value.hint == (
        "Fields of ApprovalType/run-application, each given as field NAME=VALUE: "
        "file (string, such as npp.exe, required); count (integer)."
    )


def test_a_value_beyond_its_bounds_is_named(project):
    with pytest.raises(UserError) as fault:
        project.ask(fields={"file": "a", "count": "12"})
    assert fault.value.detail == "  count: it is above 9"


def test_a_field_left_out_stays_absent(project):
    assert dict(project.ask().fields) == {"file": "npp.exe"}


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_reason_is_required(project, reason):
    with pytest.raises(Refused, match="A reason is required"):
        project.ask(reason=reason)


def test_a_control_character_in_the_reason_is_refused(project):
    with pytest.raises(UserError, match="reason cannot be used"):
        project.ask(reason="a\0b")


@pytest.mark.parametrize("address", ["asker", "a@b@c", "asker@example.com\r\nBcc: x@example.com"])
def test_a_malformed_requester_is_refused(project, address):
    with pytest.raises(UserError, match="requester is not an e-mail address"):
        project.ask(requester=address)


def test_a_requester_no_mail_can_name_is_refused(project):
    with pytest.raises(UserError, match="requester cannot be written to"):
        project.ask(requester="björn@example.org")


def test_a_request_nobody_else_could_answer_is_refused_with_names_and_numbers(empty, manifests):
    empty.apply(manifests(quorum=2))
    with pytest.raises(Refused) as fault:
        empty.ask(requester="Rosa+x@EXAMPLE.com")
    assert "needs 2 approvals" in fault.value.detail
    assert "tariq@example.com" in fault.value.detail
    assert empty.workspace.state.requests.find() == []


def test_a_field_of_several_lines_makes_a_subject_of_one(project):
    assert project.ask(fields={"file": "a\nb"}).subject == "run a b"


def test_a_long_subject_is_cut(project):
    subject = project.ask(fields={"file": "x" * 900}).subject
    assert len(subject) == 200
    assert subject.endswith("…")


def test_a_template_that_fails_gives_way_to_the_built_in_message(empty, manifests, text_of):
    task = """
---
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: ask}
spec:
  context: approval
  subject: "{{ request.subject }}"
  body: "{% if request.reason != 'To edit logs' %}Well.{% else %}{{ 1 // (request.reason | length - 12) }}{% endif %}"
"""
    empty.apply(manifests(process="startActivity: ask") + task)
    request = empty.ask()
    message = empty.messages(request.id)[0]
    assert message.task == "builtin:approval-request"
    assert "To edit logs" in text_of(message)
    (fault,) = empty.last_entry()["faults"]
    assert "EmailTask/ask spec.body:1" in fault


def test_the_words_of_a_task_are_those_applied_not_those_on_the_disk(empty, manifests, text_of):
    task = """
---
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: ask, title: Ask}
spec:
  context: approval
  from: Other <other@example.com>
  replyTo: replies@example.com
  subject: "{{ task.title }}: {{ request.subject }} ({{ parameters.team }})"
  body: {text: ask.txt.j2}
  parameters: {team: desk}
  expireAfter: 2h
"""
    empty.apply(manifests(process="startActivity: ask") + task, {"ask.txt.j2": "Applied {{ fields.file }}\n"})
    (empty.workspace.folder / "templates" / "ask.txt.j2").write_text("Edited\n")
    message = empty.messages(empty.ask().id)[0]
    assert text_of(message) == "Applied npp.exe\n"
    assert message.subject == "Ask: run npp.exe (desk)"
    assert message.give_up == empty.clock() + timedelta(hours=2)
    assert b"From: Other <other@example.com>" in message.data
    assert b"Reply-To: replies@example.com" in message.data
    assert message.state is MessageState.QUEUED


@pytest.mark.parametrize(("demanded", "approve", "deny"), [("always", True, True), ("never", False, False)])
def test_the_mail_names_commands_that_are_taken(empty, manifests, text_of, demanded, approve, deny):
    empty.apply(manifests(process=f"requireComment: {demanded}", approvers="[o'brien@example.com]"))
    (message,) = empty.messages(empty.ask().id)
    lines = [line.strip() for line in text_of(message).splitlines() if line.startswith("  reconciler approvals ")]
    assert ["'\"'\"'" in line for line in lines] == [True, True]
    assert ['--comment "why"' in line for line in lines] == [approve, deny]
