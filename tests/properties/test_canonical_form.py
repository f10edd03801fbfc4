"""Whatever the spelling, one form: a plan after an apply is empty, and no difference shows that is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.conftest import Project
from tests.support.manifests import ADDRESSES, document, manifest_sets, spellings, yaml_text

NewProject = Callable[[], Project]

thorough = settings(max_examples=6, suppress_health_check=list(HealthCheck))


@thorough
@given(st.data())
def test_the_plan_after_an_apply_is_empty_however_the_same_is_spelled(
    new_project: NewProject, data: st.DataObject
) -> None:
    project, manifests = new_project(), data.draw(manifest_sets())
    applied = project.apply(manifests.files())
    assert applied.committed
    assert project.plan(manifests.files()).empty
    again = project.plan(data.draw(spellings(manifests)))
    assert again.empty, [(str(change.address), change.fields) for change in again.changes]


@thorough
@given(st.data())
def test_every_spelling_of_the_manifests_has_one_digest(new_project: NewProject, data: st.DataObject) -> None:
    project, manifests = new_project(), data.draw(manifest_sets())
    first, second = (project.plan(data.draw(spellings(manifests))) for _ in range(2))
    assert first.digest == second.digest
    assert [(change.address, change.after.digest if change.after else "") for change in first.changes] == [
        (change.address, change.after.digest if change.after else "") for change in second.changes
    ]


@thorough
@given(st.data())
def test_any_set_can_follow_any_other_and_then_nothing_is_left_to_do(
    new_project: NewProject, data: st.DataObject
) -> None:
    project, first, second = new_project(), data.draw(manifest_sets()), data.draw(manifest_sets())
    project.apply(first.files())
    plan = project.plan(second.files())
    assert all(message.diff or not message.changed for change in plan.changes for message in change.messages)
    applied = project.apply(second.files())
    assert applied.committed is not plan.empty
    assert plan.empty or [c.address for c in applied.plan.changes] == [c.address for c in plan.changes]
    assert project.plan(data.draw(spellings(second))).empty


TASK = {"to": "rosa@example.com", "subject": "S", "body": "B\n"}
SERVER = {"uri": "smtp://mail.example.com:587", "from": "desk@example.com"}


@pytest.mark.parametrize(
    ("kind", "written", "otherwise"),
    [
        (
            "SmtpServer",
            {**SERVER, "uri": "smtp://mail.example.com:25"},
            {**SERVER, "uri": "smtp://MAIL.example.com;25"},
        ),
        ("SmtpServer", {**SERVER, "uri": "smtp://mail.example.com:25"}, {**SERVER, "uri": "smtp://mail.example.com"}),
        ("SmtpServer", SERVER, {**SERVER, "tls": {"mode": "starttls", "verify": True}}),
        ("SmtpServer", SERVER, {**SERVER, "limits": {}, "timeouts": {"connect": "30s"}, "credential": None}),
        ("EmailTask", TASK, {**TASK, "to": ["rosa@example.com", "rosa@EXAMPLE.com"]}),
        ("EmailTask", {**TASK, "to": [ADDRESSES[3], ADDRESSES[0]]}, {**TASK, "to": f"{ADDRESSES[0]}, {ADDRESSES[3]}"}),
        ("EmailTask", TASK, {**TASK, "cc": [], "bcc": [], "replyTo": None, "parameters": {}, "expireAfter": "5d"}),
        ("EmailTask", {**TASK, "to": ADDRESSES[5]}, {**TASK, "to": "desk@xn--bcher-kva.example"}),
        (
            "EmailTask",
            {**TASK, "parameters": {"n": {}}},
            {**TASK, "parameters": {"n": {"type": "string", "enum": None}}},
        ),
    ],
)
def test_what_means_the_same_is_no_change(
    new_project: NewProject, kind: str, written: dict[str, object], otherwise: dict[str, object]
) -> None:
    project, server = new_project(), [document("SmtpServer", "relay", SERVER)] if kind != "SmtpServer" else []
    project.apply({"a.yaml": yaml_text([*server, document(kind, "one", written)])})
    again = project.plan({"b.yaml": yaml_text([document(kind, "one", otherwise), *server])})
    assert again.empty, [(str(change.address), change.fields) for change in again.changes]


def test_a_duration_is_kept_as_written_and_shown_once_when_written_otherwise(new_project: NewProject) -> None:
    project, server = new_project(), document("SmtpServer", "relay", SERVER)
    hours, minutes = ({"a.yaml": yaml_text([server, document("EmailTask", "one", {**TASK, "expireAfter": text})])}
                      for text in ("2h", "120m"))  # fmt: skip
    project.apply(hours)
    assert [(f.path, f.before, f.after) for c in project.plan(minutes).changes for f in c.fields] == [
        ("/spec/expireAfter", "2h", "120m")
    ]
    project.apply(minutes)
    assert project.plan(minutes).empty


def test_fields_of_a_request_in_another_order_are_applied(new_project: NewProject) -> None:
    project, server = new_project(), document("SmtpServer", "relay", SERVER)
    process = document("ApprovalProcess", "desk", {"stages": [{"approvers": ["rosa@example.com"]}]})
    one, other = (
        {"a.yaml": yaml_text([server, process, document("ApprovalType", "run", {"process": "desk", "fields": fields})])}
        for fields in ({"file": {}, "host": {}}, {"host": {}, "file": {}})
    )
    project.apply(one)
    (change,) = project.plan(other).changes
    assert [(field.path, field.before, field.after) for field in change.fields] == [
        ("/spec/fields", ["file", "host"], ["host", "file"])
    ]
    project.apply(other)
    assert project.plan(other).empty
    assert not project.plan(one).empty
