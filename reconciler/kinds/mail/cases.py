"""The mails a resource gives words to, with what samples of them are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.kinds.fields.declarations import declarations
from reconciler.kinds.mail.activities import ActivityUse, common_fields
from reconciler.kinds.mail.heads import approval_head, idle_head, task_head
from reconciler.kinds.mail.samples import ApprovalSampling, SubjectSampling, TaskSampling
from reconciler.kinds.mail.words import asked_of, mail_of, prefix_of, request_surroundings, surroundings, task_view
from reconciler.kinds.protocol.world import World
from reconciler.messages.contexts.values import (
    NamedView,
    ProcessView,
    Shape,
    approval_shape,
    subject_shape,
    task_shape,
)
from reconciler.messages.mail import Head, Mail, MailCase
from reconciler.model.approvals.request import Rules, Stage
from reconciler.model.configuration.resource import Resource
from reconciler.model.duration import parse_duration


def approval_cases(task: Resource[EmailTaskSpec] | None, uses: Sequence[ActivityUse], world: World) -> list[MailCase]:
    """One case per use, all with one shape: what every approval type that is reached declares.

    Without any use a task is checked as if it asked for an approval of no fields.
    """
    if task and not _fields_are_known(uses, world):
        return _unsampled(task, uses)
    fields = common_fields([use.type for use in uses if use.type])
    shape = approval_shape(fields, declarations(task.spec.parameters) if task else {})
    if not uses and task:
        label, sampling = f"{task.address}, used by no approval process", _idle_sampling(task, world)
        return [
            MailCase(label, mail_of(task, "start"), shape, sampling, idle_head(task, world), prefix=prefix_of(world))
        ]
    return [_case(use, task, shape, world) for use in uses]


def _case(use: ActivityUse, task: Resource[EmailTaskSpec] | None, shape: Shape, world: World) -> MailCase:
    return MailCase(
        label=_label(use),
        mail=mail_of(task, use.slot),
        shape=shape,
        sampling=_approval_sampling(use, task, world),
        head=approval_head(use, task, world),
        asked=asked_of(use.type) if use.type else None,
        prefix=prefix_of(world),
    )


def _fields_are_known(uses: Sequence[ActivityUse], world: World) -> bool:
    """Whether all types and processes are there that could give the uses' requests their fields."""
    if any(use.type for use in uses):
        return True
    return world.complete(ApprovalTypeSpec if uses else ApprovalProcessSpec)


def _unsampled(task: Resource[EmailTaskSpec], uses: Sequence[ActivityUse]) -> list[MailCase]:
    """Of a task whose fields may be any: checked as far as that goes, and not rendered."""
    shape = approval_shape(None, declarations(task.spec.parameters))
    slots = dict.fromkeys(use.slot for use in uses) or {"start": None}
    return [MailCase(str(task.address), mail_of(task, slot), shape) for slot in slots]


def task_case(task: Resource[EmailTaskSpec], world: World) -> MailCase:
    """The mail of a task of its own, which has both subject and body."""
    parameters = declarations(task.spec.parameters)
    sampling = TaskSampling(task=task_view(task, "task"), declared=parameters, around=surroundings(world))
    head, shape = task_head(task, world), task_shape(parameters)
    return MailCase(str(task.address), mail_of(task, "task"), shape, sampling, head, prefix=prefix_of(world))


def subject_case(kind: Resource[ApprovalTypeSpec], world: World) -> MailCase:
    """What an approval type calls its requests: not a mail, but in every mail about one."""
    label, fields = f"subject of {kind.address}", kind.spec.fields
    head = Head("subject", (label,), "everybody who gets mail about such a request")
    sampling = SubjectSampling(declared=fields, around=surroundings(world))
    return MailCase(label, Mail(asked_of(kind).template), subject_shape(fields), sampling, head)


def _approval_sampling(use: ActivityUse, task: Resource[EmailTaskSpec] | None, world: World) -> ApprovalSampling:
    process, kind = use.process, use.type
    stage = pinned_stage(process.spec)
    names = kind.address.name if kind else "", process.address.name
    around = request_surroundings(world, *names, approvers=world.people(stage.approvers))
    return ApprovalSampling(
        slot=use.slot,
        task=task_view(task, use.slot),
        declared=declarations(task.spec.parameters) if task else {},
        around=around if kind else replace(around, type=_EXAMPLE),
        stage=stage,
        rules=pinned_rules(process.spec),
        outcomes=use.events if use.slot == "completed" else (),
    )


_EXAMPLE = NamedView("example", "Example")


def _idle_sampling(task: Resource[EmailTaskSpec], world: World) -> ApprovalSampling:
    around = request_surroundings(world, "", "")
    return ApprovalSampling(
        slot="start",
        task=task_view(task, "start"),
        declared=declarations(task.spec.parameters),
        around=replace(around, type=_EXAMPLE, process=ProcessView("example", "Example")),
        stage=Stage("", (), 1, parse_duration("7d")),
        rules=Rules(),
    )


def pinned_stage(process: ApprovalProcessSpec) -> Stage:
    """The stage as a request pins it."""
    stage = process.stages[0]
    return Stage(stage.name or "", tuple(stage.approvers), stage.quorum, stage.expire_after)


def pinned_rules(process: ApprovalProcessSpec) -> Rules:
    """The rules as a request pins them."""
    return Rules(process.self_approval, process.require_reason, process.require_comment)


def _label(use: ActivityUse) -> str:
    slot = "start activity" if use.slot == "start" else f"completed activity ({', '.join(use.events)})"
    label = f"{slot} of {use.process.address}"
    return f"{label}, for {use.type.address}" if use.type else label
