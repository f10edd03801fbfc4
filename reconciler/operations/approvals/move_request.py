"""Carrying out a move of a request: its mail is written, then everything is stored in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from reconciler.approvals.eligibility import list_eligible_people
from reconciler.approvals.mail_facts import MailFacts, mail_facts
from reconciler.approvals.quorum import count_approvals
from reconciler.approvals.transitions import Move, RequestEvent
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.group.spec import GroupSpec
from reconciler.model.approvals.request import Request, RequestOverview, RequestState
from reconciler.model.canonical import hash_bytes
from reconciler.model.errors import Conflict, NotFound
from reconciler.model.journal import Entry, format_timestamp
from reconciler.model.mail.message import Message
from reconciler.model.wording import Act, Do, Sentence
from reconciler.operations.approvals.approval_mail import ApprovalMail, approval_mail
from reconciler.operations.configuration.ledger import pin_request
from reconciler.operations.context.applied_state import AppliedState, read_applied
from reconciler.operations.context.workspace import Workspace

ATTEMPTS = 8
"""How often a move is worked out anew when somebody else's came first."""

_PAGE = 500


def read_request(workspace: Workspace, id: str) -> Request:
    """The request. Raises `NotFound`."""
    request = workspace.state.requests.get(id)
    if request is None:
        raise NotFound("Unknown request", f"There is no request “{id}”.", Sentence("See: ", Do(Act.LIST_REQUESTS)))
    return request


def list_messages_about(workspace: Workspace, request: str) -> list[Message]:
    """Every message about the request, newest first."""
    found: list[Message] = []
    before = None
    while page := workspace.state.outbox.find(request=request, limit=_PAGE, before=before):
        found += page
        before = page[-1].id
        if len(page) < _PAGE:
            break
    return found


def collect_facts(workspace: Workspace, request: Request) -> MailFacts:
    """What the outbox tells about the first mails of the request's stage."""
    return mail_facts(list_messages_about(workspace, request.id), request.stage)


def move_stored(workspace: Workspace, id: str, move: Callable[[Request, AppliedState, datetime], Move]) -> Request:
    """Work out a move of the stored request and store it; again from the start when another move came first.

    Returns the request as it is afterwards. Raises `NotFound`, whatever ``move`` raises, and `Conflict` when the request
    does not come to rest.
    """
    for attempt in range(ATTEMPTS):
        request, applied, now = read_request(workspace, id), read_applied(workspace), workspace.now()
        step = move(request, applied, now)
        try:
            return store_move(workspace, applied, step, now)
        except Conflict:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("the loop returns or raises; this is a bug in reconciler")


def store_move(
    workspace: Workspace, applied: AppliedState, move: Move, now: datetime, facts: MailFacts | None = None
) -> Request:
    """Write the move's mail and store both. Raises `Conflict` when the request has moved since it was read."""
    mail = approval_mail(workspace, applied, move, now, facts)
    entry = move_entry(workspace, move, mail, now)
    workspace.state.requests.move(move.request, mail.messages, entry, cancel=move.cancel, persons=move.persons)
    return move.request


def move_entry(workspace: Workspace, move: Move, mail: ApprovalMail, now: datetime) -> Entry:
    """What the journal says of a move."""
    request = move.request
    data: dict[str, Any] = {
        "type": request.type,
        "requester": request.requester.address,
        "state": str(request.state),
        "revision": request.revision,
        "expires": format_timestamp(request.expires),
        "operator": workspace.caller.operator,
        "messages": [
            {"id": m.id, "task": m.task, "to": [fate.address for fate in m.fates], "bytes": hash_bytes(m.data)}
            for m in mail.messages
        ],
    }
    if move.event is RequestEvent.REQUESTED:
        data |= pin_request(request)
    if move.persons:
        data["persons"] = list(move.persons)
    if mail.faults:
        data["faults"] = list(mail.faults)
    if move.decision:
        word = move.decision
        data["decision"] = {"person": word.person.address, "choice": str(word.choice), "comment": word.comment}
        data["decision"] |= {"identity": word.identity, "via": list(word.via)}
    return Entry(f"approval.{move.event}", request.id, workspace.caller.actor, now, data)


def find_requests(
    workspace: Workspace, state: RequestState | None = None, limit: int = 100, before: str | None = None
) -> list[Request]:
    """Requests in the state (all where none is given), newest first."""
    return workspace.state.requests.find(state, limit=limit, before=before)


def show_request(workspace: Workspace, id: str) -> RequestOverview:
    """One request with who may decide it now and every message about it. Changes nothing. Raises `NotFound`."""
    request = read_request(workspace, id)
    world = read_applied(workspace).world
    people = world.people(request.current.approvers)
    approvers = list_eligible_people(request.rules, request.requester, people)
    count = count_approvals(request, approvers)
    kind = world.spec(ApprovalTypeSpec, request.type)
    titles = {name: declaration.title for name, declaration in kind.fields.items()} if kind else {}
    names = sorted({name for member in approvers for name in member.via})
    groups = dict(zip(names, world.titles(GroupSpec, names), strict=True))
    return RequestOverview(
        request, approvers, list_messages_about(workspace, id), count.given, count.needed, titles, groups
    )
