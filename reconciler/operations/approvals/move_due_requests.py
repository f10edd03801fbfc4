"""run: requests that have come due. Deadlines are kept and people who became approvers are asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from reconciler.approvals.mail_facts import START
from reconciler.approvals.transitions import Move, change_approvers, fall_due, settle_mails
from reconciler.model.approvals.request import Request, RequestState
from reconciler.model.condition import RunCounts
from reconciler.model.errors import Conflict
from reconciler.model.mail.message import Message
from reconciler.operations.approvals.move_request import collect_facts, store_move
from reconciler.operations.context.applied_state import AppliedState, read_applied
from reconciler.operations.context.workspace import Workspace

BATCH = 200
"""Requests looked at in one call."""


def move_due_requests(workspace: Workspace, *, limit: int = BATCH, notice: Callable[[str], None]) -> RunCounts:
    """Look at the requests that are due, earliest first; what happened to them, by event.

    Safe to call from any number of processes at once: a request another one moved meanwhile is left to it. ``notice``
    hears one line for each move.
    """
    counts: Counter[str] = Counter()
    due = workspace.state.requests.due(workspace.now(), limit)
    applied = read_applied(workspace) if due else None
    for request in due:
        assert applied is not None
        for move in _look_at(workspace, applied, request):
            counts[str(move.event)] += 1
            notice(f"{request.id} {move.event}: {request.subject}")
    return RunCounts(requests=dict(counts))


def settle_due(workspace: Workspace, id: str) -> None:
    """Look at one request now if it is due: what the runner would do, for a person who comes before it."""
    request = workspace.state.requests.get(id)
    if request is not None and _is_due(request, workspace.now()):
        _look_at(workspace, read_applied(workspace), request)


def _look_at(workspace: Workspace, applied: AppliedState, request: Request) -> list[Move]:
    """Every move the request is due for, stored; none of what another process did first."""
    now, facts, done = workspace.now(), collect_facts(workspace, request), list[Move]()
    try:
        while _is_due(request, now) and (move := fall_due(request, facts, now)):
            request = store_move(workspace, applied, move, now, facts)
            done.append(move)
        if request.state is RequestState.PENDING:
            change = change_approvers(request, applied.world.people(request.current.approvers), facts, now)
            if change.matters or _is_due(request, now):
                store_move(workspace, applied, change, now, facts)
                done.append(change)
    except Conflict:
        # Whoever moved it looked at it too, or it is still due and the next look finds it.
        pass
    return done


def _is_due(request: Request, now: datetime) -> bool:
    return request.due is not None and request.due <= now


def note_acceptance(workspace: Workspace, message: Message) -> None:
    """Called after an attempt at a message was settled: moves its request's deadline out at once where it has to.

    The first mail a server takes starts the clock; so does the failure of the last of them for good. Whatever is missed
    here, in a crash, is made good when the request falls due.
    """
    if message.about is None or message.about.slot != START:
        return
    request = workspace.state.requests.get(message.about.request)
    if request is None or request.state is not RequestState.PENDING or request.accepted:
        return
    move = settle_mails(request, collect_facts(workspace, request))
    if move is None:
        return
    try:
        store_move(workspace, read_applied(workspace), move, workspace.now())
    except Conflict:
        return  # the request moved meanwhile; its due time comes and finds the facts in the outbox
