"""Every mail a resource gives words to: which templates, in which context, with which samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.kinds.mail.words import mail_of
from reconciler.kinds.protocol.world import World
from reconciler.kinds.registry import REGISTRY
from reconciler.messages.language.render import check, render
from reconciler.messages.mail import MailCase
from reconciler.model.configuration.address import Address

Read = Callable[..., Any]

TASK = """
    apiVersion: reconciler/v1
    kind: EmailTask
    metadata: {name: notice, title: A notice}
    spec:
      to: ops@example.com
      subject: "{{ parameters.host }} in {{ parameters.minutes }} minutes"
      body: "{{ task.title }}: {{ parameters.host }}"
      parameters: {minutes: 30, host: {required: true, example: db-07}}
"""
APPROVAL = """
    apiVersion: reconciler/v1
    kind: EmailTask
    metadata: {name: words}
    spec: {context: approval, subject: "{{ fields.file }}"}
    ---
    apiVersion: reconciler/v1
    kind: ApprovalProcess
    metadata: {name: manual, title: By hand}
    spec:
      startActivity: words
      completedActivity: {approved: words}
      stages: [{approvers: [rosa@example.com, {group: desk}], quorum: all}]
    ---
    apiVersion: reconciler/v1
    kind: ApprovalType
    metadata: {name: one, title: Run an application}
    spec: {process: manual, fields: {file: {required: true}, size: {type: integer}}}
    ---
    apiVersion: reconciler/v1
    kind: ApprovalType
    metadata: {name: two}
    spec: {process: manual, fields: {file: {}, day: {type: date}}}
    ---
    apiVersion: reconciler/v1
    kind: Group
    metadata: {name: desk}
    spec: {members: [tariq@example.com]}
    ---
    apiVersion: reconciler/v1
    kind: SmtpServer
    metadata: {name: relay}
    spec: {uri: "smtp://mail.example.com:587", from: desk@example.com}
"""
UNUSED = """
    apiVersion: reconciler/v1
    kind: EmailTask
    metadata: {name: spare}
    spec: {context: approval, body: {html: mail/ask.html.j2}}
