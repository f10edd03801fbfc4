"""approvals cancel: take a request back."""

from __future__ import annotations

from reconciler.approvals.transitions import cancelled
from reconciler.model.approvals.request import Request
from reconciler.operations.move_due_requests import settle_due
from reconciler.operations.move_request import move_stored
from reconciler.operations.workspace import Workspace


def cancel_request(workspace: Workspace, id: str) -> Request:
    """The request, cancelled; its requester is told. Raises `NotFound`, and `Refused` when it is finished already."""
    settle_due(workspace, id)
    return move_stored(workspace, id, lambda request, _, now: cancelled(request, now))
