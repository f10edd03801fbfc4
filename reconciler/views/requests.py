"""Requests as text and JSON: where one stands, who was asked, who said what, and what happens next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reconciler.model.approvals.person import Member
from reconciler.model.approvals.request import Choice, Decision, Request, RequestOverview, RequestState
from reconciler.views.plan.fields import value_text
from reconciler.views.writing.escape import visible, visible_lines
from reconciler.views.writing.json_text import FORMAT_VERSION, json_moment
from reconciler.views.writing.layout import RequestHints, Style, counted, elapsed, facts, minute, moment, table, wrapped

_COLOURS = {
    RequestState.PENDING: "yellow",
    RequestState.APPROVED: "green",
    RequestState.DENIED: "red",
    RequestState.EXPIRED: "red",
    RequestState.CANCELLED: "dim",
}
_HEADERS = ("REQUEST", "STATE", "REQUESTER", "DEADLINE (UTC)", "SUBJECT")

_ASKING = "start"
"""The slot of the mail that asks an approver."""


def requested_text(request: Request, *, hints: RequestHints, width: int = 100) -> str:
    """What a person is answered who makes a request."""
    lines = [f"{visible(request.id)}: {request.state}", *wrapped(visible(request.subject), width, "  ")]
    if request.state is RequestState.PENDING:
        lines.append(f"  Open until {moment(request.expires)}.")
    lines.append(f"  See where it stands: {hints.show} {visible(request.id)}")
    return "\n".join(lines)


def requested_json(request: Request) -> dict[str, Any]:
    """``{formatVersion, id, state, url, expiresAt}``; ``url`` is null, for there is no page yet."""
    return {
        "formatVersion": FORMAT_VERSION,
        "id": request.id,
        "state": str(request.state),
        "url": None,
        "expiresAt": json_moment(request.expires),
    }


def requests_text(requests: Sequence[Request], *, colour: bool = False, width: int = 100) -> str:
    """A line for each request, in the order given."""
    if not requests:
        return "No requests."
    rows = [
        (visible(r.id), r.state.value, visible(r.requester.address), minute(_deadline(r)), visible(r.subject))
        for r in requests
    ]
    return table(_HEADERS, rows, width, Style(colour), cut=(2, 4))


def requests_json(requests: Sequence[Request]) -> dict[str, Any]:
    """``{formatVersion, requests: [...]}``, each as in `request_json` without its stage's people."""
    return {"formatVersion": FORMAT_VERSION, "requests": [_request(request) for request in requests]}


def request_text(
    standing: RequestOverview, now: datetime, *, hints: RequestHints, colour: bool = False, width: int = 100
) -> str:
    """One request, whole: what is asked, the stage, its approvers and their mail, decisions, and the next step."""
    request, style = standing.request, Style(colour)
    state = style.mark(request.state, "bold", _COLOURS[request.state])
    lines = [f"{visible(request.id)}: {state}", *wrapped(visible(request.subject), width, "  ")]
    lines += ["", *facts(_list_facts(request), width, "  ")]
    if request.fields:
        pairs = [(visible(standing.titles.get(name) or name), _plain(v)) for name, v in request.fields.items()]
        lines += ["", "  Fields", *facts(pairs, width, "    ")]
    lines += ["", *wrapped(_stage(standing), width, "  ")]
    lines += [line for member in standing.approvers for line in _list_approver_lines(standing, member, width)]
    if request.decisions:
        lines += ["", "  Decisions", *(line for d in request.decisions for line in _list_decision_lines(d, width))]
    return "\n".join([*lines, "", *_list_next_lines(standing, now, width, hints)])


def _plain(value: Any) -> str:
    """A field's value beside its name, where nothing can be mistaken: text without quotes."""
    return visible(value) if isinstance(value, str) and value.strip() else value_text(value)


def request_json(standing: RequestOverview) -> dict[str, Any]:
    """``{formatVersion, id, state, ..., stage: {..., approvers}, decisions}``."""
    request, stage = standing.request, standing.request.current
    return {
        "formatVersion": FORMAT_VERSION,
        **_request(request),
        "stage": {
            "name": stage.name,
            "number": request.stage + 1,
            "count": len(request.stages),
            "quorum": stage.quorum,
            "given": standing.given,
            "needed": standing.needed,
            "openedAt": json_moment(request.opened),
            "approvers": [_approver_json(standing, member) for member in standing.approvers],
        },
        "decisions": [_decision_json(decision) for decision in request.decisions],
    }


def _list_facts(request: Request) -> list[tuple[str, str]]:
    submitted = f", submitted by {request.submitted_by}" if request.submitted_by else ""
    return [
        ("type", visible(request.type)),
        ("process", visible(request.process)),
        ("requester", visible(f"{request.requester}{submitted}")),
        *(("" if number else "reason", line) for number, line in enumerate(_list_paragraphs(request.reason))),
        ("created", moment(request.created)),
        ("deadline", moment(_deadline(request))),
        ("completed", moment(request.completed)),
    ]


