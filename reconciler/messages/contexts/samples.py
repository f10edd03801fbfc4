"""Samples: two contexts of each kind, the same every time for the same desired state, that every template is rendered
with before it is applied.

``typical`` reads like a real mail: declared titles and examples. ``awkward`` holds what breaks templates: every nullable
is null, lists are empty, texts are long, hold HTML and template syntax, run right to left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from reconciler.messages.contexts.invented import Invented
from reconciler.messages.contexts.values import (
    ContextApproval,
    ContextSubject,
    ContextTask,
    DecisionView,
    DetailView,
    NamedView,
    Namespace,
    PersonView,
    ProcessView,
    ProjectView,
    RequestView,
    RunView,
    StageOutline,
    StageView,
    SubjectRequestView,
    TaskView,
    decision_commands,
    is_nullable,
    variables_of,
)
from reconciler.messages.language.printing import text_of, zone_of
from reconciler.model.approvals.person import person_key
from reconciler.model.configuration.declaration import Declaration, Value, ValueType
from reconciler.model.duration import Duration

Samples = Mapping[str, Mapping[str, Any]]
"""``{"typical": variables, "awkward": variables}``."""

TYPICAL = "typical"

HOSTILE = (
    "<script>alert(1)</script> {{ 7 * 7 }} {% raw %} & \"quoted\" 'single' "
    "מהדורה עברית ﷽ \u200fالعربية 👩🏽\u200d💻🚀 "
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft "
)
"""Markup, template syntax, right-to-left text, emoji and a word longer than a line; no line break."""
LONG = HOSTILE + "and so on " * 60


@dataclass(frozen=True, slots=True)
class SampleApproval:
    """What a sample knows of the approval it shows.

    ``approvers`` empty: two are invented. ``quorum`` as declared; ``needed`` is the number it comes to. ``subject`` empty:
    one is made of the type's title and the first field. ``comment``: when a decision must say why. ``stage``: the stage's
    name, if it has one; ``expire_after``: how long there is to decide; ``outcome``: how it ends where it has ended, one of
    approved, denied, expired, cancelled.
    ``first``: keys of the people who read and decide in the typical sample before others, who do so in their order.
    """

    type: NamedView
    process: ProcessView
    fields: Mapping[str, Declaration] = field(default_factory=dict)
    approvers: tuple[PersonView, ...] = ()
    quorum: str = "1"
    needed: int = 1
    subject: str = ""
    comment: Literal["always", "on-deny", "never"] = "on-deny"
    stage: str = ""
    expire_after: timedelta = timedelta(days=7)
    outcome: str = "approved"
    first: tuple[str, ...] = ()

    def people(self, invented: Invented) -> tuple[PersonView, ...]:
        """The approvers, as they are declared."""
        return self.approvers or (_reader(invented), invented.person(2, via=("approvers",)))

    def acting(self, invented: Invented) -> tuple[PersonView, ...]:
        """The approvers, those who act before others first."""
        rank = {key: number for number, key in enumerate(self.first)}
        return tuple(sorted(self.people(invented), key=lambda each: rank.get(person_key(each.address), len(rank))))

    def deadline(self, invented: Invented) -> datetime:
        """Of a request that was made when samples happen."""
        return invented.now + self.expire_after

    def ended(self, invented: Invented) -> datetime:
        """When it was decided or taken back; one nobody decided ends at the deadline."""
        deadline = self.deadline(invented)
        return deadline if self.outcome == "expired" else min(invented.after("decision", 4 * 3600), deadline)


@dataclass(frozen=True, slots=True)
class SampleProject:
    """What a sample knows of the project. ``timezone`` and ``language`` are its readers'; ``invented``: the rest of what
    is in a mail and in no manifest."""

    view: ProjectView = field(default_factory=ProjectView)
    environment: str | None = None
    timezone: str = "UTC"
    language: str = "en"
    invented: Invented = field(default_factory=Invented)

    def typical(self) -> dict[str, Any]:
        """Of what every context has, what the project says; its typical reader is at home there."""
        reader = replace(_reader(self.invented), timezone=self.timezone, language=self.language)
        home = {"language": self.language, "timezone": self.timezone}
        return self.awkward() | {"recipient": reader, "recipients": (reader,)} | home

    def awkward(self) -> dict[str, Any]:
        """The same for a reader from elsewhere."""
        return {"project": self.view, "environment": self.environment}


NO_PROJECT = SampleProject()
"""A project without a file."""


def task_samples(
    *, task: TaskView, parameters: Mapping[str, Declaration], project: SampleProject = NO_PROJECT
) -> Samples:
    """Samples of the context ``task``."""
    invented = project.invented
    run = RunView(invented.id("run"), invented.now, invented.now, by=invented.person(0).name.partition(" ")[0].lower())
    typical = ContextTask(
        **_every(task, _reader(invented), _typical(parameters), invented) | project.typical(), run=run
    )
    awkward = ContextTask(
        **_every_awkward(task, _awkward(parameters), invented) | project.awkward(),
        run=replace(run, manual=False, by=None, startedAt=invented.after("start", 60)),
    )
    return {"typical": variables_of(typical), "awkward": variables_of(awkward)}


def approval_samples(
    approval: SampleApproval,
    *,
    task: TaskView,
    parameters: Mapping[str, Declaration],
    activity: str = "start",
    project: SampleProject = NO_PROJECT,
) -> Samples:
    """Samples of the context ``approval``; ``activity`` as in `reconciler.messages.contexts.values.ContextApproval`.

    With the activity ``completed`` the typical request has ended, and what led to that is there.
    """
    invented = project.invented
    usual = _every(task, _reader(invented), _typical(parameters), invented)
    odd = _every_awkward(task, _awkward(parameters), invented)
    typical = _approval_typical(approval, usual | project.typical(), activity, invented)
    awkward = _approval_awkward(approval, odd | project.awkward(), activity, invented)
    return {"typical": variables_of(typical), "awkward": variables_of(awkward)}


def subject_samples(fields: Mapping[str, Declaration], project: SampleProject = NO_PROJECT) -> Samples:
    """Samples of what the subject of an approval type sees."""
    requester = project.invented.person(0)
    typical = ContextSubject(request=SubjectRequestView(requester, _REASON), fields=Namespace(_typical(fields)))
    awkward = ContextSubject(
        request=SubjectRequestView(_AWKWARD_PERSON, ""), fields=Namespace(_awkward(fields, length=200))
    )
    return {"typical": variables_of(typical), "awkward": variables_of(awkward)}


@dataclass(frozen=True, slots=True)
class Sampling:
    """What the samples of one mail are made of, as plain data. ``slot``: task, subject, or the activity of the approval.

    ``declared``: the task's parameters; of a subject, which has no task, the type's fields.
    """

    slot: str
    declared: Mapping[str, Declaration]
    project: SampleProject
    task: TaskView | None = None
    approval: SampleApproval | None = None

    @property
    def made(self) -> Samples:
        """The samples."""
        if self.task is None:
            return subject_samples(self.declared, self.project)
        if self.approval is not None:
            return approval_samples(
                self.approval, task=self.task, parameters=self.declared, activity=self.slot, project=self.project
            )
        return task_samples(task=self.task, parameters=self.declared, project=self.project)

    @property
    def people(self) -> tuple[str, ...]:
        """Keys of all who may read the mail, those who act before others first."""
        acting = self.approval.acting(self.project.invented) if self.approval else ()
        return tuple(person_key(each.address) for each in acting)

    @property
    def outcome(self) -> str:
        """How the request ended that the mail tells of; empty where it has not."""
        return self.approval.outcome if self.approval and self.slot == "completed" else ""

    def read_by(self, people: tuple[str, ...], outcome: str) -> Sampling:
        """Of a request on which these people, by key, act before others, in this order, to this end."""
        if self.approval is None:
            return self
        return replace(self, approval=replace(self.approval, first=people, outcome=outcome or self.approval.outcome))

    def inventing(self, invented: Invented) -> Sampling:
        """With all that is in no manifest invented so."""
        return replace(self, project=replace(self.project, invented=invented))


_REASON = "Needed for the quarterly maintenance window on Saturday."
_AWKWARD_PERSON = PersonView(
    f"{'long-' * 11}address@{'sub.' * 30}example.org", HOSTILE, external=True, language="he", timezone="Asia/Kathmandu"
)


def _reader(invented: Invented) -> PersonView:
    return invented.person(1, via=("approvers",))


def _every(
    task: TaskView, reader: PersonView, parameters: Mapping[str, Value | None], invented: Invented
) -> dict[str, Any]:
    return {
        "now": invented.after("now", 4),
        "environment": None,
        "project": ProjectView(),
        "task": task,
        "recipient": reader,
        "recipients": (reader,),
        "language": reader.language,
        "timezone": reader.timezone,
        "parameters": Namespace(parameters),
    }


def _every_awkward(task: TaskView, parameters: Mapping[str, Value | None], invented: Invented) -> dict[str, Any]:
    words = {"recipient": None, "recipients": (), "language": "he", "timezone": "Asia/Kathmandu"}
    return _every(replace(task, labels={}), _AWKWARD_PERSON, parameters, invented) | words


def _approval_typical(
    approval: SampleApproval, every: dict[str, Any], activity: str, invented: Invented
) -> ContextApproval:
    done = activity in ("completed", "closed")
    acting = approval.acting(invented)
    stage = StageView(
        name=approval.stage,
        title=approval.stage,
        number=1,
        count=1,
        quorum=approval.quorum,
        given=approval.needed if done and approval.outcome == "approved" else 0,
        needed=approval.needed,
        approvers=approval.people(invented),
        openedAt=invented.now,
        expiresAt=approval.deadline(invented),
    )
    at, decided = approval.ended(invented), _decisions(approval, invented) if done else ()
    values = _typical(approval.fields)
    requester = replace(invented.person(0), timezone=every["timezone"], language=every["language"])
    reader = requester if activity in ("received", "completed") else acting[0]
    return ContextApproval(
        **every | {"now": at if done else every["now"], "recipient": reader, "recipients": (reader,)},
        request=replace(
            _request(approval, values, reader, every, invented),
            requester=requester,
            state=approval.outcome if done else "pending",
            completedAt=at if done else None,
        ),
        fields=Namespace(values),
        stage=stage,
        stages=(_outline(stage),),
        decisions=decided,
        decision=decided[-1] if decided else None,
        activity=activity,
    )


def _decisions(approval: SampleApproval, invented: Invented) -> tuple[DecisionView, ...]:
    """What brought the request to its end: enough people who agree, one who does not, or nobody's word."""
    acting = approval.acting(invented)
    words = {
        "approved": (acting[: approval.needed], "approve", "Checked and agreed."),
        "denied": (acting[:1], "deny", "Not before the audit is over."),
    }
    people, choice, comment = words.get(approval.outcome, ((), "", ""))
    at, stage = approval.ended(invented), approval.stage or "1"
    return tuple(
        DecisionView(person, choice, "" if number else comment, at, stage, person.via)
        for number, person in enumerate(people)
    )


