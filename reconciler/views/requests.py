"""Requests as text and JSON: where one stands, who was asked, who said what, and what happens next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from reconciler.model.approvals.person import Member
from reconciler.model.approvals.request import Choice, Decision, Request, RequestOverview, RequestState
from reconciler.model.mail.message import MessageState
from reconciler.model.wording import Act, Do, Sentence
from reconciler.views.plan.fields import describe_value
from reconciler.views.writing.escape import visible, visible_lines
from reconciler.views.writing.json_text import (
    POSITION,
    QUORUM,
    TEXT_OR_NULL,
    Key,
    document,
    itself,
    list_of,
    or_null,
    shape,
    taken_from,
)
from reconciler.views.writing.layout import PLAIN, Page, counted, elapsed, facts, minute, moment, table, wrapped

_COLOURS = {
    RequestState.PENDING: "yellow",
    RequestState.APPROVED: "green",
    RequestState.DENIED: "red",
    RequestState.EXPIRED: "red",
    RequestState.CANCELLED: "dim",
}
_HEADERS = ("REQUEST", "STATE", "REQUESTER", "DEADLINE (UTC)", "SUBJECT")

_UNREACHED = "Never reached, for the mail failed for good: {}. Ask them another way, or correct the address and apply."


def describe_made_request(request: Request, page: Page = PLAIN) -> str:
    """What a person is answered who makes a request."""
    lines = [f"{visible(request.id)}: {request.state}", *wrapped(visible(request.subject), page.width, "  ")]
    if request.state is RequestState.PENDING:
        lines.append(f"  Open until {moment(request.expires)}.")
    lines.append(f"  See where it stands: {page.say(Sentence(Do(Act.SHOW_REQUEST, visible(request.id))))}")
    return "\n".join(lines)


def describe_requests(requests: Sequence[Request], page: Page = PLAIN) -> str:
    """A line for each request, in the order given."""
    if not requests:
        return "No requests."
    rows = [
        (visible(r.id), r.state.value, visible(r.requester.address), minute(_deadline(r)), visible(r.subject))
        for r in requests
    ]
    return table(_HEADERS, rows, page, cut=(2, 4))


def describe_request(standing: RequestOverview, now: datetime, page: Page = PLAIN) -> str:
    """One request, whole: what is asked, the stage, its approvers and their mail, decisions, and the next step."""
    request = standing.request
    state = page.mark(request.state, "bold", _COLOURS[request.state])
    lines = [f"{visible(request.id)}: {state}", *wrapped(visible(request.subject), page.width, "  ")]
    lines += ["", *facts(_list_facts(request), page.width, "  ")]
    if request.fields:
        pairs = [(visible(standing.titles.get(name) or name), _plain(v)) for name, v in request.fields.items()]
        lines += ["", "  Fields", *facts(pairs, page.width, "    ")]
    lines += ["", *wrapped(_stage(standing), page.width, "  ")]
    lines += [line for member in standing.approvers for line in _list_approver_lines(standing, member, page)]
    if request.decisions:
        lines += ["", "  Decisions", *(line for d in request.decisions for line in _list_decision_lines(d, page))]
    return "\n".join([*lines, "", *_list_next_lines(standing, now, page)])


def _plain(value: Any) -> str:
    """A field's value beside its name, where nothing can be mistaken: text without quotes."""
    return visible(value) if isinstance(value, str) and value.strip() else describe_value(value)


_URL = Key("url", str | None, "Null, for there is no page yet.", take=lambda _: None)

REQUESTED = document(
    "A request that was made",
    Key("id", str),
    Key("state", RequestState),
    _URL,
    Key("expiresAt", datetime, take="expires"),
)
"""Of a `Request`."""

_PERSON = shape(Key("name", str), Key("address", str))

_REQUEST = (
    Key("id", str),
    Key("state", RequestState),
    Key("type", str, "Name of an ApprovalType."),
    Key("process", str, "Name of an ApprovalProcess."),
    Key("subject", str),
    Key("requester", _PERSON),
    Key("submittedBy", TEXT_OR_NULL),
    Key("reason", str),
    Key("fields", dict),
    _URL,
    Key("createdAt", datetime, take="created"),
    Key("expiresAt", datetime, take="expires"),
    Key("completedAt", datetime | None, take="completed"),
    Key("revision", int, "Grows by one with every move."),
)

_MAIL = shape(
    Key("id", str),
    Key("state", MessageState),
    Key("reply", str, take=lambda mail: mail.fates[0].reply if mail.fates else ""),
)

_APPROVER = shape(
    *taken_from(
        itemgetter(1),
        Key("name", str, take="mailbox.name"),
        Key("address", str, take="mailbox.address"),
        Key("via", list[str], "Groups."),
    ),
    Key("choice", Choice | None, take=lambda pair: (said := pair[0].decision(pair[1])) and said.choice),
    Key("mail", or_null(_MAIL), "What asked them last.", take=lambda pair: pair[0].mail(pair[1])),
)
"""Of a `RequestOverview` and one of its approvers."""