"""


def cases(world: World, kind: str, name: str) -> list[MailCase]:
    resource = world.resources.get(Address(kind, name))
    assert resource is not None
    return list(REGISTRY[kind].mails(resource, world))


def names(case: MailCase) -> list[str]:
    return [template.name for template in case.mail.templates]


def test_task_is_checked_and_rendered_with_its_parameters(read: Read, relay: str) -> None:
    world, _ = read(relay + "    ---" + TASK)
    (case,) = cases(world, "EmailTask", "notice")
    assert (case.label, names(case)) == (
        "EmailTask/notice",
        ["EmailTask/notice spec.subject", "EmailTask/notice spec.body"],
    )
    assert check(case.mail, {}, case.shape) == []
    rendered = render(case.mail, {}, case.samples["typical"])
    assert (rendered.subject, rendered.text, rendered.html) == ("db-07 in 30 minutes", "A notice: db-07", None)


def test_a_locked_parameter_has_its_value_in_every_sample(read: Read, relay: str) -> None:
    world, _ = read(relay + "    ---" + TASK)
    (case,) = cases(world, "EmailTask", "notice")
    subjects = [render(case.mail, {}, sample).subject for sample in case.samples.values()]
    assert len(subjects) == 2 and all(subject.endswith(" in 30 minutes") for subject in subjects)


def test_approval_task_has_a_case_for_every_process_slot_and_type(read: Read) -> None:
    world, _ = read(APPROVAL)
    found = cases(world, "EmailTask", "words")
    assert [case.label for case in found] == [
        "start activity of ApprovalProcess/manual, for ApprovalType/one",
        "start activity of ApprovalProcess/manual, for ApprovalType/two",
        "completed activity (approved) of ApprovalProcess/manual, for ApprovalType/one",
        "completed activity (approved) of ApprovalProcess/manual, for ApprovalType/two",
    ]
    request, outcome = "builtin:approval-request", "builtin:approval-outcome"
    subject = "EmailTask/words spec.subject"
    assert names(found[0]) == [subject, f"{request}.text", f"{request}.html"]
    assert names(found[2]) == [subject, f"{outcome}.text", f"{outcome}.html"]
    assert {tuple(case.shape.roots["fields"].members) for case in found} == {("file",)}  # type: ignore[union-attr]
    stage = found[0].samples["typical"]["stage"]
    assert [person.address for person in stage.approvers] == ["rosa@example.com", "tariq@example.com"]
    assert (stage.quorum, stage.needed) == ("all", 2)


def test_process_gives_built_in_words_to_what_has_no_activity(read: Read) -> None:
    world, _ = read(APPROVAL)
    found = cases(world, "ApprovalProcess", "manual")
    assert [case.label for case in found] == [
        "completed activity (denied, expired, cancelled) of ApprovalProcess/manual, for ApprovalType/one",
        "completed activity (denied, expired, cancelled) of ApprovalProcess/manual, for ApprovalType/two",
    ]
    assert names(found[0]) == [f"builtin:approval-outcome.{part}" for part in ("subject", "text", "html")]


def test_approval_task_nobody_uses_is_checked_without_fields(read: Read, relay: str) -> None:
    world, _ = read(relay + "    ---" + UNUSED)
    (case,) = cases(world, "EmailTask", "spare")
    assert case.label == "EmailTask/spare, used by no approval process"
    assert names(case) == ["builtin:approval-request.subject", "mail/ask.html.j2"]
    assert case.shape.roots["fields"].members == {}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("metadata", "fields", "subject"),
    [
        ("{name: run}", "{}", "run"),
        ("{name: run, title: Run an application}", "{}", "Run an application"),
        ("{name: run, title: Run}", "{note: {}, file: {required: true, example: a.exe}}", "Run: a.exe"),
        (
            "{name: run, title: Run}",
            "{file: {required: true, example: a.exe}, on: {default: PC-1}, b: {required: true, example: c}}",
            "Run: a.exe, PC-1",
        ),
        ("{name: run, title: 'A \"{{ 7 * 7 }}\" {# b #} \\ {%'}", "{}", 'A "{{ 7 * 7 }}" {# b #} \\ {%'),
        ("{name: run, title: 'Grüße {'}", "{}", "Grüße {"),
    ],
)
def test_subject_of_a_type_without_one_is_title_and_fields(
    read: Read, metadata: str, fields: str, subject: str
) -> None:
    world, _ = read(f"""
        apiVersion: reconciler/v1
        kind: ApprovalType
        metadata: {metadata}
        spec: {{process: p, fields: {fields}}}
    """)
    (case,) = cases(world, "ApprovalType", "run")
    assert check(case.mail, {}, case.shape) == []
    assert render(case.mail, {}, case.samples["typical"]).subject == subject


def test_subject_of_a_type_sees_requester_reason_and_fields_only(read: Read) -> None:
    world, _ = read("""
        apiVersion: reconciler/v1
        kind: ApprovalType
        metadata: {name: run}
        spec: {process: p, subject: "{{ request.requester }}: {{ request.state }} {{ fields.nosuch }}"}
    """)
    (case,) = cases(world, "ApprovalType", "run")
    assert case.label == "subject of ApprovalType/run"
    assert len(check(case.mail, {}, case.shape)) == 2


def test_mail_without_a_task_is_built_in_altogether() -> None:
    assert [template.name for template in mail_of(None, "start").templates] == [
        "builtin:approval-request.subject",
        "builtin:approval-request.text",
        "builtin:approval-request.html",
    ]


def test_resources_without_words_have_no_mails(read: Read) -> None:
    world, _ = read(APPROVAL)
    assert cases(world, "Group", "desk") == []
    assert cases(world, "SmtpServer", "relay") == []
