"""Contexts: everything a template can see, declared once.

Each context is a tree of frozen dataclasses. Field names are what templates write, which is why they are camelCase. The
annotations are the types that the check of templates works with (``X | None`` is what may be null), and instances of the
same classes are the values at run time: `variables_of` turns a context into what `reconciler.messages.language.render.render` is
given. Nothing but these fields can be reached from a template.

Datetimes must be zone-aware; they print in ``timezone`` (the recipient's zone).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Literal

from reconciler.messages.contexts.shape import (
    BOOLEAN,
    DATE,
    DATETIME,
    DURATION,
    INTEGER,
    NUMBER,
    TEXT,
    Identity,
    Namespace,
    ObjectType,
    PersonText,
    Shape,
    Type,
    Unknown,
    View,
    members_of,
    nullable,
)
from reconciler.model.configuration.declaration import Declaration, ValueType

__all__ = [
    "CommandsView",
    "ContextApproval",
    "ContextEvery",
    "ContextSubject",
    "ContextTask",
    "DecisionView",
    "DetailView",
    "GrantChoiceView",
    "GrantView",
    "LinkView",
    "NamedView",
    "Namespace",
    "PersonView",
    "ProcessView",
    "ProjectView",
    "RequestView",
    "RunView",
    "ScheduleView",
    "Shape",
    "StageOutline",
    "StageView",
    "SubjectRequestView",
    "TaskView",
    "View",
    "approval_shape",
    "is_nullable",
    "subject_shape",
    "task_shape",
    "variables_of",
]


@dataclass(frozen=True, slots=True)
class PersonView(View):
    """A person. ``external``: outside the project's domains. ``via``: names of the groups they come through."""

    TELLS: ClassVar[str] = "a person"

    address: PersonText
    name: PersonText = ""
    external: bool = False
    language: str = "en"
    timezone: str = "UTC"
    via: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name or self.address


@dataclass(frozen=True, slots=True)
class ProjectView(View):
    """The project. ``url``: where its pages are, null while there are none."""

    name: str = "reconciler"
    title: str = "reconciler"
    url: str | None = None

    def __str__(self) -> str:
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class NamedView(View):
    """An approval type: ``title`` is the human name (the name where none was given)."""

    name: str
    title: str
    description: str = ""

    def __str__(self) -> str:
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class ProcessView(View):
    """An approval process."""

    name: str
    title: str

    def __str__(self) -> str:
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class TaskView(View):
    """The e-mail task that sends this mail."""

    name: str
    title: str
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class RunView(View):
    """One run of a task. ``by``: who started it, null for a scheduled run."""

    id: Identity
    scheduledAt: datetime  # noqa: N815 - what templates write
    startedAt: datetime  # noqa: N815
    nextAt: datetime | None = None  # noqa: N815
    manual: bool = True
    by: PersonText | None = None


@dataclass(frozen=True, slots=True)
class ScheduleView(View):
    """The schedule that started the run."""

    name: str
    title: str
    timezone: str

    def __str__(self) -> str:
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class DetailView(View):
    """One field of a request, ready to print: ``title`` (the name where none was given) and ``text``."""

    name: str
    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.title}: {self.text}"


