"""approvals approve|deny: one person's word on a request."""

from __future__ import annotations

from datetime import datetime

from reconciler.approvals.transitions import Move, record_decision, withdraw
from reconciler.kinds.fields.recipients import split_addresses
from reconciler.model.approvals.request import Choice, Decision, Request
from reconciler.model.configuration.declaration import Declaration, ValueType, check_value, read_value
from reconciler.model.errors import UserError
from reconciler.model.mail.mailbox import Mailbox, parse_mailbox
from reconciler.model.wording import Given, Sentence
from reconciler.operations.approvals.move_due_requests import settle_due
from reconciler.operations.approvals.move_request import move_stored
from reconciler.operations.configuration.prove_state import require_as_asked
from reconciler.operations.context.applied_state import AppliedState
from reconciler.operations.context.workspace import Workspace


def decide(workspace: Workspace, id: str, choice: Choice, person: str, comment: str = "") -> Request:
    """Record what the person says; the request as it is afterwards.

    ``person`` may be any spelling of an approver's address. A request whose deadline has passed is moved first, so that a
    late word is refused even where no runner has been. Raises `NotFound`, `Refused`, `UserError` for a malformed address
    or comment, and `StateFault` for a request that was changed by hand.
    """
    mailbox, words = read_person(person, "as"), read_words(comment, "comment")
    require_as_asked(workspace, id)
    settle_due(workspace, id)

    def move(request: Request, applied: AppliedState, now: datetime) -> Move:
        word = Decision(mailbox, choice, words, now, request.stage, operator=workspace.caller.operator)
        return record_decision(request, word, applied.world.people(request.current.approvers))

    return move_stored(workspace, id, move)


def read_person(text: str, field: str) -> Mailbox:
    """A person's address as given in the field. Raises `UserError`."""
    if len(list(split_addresses(text))) > 1:
        raise UserError(
            Sentence(Given(field), " is one e-mail address"),
            f"“{text}” has a comma, which parts addresses.",
            'Give the option once for each address, and put a name that holds a comma into quotes: "Lind, Rosa" <…>.',
        )
    try:
        return parse_mailbox(text)
    except ValueError as fault:
        raise UserError(
            Sentence(Given(field), " is not an e-mail address"),
            f"{fault}.",
            "Write it as someone@example.com or Name <…>.",
        ) from None


def read_words(text: str, field: str) -> str:
    """A reason or a comment: lines ended by LF, without white space around. Raises `UserError`."""
    words = text.replace("\r\n", "\n").strip()
    try:
        check_value(Declaration(), read_value(ValueType.STRING, words))
    except ValueError as fault:
        raise UserError(
            Sentence(Given(field), " cannot be used as it is"), f"{fault}.", "Shorten it, or remove the character."
        ) from None
    return words


def cancel_request(workspace: Workspace, id: str) -> Request:
    """The request, cancelled; its requester is told. Raises `NotFound`, and `Refused` when it is finished already."""
    settle_due(workspace, id)
    return move_stored(workspace, id, lambda request, _, now: withdraw(request, now))