def _list_paragraphs(text: str) -> list[str]:
    """The lines of the text that say something."""
    return [line for line in visible_lines(text) if line.strip()]


def _deadline(request: Request) -> datetime | None:
    return request.expires if request.state is RequestState.PENDING else None


def _stage(standing: RequestOverview) -> str:
    request, stage = standing.request, standing.request.current
    name = f" “{visible(stage.name)}”" if stage.name else ""
    number = f"{request.stage + 1} of {len(request.stages)}"
    if not standing.approvers:
        return f"Stage {number}{name}: nobody may decide."
    may = "may" if request.state is RequestState.PENDING else "might"
    return f"Stage {number}{name}: {standing.given} of {standing.needed} needed approvals; who {may} decide:"


def _list_approver_lines(standing: RequestOverview, member: Member, width: int) -> list[str]:
    groups = ", ".join(standing.groups.get(name, name) for name in member.via)
    via = f" (through {visible(groups)})" if groups else ""
    decision, mail = standing.decision(member), standing.mail(member)
    said = f"{_PAST[decision.choice]}" if decision else "no decision yet"
    reply = mail.fates[0].reply if mail and mail.fates else ""
    sent = f"mail {mail.state}" + (f": {visible(reply)}" if reply else "") if mail else "no mail"
    return wrapped(f"{visible(str(member.mailbox))}{via}: {said}; {sent}", width, "    ", "      ")


_PAST = {Choice.APPROVE: "approved", Choice.DENY: "denied"}


def _list_decision_lines(decision: Decision, width: int) -> list[str]:
    how = f" ({decision.identity}: {decision.operator})" if decision.operator else f" ({decision.identity})"
    head = f"{visible(str(decision.person))} {_PAST[decision.choice]}, {moment(decision.at)}{visible(how)}"
    lines = wrapped(head, width, "    ", "      ")
    for paragraph in visible_lines(decision.comment) if decision.comment else ():
        lines += wrapped(paragraph, width, "      | ")
    return lines


def _list_next_lines(standing: RequestOverview, now: datetime, width: int, hints: RequestHints) -> list[str]:
    request = standing.request
    if request.state is not RequestState.PENDING:
        return [f"  Closed: {request.state}. Nothing is left to do."]
    left = request.expires - now
    time = f"{elapsed(left)} left" if left.total_seconds() > 0 else "the deadline has passed; reconciler run closes it"
    if not standing.approvers:
        why = "Nobody may decide: add approvers to the process or its groups and apply, or cancel the request"
        return wrapped(f"{why} ({time}).", width, "  ")
    missing = max(0, standing.needed - standing.given)
    first = f"Next: {counted(missing, 'more approval')}, or one denial ({time})."
    return [
        *wrapped(first, width, "  "),
        *(f"    {_command(request, choice, hints)}" for choice in Choice),
        *_list_unreached_lines(standing, width),
    ]


def _list_unreached_lines(standing: RequestOverview, width: int) -> list[str]:
    who = ", ".join(visible(str(member.mailbox)) for member in standing.unreached())
    if not who:
        return []
    said = (
        f"Never reached, for the mail failed for good: {who}. Ask them another way, or correct the address and apply."
    )
    return wrapped(said, width, "  ")


def _command(request: Request, choice: Choice, hints: RequestHints) -> str:
    """What a person types to decide, with a comment where the rules ask for one."""
    asked = {"always": True, "on-deny": choice is Choice.DENY, "never": False}[request.rules.require_comment]
    return f"{hints.decide} {choice} {visible(request.id)} {hints.person}{hints.comment if asked else ''}"


def _request(request: Request) -> dict[str, Any]:
    return {
        "id": request.id,
        "state": str(request.state),
        "type": request.type,
        "process": request.process,
        "subject": request.subject,
        "requester": {"name": request.requester.name, "address": request.requester.address},
        "submittedBy": request.submitted_by or None,
        "reason": request.reason,
        "fields": dict(request.fields),
        "url": None,
        "createdAt": json_moment(request.created),
        "expiresAt": json_moment(request.expires),
        "completedAt": json_moment(request.completed),
        "revision": request.revision,
    }


def _approver_json(standing: RequestOverview, member: Member) -> dict[str, Any]:
    decision, mail = standing.decision(member), standing.mail(member)
    reply = mail.fates[0].reply if mail and mail.fates else ""
    return {
        "name": member.mailbox.name,
        "address": member.mailbox.address,
        "via": list(member.via),
        "choice": str(decision.choice) if decision else None,
        "mail": {"id": mail.id, "state": str(mail.state), "reply": reply} if mail else None,
    }


def _decision_json(decision: Decision) -> dict[str, Any]:
    return {
        "person": {"name": decision.person.name, "address": decision.person.address},
        "choice": str(decision.choice),
        "comment": decision.comment,
        "at": json_moment(decision.at),
        "stage": decision.stage + 1,
        "via": list(decision.via),
        "identity": decision.identity,
        "operator": decision.operator or None,
    }