@dataclass(frozen=True, slots=True)
class LinkView(View):
    """A link that came with a request."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class GrantChoiceView(View):
    """What an approval can grant. ``value``: ``once`` or a duration as written; ``label`` for people."""

    value: str
    label: str

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class GrantView(View):
    """What an approval grants. ``default`` and ``chosen`` are values of ``choices``; ``until``: when the grant ends."""

    choices: tuple[GrantChoiceView, ...]
    default: str
    chosen: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CommandsView(View):
    """The command lines with which the reader of this mail decides, quoted for a shell."""

    approve: Identity
    deny: Identity


@dataclass(frozen=True, slots=True)
class RequestView(View):
    """The request. ``state``: pending, approved, denied, expired, cancelled. ``details``: the fields in declared order.

    ``submittedBy``: who made the request where it was not the requester. ``url``: the page of the reader of this mail.
    """

    id: Identity
    subject: str
    reason: str
    requester: PersonView
    type: NamedView
    process: ProcessView
    state: str
    createdAt: datetime  # noqa: N815
    expiresAt: datetime  # noqa: N815
    commands: CommandsView
    details: tuple[DetailView, ...] = ()
    submittedBy: PersonText | None = None  # noqa: N815
    completedAt: datetime | None = None  # noqa: N815
    url: Identity | None = None
    links: tuple[LinkView, ...] = ()
    grant: GrantView | None = None
    digest: Identity = ""
    revision: int = 1

    def __str__(self) -> str:
        return self.subject


@dataclass(frozen=True, slots=True)
class StageView(View):
    """The stage that is open, or was open last.

    ``number`` of ``count``, from 1. ``quorum`` as declared: a number or ``all``. ``needed``: how many people must approve
    in total; ``given``: how many have. ``onExpiry``: what the request becomes without an answer, ``expire`` or ``deny``.
    """

    name: str
    title: str
    number: int
    count: int
    quorum: str
    given: int
    needed: int
    approvers: tuple[PersonView, ...]
    openedAt: datetime  # noqa: N815
    expiresAt: datetime  # noqa: N815
    onExpiry: str = "expire"  # noqa: N815

    def __str__(self) -> str:
        return self.title or self.name or str(self.number)


@dataclass(frozen=True, slots=True)
class StageOutline(View):
    """Any stage of the request: as `StageView`, with null times while it has not opened."""

    name: str
    title: str
    number: int
    count: int
    quorum: str
    given: int
    needed: int
    approvers: tuple[PersonView, ...]
    openedAt: datetime | None = None  # noqa: N815
    expiresAt: datetime | None = None  # noqa: N815
    onExpiry: str = "expire"  # noqa: N815

    def __str__(self) -> str:
        return self.title or self.name or str(self.number)


@dataclass(frozen=True, slots=True)
class DecisionView(View):
    """One person's word. ``choice``: approve or deny. ``stage``: its title, else its number. ``identity``: how we know."""

    TELLS: ClassVar[str] = "a person"

    person: PersonView
    choice: str
    comment: str
    at: datetime
    stage: str
    via: tuple[str, ...] = ()
    identity: str = "operator"

    def __str__(self) -> str:
        said = {"approve": "approved", "deny": "denied"}.get(self.choice, self.choice)
        return f"{self.person}: {said}" + (f" ({self.comment})" if self.comment else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextEvery(View):
    """What every template of a mail sees. ``timezone`` (IANA name) and ``language`` are the recipient's."""

    now: datetime
    environment: str | None
    project: ProjectView
    task: TaskView
    recipient: PersonView | None
    recipients: tuple[PersonView, ...]
    language: str
    timezone: str
    parameters: Namespace


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextTask(ContextEvery):
    """The context ``task``: a task that is run by hand or by a schedule."""

    run: RunView
    schedule: ScheduleView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextApproval(ContextEvery):
    """The context ``approval``. ``activity``: start, reminder, escalation, received, completed, closed.

    ``decision``: the last decision, null where nobody has decided. ``round``: how often this person was mailed, from 1.
    Each of its mails goes to one person, so that ``recipient`` is never null.
    """

    recipient: PersonView
    request: RequestView
    fields: Namespace
    stage: StageView
    stages: tuple[StageOutline, ...]
    decisions: tuple[DecisionView, ...]
    decision: DecisionView | None
    activity: str
    round: int = 1


@dataclass(frozen=True, slots=True)
class SubjectRequestView(View):
    """What the subject of an approval type sees of the request, which does not exist yet."""

    requester: PersonView
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextSubject(View):
    """What ``ApprovalType.subject`` sees. Dates and times in it print in UTC."""

    request: SubjectRequestView
    fields: Namespace


_VALUE_TYPES: Mapping[ValueType, Type] = {
    ValueType.STRING: TEXT,
    ValueType.INTEGER: INTEGER,
    ValueType.NUMBER: NUMBER,
    ValueType.BOOLEAN: BOOLEAN,
    ValueType.DATE: DATE,
    ValueType.DATETIME: DATETIME,
    ValueType.DURATION: DURATION,
    ValueType.EMAIL: TEXT,
    ValueType.URL: TEXT,
}


def task_shape(parameters: Mapping[str, Declaration]) -> Shape:
    """The context ``task`` with these parameters (a locked value is a declaration whose default it is)."""
    return _shape("task", ContextTask, parameters=parameters)


def approval_shape(fields: Mapping[str, Declaration] | None, parameters: Mapping[str, Declaration]) -> Shape:
    """The context ``approval`` for requests with these fields, in a task with these parameters. ``fields`` None: nobody
    knows which, so that nothing is said of them."""
    if fields is not None:
        return _shape("approval", ContextApproval, fields=fields, parameters=parameters)
    shape = _shape("approval", ContextApproval, parameters=parameters)
    return Shape(shape.context, {**shape.roots, "fields": Unknown()})


def subject_shape(fields: Mapping[str, Declaration]) -> Shape:
    """What the subject of an approval type with these fields sees."""
    return _shape("approval type", ContextSubject, fields=fields)


def variables_of(context: ContextTask | ContextApproval | ContextSubject) -> dict[str, Any]:
    """The context's variables by name: what `reconciler.messages.language.render.render` takes."""
    return {each.name: getattr(context, each.name) for each in fields(context)}


def is_nullable(declaration: Declaration) -> bool:
    """Whether a declared value may be missing: it is not required, and nothing stands in for it."""
    return not declaration.required and declaration.default is None


def _shape(context: str, view: type, **namespaces: Mapping[str, Declaration]) -> Shape:
    roots = dict(members_of(view))
    roots |= {name: _namespace(name, declared) for name, declared in namespaces.items()}
    return Shape(context, roots)


def _namespace(name: str, declared: Mapping[str, Declaration]) -> ObjectType:
    return ObjectType(name, {key: _declare(declaration) for key, declaration in declared.items()})


def _declare(declaration: Declaration) -> Type:
    known = _VALUE_TYPES[declaration.type]
    return nullable(known) if is_nullable(declaration) else known


def decision_commands(
    request: str, address: str, comment: Literal["always", "on-deny", "never"], environment: str | None = None
) -> CommandsView:
    """What the person of this address types; with a comment where the rules demand one. Quoted for a POSIX shell.

    ``environment``: the one the request was made in, which has to be chosen wherever the project defines any.
    """
    said = ' --comment "why"'
    chosen = ["--env", environment] if environment else []
    approve, deny = (
        shlex.join(["reconciler", *chosen, "approvals", choice, request, "--as", address])
        for choice in ("approve", "deny")
    )
    return CommandsView(
        approve=approve + (said if comment == "always" else ""),
        deny=deny + (said if comment != "never" else ""),
    )
