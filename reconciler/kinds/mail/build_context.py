"""What the templates of a mail see: built here and nowhere else, for what is real and for samples of it alike.

Plain data in, variables out, so that a process without resources can do it: `reconciler.kinds.mail.words` gathers what
resources say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from reconciler.approvals.eligibility import list_eligible_people
from reconciler.approvals.quorum import count_approvals
from reconciler.messages.contexts.values import (
    CommandsView,
    ContextApproval,
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
    TaskView,
    decision_commands,
    variables_of,
)
from reconciler.messages.language.printing import find_zone, format_value
from reconciler.model.approvals.person import Member
from reconciler.model.approvals.request import Decision, Request
from reconciler.model.canonical import digest
from reconciler.model.configuration.declaration import Declaration, Value, read_value
from reconciler.model.mail.mailbox import Mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a project says of itself. ``language`` and ``timezone`` are its readers'; who is outside ``domains`` is external.

    ``groups``: titles of the groups people come through, by name; one that is not here is called by its name.
    """

    project: ProjectView = field(default_factory=ProjectView)
    environment: str | None = None
    language: str = "en"
    timezone: str = "UTC"
    domains: frozenset[str] = frozenset()
    groups: Mapping[str, str] = field(default_factory=dict)

    def titles(self, groups: Iterable[str]) -> tuple[str, ...]:
        """What people call the groups."""
        return tuple(self.groups.get(name, name) for name in groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSurroundings(Surroundings):
    """What resources say besides of a request. ``fields``: as its type declares them; ``approvers``: its stage's, groups
    expanded."""

    type: NamedView
    process: ProcessView
    fields: Mapping[str, Declaration] = field(default_factory=dict)
    approvers: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One mail: who reads it when, in whose words. ``activity``: start or completed; ``round``: how often this person was
    mailed, from 1. A parameter has its default: nothing else can set it in an approval."""

    recipient: Member
    activity: str
    now: datetime
    task: TaskView
    parameters: Mapping[str, Declaration]
    round: int = 1


@dataclass(frozen=True, slots=True)
class ShownRequest:
    """What every reader of a request is shown alike. ``request``: without commands, which are each reader's own."""

    around: RequestSurroundings
    source: Request
    request: RequestView
    fields: Namespace
    stage: StageView
    decisions: tuple[DecisionView, ...]


def show_request(request: Request, around: RequestSurroundings) -> ShownRequest:
    """The request as templates see it, made once for all its mail."""
    return ShownRequest(
        around,
        request,
        _view_request(request, around),
        Namespace(field_values(around.fields, request.fields)),
        _view_stage(request, around),
        tuple(_view_decision(request, decision, around) for decision in request.decisions),
    )


def build_context(shown: ShownRequest, reading: Reading) -> dict[str, Any]:
    """The variables of one mail about a request."""
    around, source = shown.around, shown.source
    reader = view_person(reading.recipient, around)
    commands = decision_commands(source.id, reader.address, source.rules.require_comment, around.environment)
    context = ContextApproval(
        now=reading.now,
        environment=around.environment,
        project=around.project,
        task=reading.task,
        recipient=reader,
        recipients=(reader,),
        language=reader.language,
        timezone=reader.timezone,
        parameters=Namespace({name: declaration.default for name, declaration in reading.parameters.items()}),
        request=replace(shown.request, commands=commands),
        fields=shown.fields,
        stage=shown.stage,
        stages=(_outline(shown.stage),),
        decisions=shown.decisions,
        decision=shown.decisions[-1] if shown.decisions else None,
        activity=reading.activity,
        round=reading.round,
    )
    return variables_of(context)


def build_task_context(
    task: TaskView,
    parameters: Mapping[str, Value | None],
    people: Sequence[Member],
    run: RunView,
    around: Surroundings,
) -> dict[str, Any]:
    """The variables of one run of a task, which writes to these people."""
    readers = tuple(view_person(member, around) for member in people)
    context = ContextTask(
        now=run.startedAt,
        environment=around.environment,
        project=around.project,
        task=task,
        recipient=readers[0] if len(readers) == 1 else None,
        recipients=readers,
        language=around.language,
        timezone=around.timezone,
        parameters=Namespace(parameters),
        run=run,
    )
    return variables_of(context)


def run_by_hand(id: str, now: datetime, by: str) -> RunView:
    """A run that somebody starts now."""
    return RunView(id, now, now, manual=True, by=by)


def view_person(person: Member | Mailbox, around: Surroundings) -> PersonView:
    """The person as templates see them."""
    mailbox, via = (person.mailbox, person.via) if isinstance(person, Member) else (person, ())
    external = mailbox.domain not in around.domains
    return PersonView(mailbox.address, mailbox.name, external, around.language, around.timezone, around.titles(via))


def field_values(declared: Mapping[str, Declaration], stored: Mapping[str, Any]) -> dict[str, Value | None]:
    """The stored fields as values of their declared types, None where one was left out.

    A declaration may have changed since the request was made: a value that no longer fits it is None, and one that is no
    longer declared is left out.
    """
    return {name: _value(declaration, stored.get(name)) for name, declaration in declared.items()}


def content_digest(request: Request) -> str:
    """Fingerprint of what an approver is asked to agree to; the course of the request stands outside."""
    return digest(
        {
            "id": request.id,
            "type": request.type,
            "process": request.process,
            "subject": request.subject,
            "requester": request.requester.address,
            "reason": request.reason,
            "fields": request.fields,
        }
    )


def _value(declaration: Declaration, stored: Any) -> Value | None:
    if stored is None:
        return None
    try:
        return read_value(declaration.type, stored)
    except ValueError:
        return None


def _view_details(request: Request, around: RequestSurroundings) -> tuple[DetailView, ...]:
    """Every stored field, the declared ones first and in their order, ready to print."""
    declared, stored = around.fields, request.fields
    values, zone = field_values(declared, stored), find_zone(around.timezone)
    names = [*(name for name in declared if name in stored), *(name for name in stored if name not in declared)]
    return tuple(
        DetailView(
            name,
            (declared[name].title if name in declared else "") or name,
            format_value(stored[name] if values.get(name) is None else values[name], zone),
        )
        for name in names
    )


def _view_request(request: Request, around: RequestSurroundings) -> RequestView:
    return RequestView(
        id=request.id,
        subject=request.subject,
        reason=request.reason,
        requester=view_person(request.requester, around),
        type=around.type,
        process=around.process,
        state=str(request.state),
        createdAt=request.created,
        expiresAt=request.expires,
        commands=CommandsView("", ""),
        details=_view_details(request, around),
        submittedBy=request.submitted_by or None,
        completedAt=request.completed,
        digest=content_digest(request),
        revision=request.revision,
    )


def _view_stage(request: Request, around: RequestSurroundings) -> StageView:
    stage = request.current
    eligible = list_eligible_people(request.rules, request.requester, around.approvers)
    count = count_approvals(request, eligible)
    return StageView(
        name=stage.name,
        title=stage.name,
        number=request.stage + 1,
        count=len(request.stages),
        quorum=str(stage.quorum),
        given=count.given,
        needed=count.needed,
        approvers=tuple(view_person(member, around) for member in eligible),
        openedAt=request.opened,
        expiresAt=request.expires,
    )


def _outline(stage: StageView) -> StageOutline:
    return StageOutline(**{each.name: getattr(stage, each.name) for each in fields(stage)})


def _view_decision(request: Request, decision: Decision, around: RequestSurroundings) -> DecisionView:
    stage = request.stages[decision.stage]
    return DecisionView(
        person=view_person(Member(decision.person, decision.via), around),
        choice=str(decision.choice),
        comment=decision.comment,
        at=decision.at,
        stage=stage.name or str(decision.stage + 1),
        via=around.titles(decision.via),
        identity=decision.identity,
    )
