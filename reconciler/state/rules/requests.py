"""Requests: each is written together with the decisions and messages of its move, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from reconciler.model.approvals.request import Decision, Request
from reconciler.model.errors import Conflict
from reconciler.model.journal import Entry
from reconciler.model.mail.message import Fate, Message
from reconciler.model.wording import Act, Do, Sentence
from reconciler.state.rules.journal import append
from reconciler.state.rules.mail import UNSENT, add_messages
from reconciler.state.tables import Transaction


def add_request(rows: Transaction, request: Request, messages: Sequence[Message], entry: Entry, *, serial: int) -> None:
    """A new request. `Conflict` when the state is no longer at ``serial``, and for an id that is taken."""
    if not rows.serials.confirm(serial):
        raise Conflict(
            "The configuration was changed meanwhile",
            f"The request was prepared on serial {serial}; the state is at {rows.serials.current().serial}. "
            "Nothing was changed.",
            "Make the request again.",
        )
    if not rows.requests.add(request):
        raise Conflict(f"There is a request {request.id} already", "Nothing was changed.", "Try again.")
    _add_decisions(rows, request, 0)
    add_messages(rows, messages)
    append(rows, entry)


def move_request(
    rows: Transaction,
    request: Request,
    messages: Sequence[Message],
    entry: Entry,
    *,
    cancel: str | None,
    persons: Sequence[str] = (),
) -> None:
    """The request as it is after a move. `Conflict` when somebody has moved it meanwhile, and for a second decision."""
    if not rows.requests.move(request):
        raise _moved(request.id)
    _add_decisions(rows, request, rows.decisions.count(request.id))
    if cancel is not None:
        kept = {message.key for message in messages}
        _cancel_unsent(rows, request.id, Fate("", None, cancel, entry.at), persons, kept)
    add_messages(rows, messages)
    append(rows, entry)


def _add_decisions(rows: Transaction, request: Request, first: int) -> None:
    for position, decision in enumerate(request.decisions[first:], start=first):
        if not rows.decisions.add(request.id, position, decision):
            raise _decided(request.id, decision)


def _cancel_unsent(
    rows: Transaction, request: str, reason: Fate, persons: Collection[str], kept: Collection[str]
) -> None:
    """Cancel the request's messages that wait and were never taken by a server; why and when is kept per recipient.

    ``persons``: only those about these people, all where it is empty. ``kept``: keys of those that are left alone.
    """
    for message in rows.messages.find(UNSENT, request=request, limit=None):
        person = message.about.person if message.about else None
        if message.key not in kept and (not persons or person in persons):
            rows.messages.cancel(message.id, [_cancelled(message, fate, reason) for fate in message.fates])


def _cancelled(message: Message, fate: Fate, reason: Fate) -> Fate:
    times = filter(None, (reason.at, message.created, fate.at))
    return Fate(fate.address, fate.verdict, reason.reply, max(times)) if fate.open else fate


def _decided(id: str, decision: Decision) -> Conflict:
    return Conflict(
        f"{decision.person.address} has decided on {id} already",
        "One person decides once per request. Nothing was changed.",
        Sentence("See the decision with `", Do(Act.SHOW_REQUEST, id), "`."),
    )


def _moved(id: str) -> Conflict:
    return Conflict(
        f"The request {id} has moved meanwhile",
        "Somebody decided, or it came due, after it was read. Nothing was changed.",
        Sentence("See where it stands with `", Do(Act.SHOW_REQUEST, id), "`, and try again."),
    )
