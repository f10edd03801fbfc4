"""Whether a message that is about to be sent still should be: what it is about is checked again."""

from __future__ import annotations

from reconciler.approvals.eligibility import eligible_people, member_for
from reconciler.kinds.protocol.world import World
from reconciler.model.approvals.request import RequestState
from reconciler.model.mail.message import About, Message
from reconciler.operations.workspace import Workspace


def unwanted(workspace: Workspace, message: Message, world: World) -> str:
    """Why the message must not be sent any more, in a few words; empty when it should be.

    A mail that asks an approver is unwanted once its request has ended, its stage has passed, or the person may no longer
    decide. Outcome mail and mail of tasks stay wanted.
    """
    about = message.about
    if about is None or about.slot != "start":
        return ""
    return _not_to_be_asked(workspace, about, world)


def _not_to_be_asked(workspace: Workspace, about: About, world: World) -> str:
    request = workspace.state.requests.get(about.request)
    if request is None:
        return f"request {about.request} is gone"
    if request.state is not RequestState.PENDING:
        return f"the request is {request.state}"
    if request.stage != about.stage:
        return "its stage has passed"
    people = eligible_people(request.rules, request.requester, world.people(request.current.approvers))
    if member_for(about.person, people) is None:
        return "this person may no longer decide"
    return ""