def _approval_awkward(
    approval: SampleApproval, every: dict[str, Any], activity: str, invented: Invented
) -> ContextApproval:
    values = _awkward(approval.fields)
    stage = StageView(
        HOSTILE, HOSTILE, 1, 1, "all", 0, 1, (_AWKWARD_PERSON,), invented.now, approval.deadline(invented)
    )
    request = replace(
        _request(approval, values, _AWKWARD_PERSON, every, invented),
        subject=HOSTILE,
        reason=LONG,
        requester=_AWKWARD_PERSON,
        details=(),
        state="expired" if activity in ("completed", "closed") else "pending",
    )
    return ContextApproval(
        **every | {"recipient": _AWKWARD_PERSON, "recipients": (_AWKWARD_PERSON,)},
        request=request,
        fields=Namespace(values),
        stage=stage,
        stages=(),
        decisions=(),
        decision=None,
        activity=activity,
    )


def _request(
    approval: SampleApproval,
    values: Mapping[str, Value | None],
    reader: PersonView,
    every: Mapping[str, Any],
    invented: Invented,
) -> RequestView:
    zone = zone_of(every["timezone"])
    details = tuple(
        DetailView(name, declaration.title or name, text_of(values[name], zone))
        for name, declaration in approval.fields.items()
        if values[name] is not None
    )
    subject = approval.subject or ": ".join([str(approval.type), *[detail.text for detail in details[:1]]])
    identity = invented.id("req")
    return RequestView(
        id=identity,
        subject=subject,
        reason=_REASON,
        requester=invented.person(0),
        type=approval.type,
        process=approval.process,
        state="pending",
        createdAt=invented.now,
        expiresAt=approval.deadline(invented),
        commands=decision_commands(identity, reader.address, approval.comment, every["environment"]),
        details=details,
        digest=invented.digest,
    )


