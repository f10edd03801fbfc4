"""Where the words of a mail come from, and what resources say in it: the same answer for the check, for the preview and for what
is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.kinds.group.spec import GroupSpec
from reconciler.kinds.mail.activities import Slot
from reconciler.kinds.mail.build_context import RequestSurroundings, Surroundings
from reconciler.kinds.project.spec import ProjectSpec
from reconciler.kinds.protocol.world import World, home_domains, project_of
from reconciler.messages.contexts.values import NamedView, ProcessView, ProjectView, TaskView, is_nullable
from reconciler.messages.mail import Asked, Mail, TemplateRef
from reconciler.model.approvals.person import Member
from reconciler.model.approvals.request import Decision
from reconciler.model.configuration.resource import Path, Resource

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
        return _build_in(slot)
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


def surroundings(world: World, settings: ProjectSpec | None = None) -> Surroundings:
    """What the project says in every mail. ``settings``: those in force, where they are not the world's own."""
    if settings is None:
        return world.derived(_own_surroundings)
    return Surroundings(
        project=project_view(world),
        environment=settings.environment,
        language=settings.language,
        timezone=settings.timezone,
        domains=home_domains(world),
    )


def _own_surroundings(world: World) -> Surroundings:
    project = project_of(world)
    return surroundings(world, project.spec if project else ProjectSpec())


def request_surroundings(
    world: World,
    type: str,
    process: str,
    *,
    approvers: Sequence[Member] = (),
    decisions: Sequence[Decision] = (),
    settings: ProjectSpec | None = None,
) -> RequestSurroundings:
    """What resources say in mail about a request of this type that follows this process; either may be gone by now.

    ``approvers``: its stage's, groups expanded; ``settings`` as in `surroundings`.
    """
    around = surroundings(world, settings)
    kind, follows = world.get(ApprovalTypeSpec, type), world.get(ApprovalProcessSpec, process)
    ways = [*(each.via for each in approvers), *(each.via for each in decisions)]
    groups = sorted({name for via in ways for name in via})
    return RequestSurroundings(
        project=around.project,
        environment=around.environment,
        language=around.language,
        timezone=around.timezone,
        domains=around.domains,
        groups=dict(zip(groups, world.titles(GroupSpec, groups), strict=True)),
        type=NamedView(type, kind.title if kind else type, kind.metadata.description if kind else ""),
        process=ProcessView(process, follows.title if follows else process),
        fields=kind.spec.fields if kind else {},
        approvers=tuple(approvers),
    )


def project_view(world: World) -> ProjectView:
    """The project as templates see it."""
    project = project_of(world)
    return ProjectView(project.metadata.name, project.title) if project else ProjectView()


def prefix_of(world: World) -> str:
    """What the project puts before every subject."""
    project = project_of(world)
    prefix: str = project.spec.mail.subject_prefix if project else ""
    return prefix


def _build_in(slot: Slot) -> Mail:
    return Mail(_template(slot, "subject"), _template(slot, "text"), _template(slot, "html"))


def _template(slot: Slot, part: str) -> TemplateRef:
    path: Path = ("spec", "subject" if part == "subject" else "body")
    return TemplateRef(f"builtin:{_BUILT_IN[slot]}.{part}", path)


def _file(part: str, name: str | None) -> TemplateRef | None:
    return TemplateRef(name, ("spec", "body", part)) if name else None
