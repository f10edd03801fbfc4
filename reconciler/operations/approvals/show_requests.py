"""approvals list|show: where requests stand."""

from __future__ import annotations

from reconciler.approvals.eligibility import eligible_people
from reconciler.approvals.quorum import tally
from reconciler.model.approvals.request import Request, RequestOverview, RequestState
from reconciler.operations.approvals.move_request import messages_about, stored_request
from reconciler.operations.context.applied_state import read_applied
from reconciler.operations.context.workspace import Workspace


def find_requests(
    workspace: Workspace, state: RequestState | None = None, limit: int = 100, before: str | None = None
) -> list[Request]:
    """Requests in the state (all where none is given), newest first."""
    return workspace.state.requests.find(state, limit=limit, before=before)


def show_request(workspace: Workspace, id: str) -> RequestOverview:
    """One request with who may decide it now and every message about it. Changes nothing. Raises `NotFound`."""
    request = stored_request(workspace, id)
    world = read_applied(workspace).world
    people = world.people(request.current.approvers)
    approvers = eligible_people(request.rules, request.requester, people)
    count = tally(request, approvers)
    kind = world.spec("ApprovalType", request.type)
    titles = {name: declaration.title for name, declaration in kind.fields.items()} if kind else {}
    names = sorted({name for member in approvers for name in member.via})
    groups = dict(zip(names, world.titles("Group", names), strict=True))
    return RequestOverview(request, approvers, messages_about(workspace, id), count.given, count.needed, titles, groups)
