"""Where the words of a mail come from: the same answer for the check, for the preview and for what is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.kinds.fields.declarations import declarations
from reconciler.kinds.group.spec import GroupSpec
from reconciler.kinds.mail.activities import ActivityUse, Slot, common_fields, server_of
from reconciler.kinds.protocol.world import World, home_domains, project_of
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.messages.contexts.samples import NO_PROJECT, SampleApproval, SampleProject, Sampling
from reconciler.messages.contexts.values import (
    NamedView,
    PersonView,
    ProcessView,
    ProjectView,
    Shape,
    TaskView,
    approval_shape,
    is_nullable,
)
from reconciler.messages.mail import Asked, Head, Mail, MailCase, TemplateRef
from reconciler.model.approvals.person import Member
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.declaration import Declaration
from reconciler.model.configuration.resource import Path, Resource
from reconciler.model.mail.mailbox import GroupReference, Recipient

_READERS = {"start": "each approver, one mail each", "completed": "the requester"}
_TO = {"start": "the approver", "completed": "the requester"}


def task_head(task: Resource[EmailTaskSpec], world: World) -> Head:
    """The head of an EmailTask in the context task: its recipients by name, groups as their members."""
    spec = task.spec
    server = server_of(None, spec, world)
    return Head(
        slot="task",
        keys=(str(task.address),),
        reader=", ".join(_reader(recipient, world) for recipient in spec.to),
        sender=_sender(spec, server, world),
        to=_people(spec.to, world),
        cc=_people(spec.cc, world),
        reply_to=str(spec.reply_to or ""),
        parties=(*_servers(server), *_groups((*spec.to, *spec.cc), world), *_project(world)),
    )


def approval_head(use: ActivityUse, task: Resource[EmailTaskSpec] | None, world: World) -> Head:
    """The head of a mail of an approval: the slot decides who gets it."""
    spec, process = task.spec if task else None, use.process
    server = server_of(process.spec, spec, world)
    kind = str(use.type.address) if use.type else ""
    groups = _groups([each for stage in process.spec.stages for each in stage.approvers], world)
    about = (process.address, use.type.address) if use.type else (process.address,)
    return Head(
        slot=use.slot,
        keys=tuple(f"{event} of {process.address} for {kind}" for event in use.events),
        reader=_READERS[use.slot],
        sender=_sender(spec, server, world),
        to=(_TO[use.slot],),
        reply_to=_reply_to(spec, use.slot),
        parties=(*about, *_servers(server), *groups, *_project(world)),
    )


def idle_head(task: Resource[EmailTaskSpec], world: World) -> Head:
    """The head of an approval's mail that no process uses: nobody gets it."""
    server = server_of(None, task.spec, world)
    return Head(
        slot="start",
        keys=(f"{task.address}, idle",),
        reader="nobody: no approval process uses it",
        sender=_sender(task.spec, server, world),
        to=(_TO["start"],),
        reply_to=_reply_to(task.spec, "start"),
        parties=(*_servers(server), *_project(world)),
    )


def _reply_to(spec: EmailTaskSpec | None, slot: str) -> str:
    own = str(spec.reply_to or "") if spec else ""
    return own or ("the requester" if slot == "start" else "")


def _sender(spec: EmailTaskSpec | None, server: str | None, world: World) -> str:
    if spec and spec.sender:
        return str(spec.sender)
    carrier = world.spec(SmtpServerSpec, server) if server else None
    return str(carrier.sender) if carrier else ""


def _servers(name: str | None) -> tuple[Address, ...]:
    return (Address(SmtpServerSpec.KIND, name),) if name else ()


def _project(world: World) -> tuple[Address, ...]:
    project = project_of(world)
    return (project.address,) if project else ()


def _people(recipients: Sequence[Recipient], world: World) -> tuple[str, ...]:
    return tuple(str(member.mailbox) for member in world.people(recipients))


def _reader(recipient: Recipient, world: World) -> str:
    if not isinstance(recipient, GroupReference):
        return str(recipient)
    count = len(world.people((recipient,)))
    return f"{recipient} ({count} {'person' if count == 1 else 'people'})"


def _groups(recipients: Iterable[Recipient], world: World) -> tuple[Address, ...]:
    return tuple(Address(GroupSpec.KIND, name) for name in dict.fromkeys(_group_names(recipients, world)))


def _group_names(recipients: Iterable[Recipient], world: World) -> Iterator[str]:
    """The groups named, and those inside them; each may come more than once, but none is entered twice."""
    seen: set[str] = set()
    waiting = [each.group for each in recipients if isinstance(each, GroupReference)]
    while waiting:
        name = waiting.pop(0)
        if name not in seen:
            seen.add(name)
            yield name
            waiting += [each.group for each in world.groups.get(name, ()) if isinstance(each, GroupReference)]


_SUBJECT: Path = ("spec", "subject")


def asked_of(kind: Resource[ApprovalTypeSpec]) -> Asked:
    """The template of a request's subject, as text; the one made of title and fields where the approval type has none.

    The spec has ``subject`` and ``fields``.
    """
    label, title = f"{kind.address} spec.subject", kind.title
    if kind.spec.subject is not None:
        return Asked(TemplateRef(label, _SUBJECT, kind.spec.subject), title)
    always = [name for name, declaration in kind.spec.fields.items() if not is_nullable(declaration)][:2]
    values = ", ".join(f"{{{{ fields.{name} }}}}" for name in always)
    words = _literal(title)
    return Asked(TemplateRef(label, _SUBJECT, f"{words}: {values}" if values else words), title)


def _literal(text: str) -> str:
    """A template that prints the text whatever it holds."""
    if "{" not in text:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{{{{ "{escaped}" }}}}'


_BUILT_IN: Mapping[Slot, str] = {"start": "approval-request", "completed": "approval-outcome"}
_TITLES: Mapping[Slot, str] = {"start": "Approval request", "completed": "Outcome of a request"}


def mail_of(task: Resource[EmailTaskSpec] | None, slot: Slot) -> Mail:
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


def task_view(task: Resource[EmailTaskSpec] | None, slot: Slot) -> TaskView:
    """The task as templates see it; for a built-in message its name and title."""
    if task is None:
        return TaskView(_BUILT_IN[slot], _TITLES[slot])
    metadata = task.metadata
    return TaskView(metadata.name, task.title, metadata.description, dict(metadata.labels))


def approval_cases(task: Resource[EmailTaskSpec] | None, uses: Sequence[ActivityUse], world: World) -> list[MailCase]:
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


def _case(
    use: ActivityUse, task: Resource[EmailTaskSpec] | None, approval: SampleApproval, shape: Shape, world: World
) -> MailCase:
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
    return project.spec.mail.subject_prefix if project else ""


def _label(use: ActivityUse) -> str:
    slot = "start activity" if use.slot == "start" else f"completed activity ({', '.join(use.events)})"
    label = f"{slot} of {use.process.address}"
    return f"{label}, for {use.type.address}" if use.type else label


def _sample(use: ActivityUse | None, fields: Mapping[str, Declaration], world: World) -> SampleApproval:
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
    project, mailbox, via = project_of(world), member.mailbox, world.titles(GroupSpec, member.via)
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
