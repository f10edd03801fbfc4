"""deliveries: what became of messages."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.errors import NotFound
from reconciler.model.mail.message import Attempt, Message, MessageState
from reconciler.model.wording import Act, Do, Sentence
from reconciler.operations.context.workspace import Workspace


def find_deliveries(
    workspace: Workspace, states: Sequence[MessageState], request: str | None, limit: int
) -> list[Message]:
    """Messages in any of the states (all where none is given), newest first."""
    return workspace.state.outbox.find(states, request=request, limit=limit)


def read_delivery(workspace: Workspace, id: str) -> tuple[Message, list[Attempt]]:
    """One message and its attempts, oldest first. Raises `NotFound`."""
    message = workspace.state.outbox.get(id)
    if message is None:
        raise NotFound("Unknown message", f"There is no message “{id}”.", Sentence("See: ", Do(Act.LIST_DELIVERIES)))
    return message, workspace.state.outbox.attempts(id)


def list_waiting_deliveries(workspace: Workspace) -> list[Message]:
    """Messages that are still to be sent, the next due first; at most a thousand are looked at."""
    states = (MessageState.QUEUED, MessageState.DEFERRED, MessageState.AMBIGUOUS)
    return sorted(workspace.state.outbox.find(states, limit=1_000), key=lambda message: (message.due, message.id))