_STAGE = shape(
    Key("name", str, take="request.current.name"),
    Key("number", POSITION, take=lambda standing: standing.request.stage + 1),
    Key("count", POSITION, take=lambda standing: len(standing.request.stages)),
    Key("quorum", QUORUM, take="request.current.quorum"),
    Key("given", int, "Approvals."),
    Key("needed", int),
    Key("openedAt", datetime, take="request.opened"),
    Key("approvers", list_of(_APPROVER), take=lambda standing: [(standing, each) for each in standing.approvers]),
    description="The one that is open, or was open last.",
)

_DECISION = shape(
    Key("person", _PERSON),
    Key("choice", Choice),
    Key("comment", str),
    Key("at", datetime),
    Key("stage", POSITION, take=lambda decision: decision.stage + 1),
    Key("via", list[str]),
    Key("identity", str, "How it is known who it was."),
    Key("operator", TEXT_OR_NULL, "OS user and host."),
)

REQUESTS = document("Requests", Key("requests", list_of(shape(*_REQUEST))))

REQUEST = document(
    "A request and where it stands",
    *taken_from("request", *_REQUEST),
    Key("stage", _STAGE, take=itself),
    Key("decisions", list_of(_DECISION), take="request.decisions"),
)
"""Of a `RequestOverview`."""


def _list_facts(request: Request) -> list[tuple[str, str]]:
    submitted = f", submitted by {request.submitted_by}" if request.submitted_by else ""
    return [
        ("type", visible(request.type)),
        ("process", visible(request.process)),
        ("requester", visible(f"{request.requester}{submitted}")),
        *(
            ("" if number else "reason", line)
            for number, line in enumerate(filter(str.strip, visible_lines(request.reason)))
        ),
        ("created", moment(request.created)),
        ("deadline", moment(_deadline(request))),
        ("completed", moment(request.completed)),
    ]


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


def _list_approver_lines(standing: RequestOverview, member: Member, page: Page) -> list[str]:
    groups = ", ".join(standing.groups.get(name, name) for name in member.via)
    via = f" (through {visible(groups)})" if groups else ""
    decision, mail = standing.decision(member), standing.mail(member)
    said = f"{_PAST[decision.choice]}" if decision else "no decision yet"
    reply = mail.fates[0].reply if mail and mail.fates else ""
    sent = f"mail {mail.state}" + (f": {visible(reply)}" if reply else "") if mail else "no mail"
    return wrapped(f"{visible(str(member.mailbox))}{via}: {said}; {sent}", page.width, "    ", "      ")


_PAST = {Choice.APPROVE: "approved", Choice.DENY: "denied"}


def _list_decision_lines(decision: Decision, page: Page) -> list[str]:
    how = f" ({decision.identity}: {decision.operator})" if decision.operator else f" ({decision.identity})"
    head = f"{visible(str(decision.person))} {_PAST[decision.choice]}, {moment(decision.at)}{visible(how)}"
    lines = wrapped(head, page.width, "    ", "      ")
    for paragraph in visible_lines(decision.comment) if decision.comment else ():
        lines += wrapped(paragraph, page.width, "      | ")
    return lines


def _list_next_lines(standing: RequestOverview, now: datetime, page: Page) -> list[str]:
    request = standing.request
    if request.state is not RequestState.PENDING:
        return [f"  Closed: {request.state}. Nothing is left to do."]
    left = request.expires - now
    time = f"{elapsed(left)} left" if left.total_seconds() > 0 else "the deadline has passed; reconciler run closes it"
    if not standing.approvers:
        why = "Nobody may decide: add approvers to the process or its groups and apply, or cancel the request"
        return wrapped(f"{why} ({time}).", page.width, "  ")
    missing = max(0, standing.needed - standing.given)
    who = ", ".join(visible(str(member.mailbox)) for member in standing.unreached())
    first = f"Next: {counted(missing, 'more approval')}, or one denial ({time})."
    return [
        *wrapped(first, page.width, "  "),
        *(f"    {page.say(_command(request, choice))}" for choice in Choice),
        *(wrapped(_UNREACHED.format(who), page.width, "  ") if who else ()),
    ]


def _command(request: Request, choice: Choice) -> Sentence:
    """What a person types to decide, with a comment where the rules ask for one."""
    asked = {"always": True, "on-deny": choice is Choice.DENY, "never": False}[request.rules.require_comment]
    act = Act.APPROVE if choice is Choice.APPROVE else Act.DENY
    return Sentence(Do(act, visible(request.id), {"as": "ADDRESS", **({"comment": "TEXT"} if asked else {})}))
