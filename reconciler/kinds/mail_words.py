"""Where the words of a mail come from: the same answer for the check, for the preview and for what is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.kinds.activities import Slot, Use, common_fields
from reconciler.kinds.declarations import declarations
from reconciler.kinds.mail_heads import approval_head, idle_head
from reconciler.kinds.request_subjects import asked_of
from reconciler.kinds.world import World, home_domains, project_of
from reconciler.messages.contexts.samples import NO_PROJECT, SampleApproval, SampleProject, Sampling
from reconciler.messages.contexts.values import (
    NamedView,
    PersonView,
    ProcessView,
    ProjectView,
    Shape,
    TaskView,
    approval_shape,
)
from reconciler.messages.mail import Mail, MailCase, TemplateRef
from reconciler.model.approvals.person import Member
from reconciler.model.configuration.declaration import Declaration
from reconciler.model.configuration.resource import Path, Resource

_BUILT_IN: Mapping[Slot, str] = {"start": "approval-request", "completed": "approval-outcome"}
_TITLES: Mapping[Slot, str] = {"start": "Approval request", "completed": "Outcome of a request"}


def mail_of(task: Resource | None, slot: Slot) -> Mail:
    """The templates of a mail for the slot: the EmailTask's, and the slot's built-in ones for what it leaves out.

    ``task`` None: built in altogether. In the slot ``task`` nothing is built in: the check has seen to it that the task
    has both subject and body.
    """
    spec = task.spec if task else None
    if task is None or spec is None:
        return _built_in(slot)
    label = f"{task.address} spec."
    subject = (
        TemplateRef(f"{label}subject", ("spec", "subject"), spec.subject)
        if spec.subject is not None
        else _template(slot, "subject")
    )
    if spec.body is None:
        return Mail(subject, _template(slot, "text"), _template(slot, "html"))
    if isinstance(spec.body, str):
        return Mail(subject, TemplateRef(f"{label}body", ("spec", "body"), spec.body))
    return Mail(subject, _file("text", spec.body.text), _file("html", spec.body.html))


def task_view(task: Resource | None, slot: Slot) -> TaskView:
    """The task as templates see it; for a built-in message its name and title."""
    if task is None:
        return TaskView(_BUILT_IN[slot], _TITLES[slot])
    metadata = task.metadata
    return TaskView(metadata.name, task.title, metadata.description, dict(metadata.labels))


def approval_cases(task: Resource | None, uses: Sequence[Use], world: World) -> list[MailCase]:
    """One case per use, all with one shape: what every approval type that is reached declares.

    Without any use a task is checked as if it asked for an approval of no fields.
    """
    if task and not _fields_are_known(uses, world):
        return _unsampled(task, uses)
    parameters = declarations(task.spec.parameters) if task else {}
    fields = common_fields([use.type for use in uses if use.type])
    shape = approval_shape(fields, parameters)
    if not uses and task:
        project, approval = sample_project(world), _sample(None, {}, world)
        samples = Sampling("start", parameters, project, task_view(task, "start"), approval)
        label, mail = f"{task.address}, used by no approval process", mail_of(task, "start")
        return [MailCase(label, mail, shape, samples, idle_head(task, world), prefix=prefix_of(world))]
    return [_case(use, task, _sample(use, fields, world), shape, world) for use in uses]


def _case(use: Use, task: Resource | None, approval: SampleApproval, shape: Shape, world: World) -> MailCase:
    parameters = declarations(task.spec.parameters) if task else {}
    return MailCase(
        label=_label(use),
        mail=mail_of(task, use.slot),
        shape=shape,
        sampling=Sampling(use.slot, parameters, sample_project(world), task_view(task, use.slot), approval),
        head=approval_head(use, task, world),
        asked=asked_of(use.type) if use.type else None,
        prefix=prefix_of(world),
    )


def _fields_are_known(uses: Sequence[Use], world: World) -> bool:
    """Whether all types and processes are there that could give the uses' requests their fields."""
    if any(use.type for use in uses):
        return True
    return world.complete("ApprovalType" if uses else "ApprovalProcess")


def _unsampled(task: Resource, uses: Sequence[Use]) -> list[MailCase]:
    """Of a task whose fields may be any: checked as far as that goes, and not rendered."""
    shape = approval_shape(None, declarations(task.spec.parameters))
    slots = dict.fromkeys(use.slot for use in uses) or {"start": None}
    return [MailCase(str(task.address), mail_of(task, slot), shape) for slot in slots]


def project_view(world: World) -> ProjectView:
    """The project as templates see it."""
    project = project_of(world)
    return ProjectView(project.metadata.name, project.title) if project else ProjectView()


def sample_project(world: World) -> SampleProject:
    """The project as samples show it."""
    project = project_of(world)
    if project is None:
        return NO_PROJECT
    spec = project.spec
    return SampleProject(project_view(world), spec.environment, spec.timezone, spec.language)


def prefix_of(world: World) -> str:
    """What the project puts before every subject."""
    project = project_of(world)
    prefix: str = project.spec.mail.subject_prefix if project else ""
    return prefix


def _label(use: Use) -> str:
    slot = "start activity" if use.slot == "start" else f"completed activity ({', '.join(use.events)})"
    label = f"{slot} of {use.process.address}"
    return f"{label}, for {use.type.address}" if use.type else label


def _sample(use: Use | None, fields: Mapping[str, Declaration], world: World) -> SampleApproval:
    if use is None:
        return SampleApproval(NamedView("example", "Example"), ProcessView("example", "Example"), fields)
    stage = use.process.spec.stages[0]
    people = world.people(stage.approvers)
    kind, process = use.type, use.process
    return SampleApproval(
        type=NamedView(kind.metadata.name, kind.title, kind.metadata.description)
        if kind
        else NamedView("example", "Example"),
        process=ProcessView(process.metadata.name, process.title),
        fields=kind.spec.fields if kind else fields,
        approvers=tuple(_person(each, world) for each in people),
        quorum=str(stage.quorum),
        needed=len(people) if stage.quorum == "all" else stage.quorum,
        comment=process.spec.require_comment,
        stage=stage.name or "",
        expire_after=stage.expire_after.elapsed,
        outcome=use.events[0] if use.slot == "completed" else "approved",
    )


def _person(member: Member, world: World) -> PersonView:
    project, mailbox, via = project_of(world), member.mailbox, world.titles("Group", member.via)
    external = mailbox.domain not in home_domains(world)
    if project is None:
        return PersonView(mailbox.address, mailbox.name, external, via=via)
    spec = project.spec
    return PersonView(mailbox.address, mailbox.name, external, spec.language, spec.timezone, via)


def _built_in(slot: Slot) -> Mail:
    return Mail(_template(slot, "subject"), _template(slot, "text"), _template(slot, "html"))


def _template(slot: Slot, part: str) -> TemplateRef:
    path: Path = ("spec", "subject" if part == "subject" else "body")
    return TemplateRef(f"builtin:{_BUILT_IN[slot]}.{part}", path)


def _file(part: str, name: str | None) -> TemplateRef | None:
    return TemplateRef(name, ("spec", "body", part)) if name else None