def _outline(stage: StageView) -> StageOutline:
    return StageOutline(
        stage.name,
        stage.title,
        stage.number,
        stage.count,
        stage.quorum,
        stage.given,
        stage.needed,
        stage.approvers,
        stage.openedAt,
        stage.expiresAt,
    )


def _typical(declared: Mapping[str, Declaration]) -> dict[str, Value | None]:
    return {name: _typical_value(name, declaration) for name, declaration in declared.items()}


def _typical_value(name: str, declaration: Declaration) -> Value:
    for value in (declaration.example, declaration.default, *declaration.enum[:1]):
        if value is not None:
            return value
    kind = declaration.type
    if kind is ValueType.STRING:
        return f"a {declaration.title or name}"[: declaration.max_length]
    bound = declaration.minimum if declaration.minimum is not None else declaration.maximum
    return bound if bound is not None else _TYPICAL[kind]


_TYPICAL: Mapping[ValueType, Value] = {
    ValueType.INTEGER: 3,
    ValueType.NUMBER: Decimal("12500.50"),
    ValueType.BOOLEAN: True,
    ValueType.DATE: date(2026, 3, 31),
    ValueType.DATETIME: datetime(2026, 3, 31, 16, tzinfo=UTC),
    ValueType.DURATION: Duration("8h", 8 * 3600),
    ValueType.EMAIL: "someone@example.com",
    ValueType.URL: "https://tickets.example.com/CHG-1042",
}


