"""Samples: two contexts of each kind, the same every time, that every template is rendered with before it is applied.

``typical`` reads like a real mail: declared titles and examples. ``awkward`` holds what breaks templates: every nullable
is null, lists are empty, texts are long, hold HTML and template syntax, run right to left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from reconciler.messages.contexts import (
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
    is_nullable,
    variables_of,
)
from reconciler.messages.decision_commands import decision_commands
from reconciler.messages.printing import text_of, zone_of
from reconciler.model.declaration import Declaration, Value, ValueType
from reconciler.model.duration import Duration
from reconciler.model.person import person_key

Samples = Mapping[str, Mapping[str, Any]]
"""``{"typical": variables, "awkward": variables}``."""

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
"""When samples happen: a Monday, half past eight in UTC."""
TYPICAL = "typical"
_REQUEST = "req_01J0000000SAMPLE0000000000"

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

    @property
    def acting(self) -> tuple[PersonView, ...]:
        """The approvers, those who act before others first."""
        rank = {key: number for number, key in enumerate(self.first)}
        people = self.approvers or (_READER, _SECOND)
        return tuple(sorted(people, key=lambda person: rank.get(person_key(person.address), len(rank))))

    @property
    def deadline(self) -> datetime:
        """Of a request that was made when samples happen."""
        return NOW + self.expire_after

    @property
    def ended(self) -> datetime:
        """When it was decided or taken back; one nobody decided ends at the deadline."""
        return self.deadline if self.outcome == "expired" else min(NOW + timedelta(hours=2, minutes=15), self.deadline)


@dataclass(frozen=True, slots=True)
class SampleProject:
    """What a sample knows of the project. ``timezone`` and ``language`` are its readers'."""

    view: ProjectView = field(default_factory=ProjectView)
    environment: str | None = None
    timezone: str = "UTC"
    language: str = "en"

    def typical(self) -> dict[str, Any]:
        """Of what every context has, what the project says; its typical reader is at home there."""
        reader = replace(_READER, timezone=self.timezone, language=self.language)
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
    started = NOW + timedelta(seconds=2)
    typical = ContextTask(
        **_every(task, _READER, _typical(parameters)) | project.typical(),
        run=RunView("run_01J0000000SAMPLE", NOW, started, by="operator"),
    )
    awkward = ContextTask(
        **_every_awkward(task, _awkward(parameters)) | project.awkward(),
        run=RunView("run_01J0000000SAMPLE", NOW, started, manual=False),
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
    """Samples of the context ``approval``; ``activity`` as in `reconciler.messages.contexts.ContextApproval`.

    With the activity ``completed`` the typical request has ended, and what led to that is there.
    """
    usual, odd = _every(task, _READER, _typical(parameters)), _every_awkward(task, _awkward(parameters))
    typical = _approval_typical(approval, usual | project.typical(), activity)
    awkward = _approval_awkward(approval, odd | project.awkward(), activity)
    return {"typical": variables_of(typical), "awkward": variables_of(awkward)}


def subject_samples(fields: Mapping[str, Declaration]) -> Samples:
    """Samples of what the subject of an approval type sees."""
    typical = ContextSubject(request=SubjectRequestView(_REQUESTER, _REASON), fields=Namespace(_typical(fields)))
    awkward = ContextSubject(
        request=SubjectRequestView(_AWKWARD_PERSON, ""), fields=Namespace(_awkward(fields, length=200))
    )
    return {"typical": variables_of(typical), "awkward": variables_of(awkward)}


_REASON = "Needed for the quarterly maintenance window on Saturday."
_REQUESTER = PersonView("requester@example.com", "Sample Requester")
_READER = PersonView("approver@example.com", "Sample Approver", via=("approvers",))
_SECOND = PersonView("second.approver@example.com", "Second Approver", via=("approvers",))
_AWKWARD_PERSON = PersonView(
    f"{'long-' * 11}address@{'sub.' * 30}example.org", HOSTILE, external=True, language="he", timezone="Asia/Kathmandu"
)


def _every(task: TaskView, reader: PersonView, parameters: Mapping[str, Value | None]) -> dict[str, Any]:
    return {
        "now": NOW + timedelta(seconds=3),
        "environment": None,
        "project": ProjectView(),
        "task": task,
        "recipient": reader,
        "recipients": (reader,),
        "language": reader.language,
        "timezone": reader.timezone,
        "parameters": Namespace(parameters),
    }


def _every_awkward(task: TaskView, parameters: Mapping[str, Value | None]) -> dict[str, Any]:
    words = {"recipient": None, "recipients": (), "language": "he", "timezone": "Asia/Kathmandu"}
    return _every(replace(task, labels={}), _AWKWARD_PERSON, parameters) | words


def _approval_typical(approval: SampleApproval, every: dict[str, Any], activity: str) -> ContextApproval:
    done = activity in ("completed", "closed")
    approvers, acting = approval.approvers or (_READER, _SECOND), approval.acting
    stage = StageView(
        name=approval.stage,
        title=approval.stage,
        number=1,
        count=1,
        quorum=approval.quorum,
        given=approval.needed if done and approval.outcome == "approved" else 0,
        needed=approval.needed,
        approvers=approvers,
        openedAt=NOW,
        expiresAt=approval.deadline,
    )
    at, decided = approval.ended, _decisions(approval) if done else ()
    values = _typical(approval.fields)
    requester = replace(_REQUESTER, timezone=every["timezone"], language=every["language"])
    reader = requester if activity in ("received", "completed") else acting[0]
    return ContextApproval(
        **every | {"now": at if done else every["now"], "recipient": reader, "recipients": (reader,)},
        request=replace(
            _request(approval, values, reader, every, done=at if done else None),
            requester=requester,
        ),
        fields=Namespace(values),
        stage=stage,
        stages=(_outline(stage),),
        decisions=decided,
        decision=decided[-1] if decided else None,
        activity=activity,
    )


def _decisions(approval: SampleApproval) -> tuple[DecisionView, ...]:
    """What brought the request to its end: enough people who agree, one who does not, or nobody's word."""
    words = {
        "approved": (approval.acting[: approval.needed], "approve", "Checked and agreed."),
        "denied": (approval.acting[:1], "deny", "Not before the audit is over."),
    }
    people, choice, comment = words.get(approval.outcome, ((), "", ""))
    at, stage = approval.ended, approval.stage or "1"
    return tuple(
        DecisionView(person, choice, "" if number else comment, at, stage, person.via)
        for number, person in enumerate(people)
    )


def _approval_awkward(approval: SampleApproval, every: dict[str, Any], activity: str) -> ContextApproval:
    values = _awkward(approval.fields)
    stage = StageView(HOSTILE, HOSTILE, 1, 1, "all", 0, 1, (_AWKWARD_PERSON,), NOW, approval.deadline)
    request = replace(
        _request(approval, values, _AWKWARD_PERSON, every, done=None),
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
    *,
    done: datetime | None,
) -> RequestView:
    zone = zone_of(every["timezone"])
    details = tuple(
        DetailView(name, declaration.title or name, text_of(values[name], zone))
        for name, declaration in approval.fields.items()
        if values[name] is not None
    )
    subject = approval.subject or ": ".join([str(approval.type), *[detail.text for detail in details[:1]]])
    return RequestView(
        id=_REQUEST,
        subject=subject,
        reason=_REASON,
        requester=_REQUESTER,
        type=approval.type,
        process=approval.process,
        state=approval.outcome if done else "pending",
        createdAt=NOW,
        expiresAt=approval.deadline,
        commands=decision_commands(_REQUEST, reader.address, approval.comment, every["environment"]),
        details=details,
        completedAt=done,
        digest="0" * 64,
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
