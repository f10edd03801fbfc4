"""What the delivery of a request's mail means for the request."""

from __future__ import annotations

from reconciler.approvals.mail_facts import START
from reconciler.approvals.transitions import mails_settled
from reconciler.model.approvals.request import RequestState
from reconciler.model.errors import Conflict
from reconciler.model.mail.message import Message
from reconciler.operations.approvals.move_request import facts_of, store_move
from reconciler.operations.context.applied_state import read_applied
from reconciler.operations.context.workspace import Workspace


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
    move = mails_settled(request, facts_of(workspace, request))
    if move is None:
        return
    try:
        store_move(workspace, read_applied(workspace), move, workspace.now())
    except Conflict:
        return  # the request moved meanwhile; its due time comes and finds the facts in the outbox