def _awkward(declared: Mapping[str, Declaration], length: int = len(LONG)) -> dict[str, Value | None]:
    return {name: _awkward_value(declaration, length) for name, declaration in declared.items()}


def _awkward_value(declaration: Declaration, length: int) -> Value | None:
    if is_nullable(declaration):
        return None
    if declaration.enum:
        return max(declaration.enum, key=lambda value: len(str(value)))
    if declaration.type is ValueType.STRING:
        return LONG[: min(length, declaration.max_length or length)]
    bound = declaration.maximum if declaration.maximum is not None else declaration.minimum
    return bound if bound is not None else _AWKWARD[declaration.type]


_AWKWARD: Mapping[ValueType, Value] = {
    ValueType.INTEGER: -(10**18),
    ValueType.NUMBER: Decimal("-123456789012345.678901"),
    ValueType.BOOLEAN: False,
    ValueType.DATE: date(1970, 1, 1),
    ValueType.DATETIME: datetime(2199, 12, 31, 23, 59, tzinfo=UTC),
    ValueType.DURATION: Duration("9999w", 9_999 * 604_800),
    ValueType.EMAIL: "a-very-long-local-part-with-many-words-in-it@sub.domain.example.org",
    ValueType.URL: "https://tickets.example.org/" + "path/" * 40 + "?q=%3Cb%3E&x=1",
}
