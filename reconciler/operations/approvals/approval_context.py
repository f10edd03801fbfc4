"""What the templates of an approval see: a request, its type, its people, as one reader is shown them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from reconciler.approvals.eligibility import eligible_people
from reconciler.approvals.quorum import tally
from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.group.spec import GroupSpec
from reconciler.messages.contexts.values import (
    CommandsView,
    ContextApproval,
    DecisionView,
    DetailView,
    NamedView,
    Namespace,
    PersonView,
    ProcessView,
    RequestView,
    StageOutline,
    StageView,
    TaskView,
    decision_commands,
    variables_of,
)
from reconciler.messages.language.printing import text_of, zone_of
from reconciler.model.approvals.person import Member
from reconciler.model.approvals.request import Decision, Request, Rules
from reconciler.model.canonical import digest
from reconciler.model.configuration.declaration import Declaration, Value, read_value
from reconciler.model.mail.mailbox import Mailbox
from reconciler.operations.context.applied_state import AppliedState


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads, and what for. ``activity``: start or completed; ``round``: how often this person was mailed, from 1."""

    recipient: Member
    activity: str
    now: datetime
    round: int = 1


@dataclass(frozen=True, slots=True)
class ApprovalViews:
    """What every reader of a request is shown alike. ``fields``: as in `field_values`. ``request``: without commands."""

    applied: AppliedState
    request: RequestView
    rules: Rules
    fields: Mapping[str, Value | None]
    stage: StageView
    decisions: tuple[DecisionView, ...]


def approval_views(applied: AppliedState, request: Request) -> ApprovalViews:
    """The request as templates see it, made once for all its mail."""
    kind = applied.world.get(ApprovalTypeSpec, request.type)
    declared: Mapping[str, Declaration] = kind.spec.fields if kind else {}
    zone = zone_of(applied.settings.timezone)
    return ApprovalViews(
        applied=applied,
        request=_request_view(applied, request, _details(declared, request.fields, zone)),
        rules=request.rules,
        fields=field_values(declared, request.fields),
        stage=_stage_view(applied, request),
        decisions=tuple(_decision_view(applied, request, decision) for decision in request.decisions),
    )


def approval_context(
    views: ApprovalViews, reading: Reading, parameters: Mapping[str, Declaration], task: TaskView
) -> dict[str, Any]:
    """The variables of one mail. A parameter has its default: nothing else can set it in an approval."""
    reader = person_view(views.applied, reading.recipient)
    environment = views.applied.settings.environment
    commands = decision_commands(views.request.id, reader.address, views.rules.require_comment, environment)
    context = ContextApproval(
        now=reading.now,
        environment=environment,
        project=views.applied.project,
        task=task,
        recipient=reader,
        recipients=(reader,),
        language=reader.language,
        timezone=reader.timezone,
        parameters=Namespace({name: declaration.default for name, declaration in parameters.items()}),
        request=replace(views.request, commands=commands),
        fields=Namespace(views.fields),
        stage=views.stage,
        stages=(_outline(views.stage),),
        decisions=views.decisions,
        decision=views.decisions[-1] if views.decisions else None,
        activity=reading.activity,
        round=reading.round,
    )
    return variables_of(context)


def person_view(applied: AppliedState, person: Member | Mailbox) -> PersonView:
    """The person as templates see them."""
    member = person if isinstance(person, Member) else Member(person)
    mailbox = member.mailbox
    words = {"language": applied.settings.language, "timezone": applied.settings.timezone}
    via = applied.world.titles(GroupSpec, member.via)
    return PersonView(mailbox.address, mailbox.name, applied.is_external(mailbox), via=via, **words)


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


def _details(declared: Mapping[str, Declaration], stored: Mapping[str, Any], zone: tzinfo) -> tuple[DetailView, ...]:
    """Every stored field, the declared ones first and in their order, ready to print."""
    values = field_values(declared, stored)
    names = [*(name for name in declared if name in stored), *(name for name in stored if name not in declared)]
    return tuple(
        DetailView(
            name,
            (declared[name].title if name in declared else "") or name,
            text_of(stored[name] if values.get(name) is None else values[name], zone),
        )
        for name in names
    )


def _request_view(applied: AppliedState, request: Request, details: tuple[DetailView, ...]) -> RequestView:
    kind = applied.world.get(ApprovalTypeSpec, request.type)
    process = applied.world.get(ApprovalProcessSpec, request.process)
    return RequestView(
        id=request.id,
        subject=request.subject,
        reason=request.reason,
        requester=person_view(applied, request.requester),
        type=NamedView(request.type, kind.title if kind else request.type, kind.metadata.description if kind else ""),
        process=ProcessView(request.process, process.title if process else request.process),
        state=str(request.state),
        createdAt=request.created,
        expiresAt=request.expires,
        commands=CommandsView("", ""),
        details=details,
        submittedBy=request.submitted_by or None,
        completedAt=request.completed,
        digest=content_digest(request),
        revision=request.revision,
    )


def _stage_view(applied: AppliedState, request: Request) -> StageView:
    stage = request.current
    eligible = eligible_people(request.rules, request.requester, applied.world.people(stage.approvers))
    count = tally(request, eligible)
    return StageView(
        name=stage.name,
        title=stage.name,
        number=request.stage + 1,
        count=len(request.stages),
        quorum=str(stage.quorum),
        given=count.given,
        needed=count.needed,
        approvers=tuple(person_view(applied, member) for member in eligible),
        openedAt=request.opened,
        expiresAt=request.expires,
    )


def _outline(stage: StageView) -> StageOutline:
    return StageOutline(
        name=stage.name,
        title=stage.title,
        number=stage.number,
        count=stage.count,
        quorum=stage.quorum,
        given=stage.given,
        needed=stage.needed,
        approvers=stage.approvers,
        openedAt=stage.openedAt,
        expiresAt=stage.expiresAt,
    )


def _decision_view(applied: AppliedState, request: Request, decision: Decision) -> DecisionView:
    stage = request.stages[decision.stage]
    return DecisionView(
        person=person_view(applied, Member(decision.person, decision.via)),
        choice=str(decision.choice),
        comment=decision.comment,
        at=decision.at,
        stage=stage.name or str(decision.stage + 1),
        via=applied.world.titles(GroupSpec, decision.via),
        identity=decision.identity,
    )
