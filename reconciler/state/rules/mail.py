"""Messages: written with what causes them, claimed, settled, and when they are due while their server cannot take them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from reconciler.model.condition import Figures, ServerTrouble
from reconciler.model.configuration.address import NamedIn
from reconciler.model.configuration.suspension import Suspension
from reconciler.model.errors import Conflict
from reconciler.model.journal import Entry
from reconciler.model.mail.message import Attempt, Claimed, Lease, Message, MessageState
from reconciler.model.wording import Act, Do, Sentence
from reconciler.state.rules.journal import append
from reconciler.state.rules.names import current_name
from reconciler.state.tables import Candidate, Transaction

UNSENT = (MessageState.QUEUED, MessageState.DEFERRED)
"""States of what waits and was never taken by a server."""


def write_messages(rows: Transaction, messages: Sequence[Message], entry: Entry) -> None:
    """`add_messages`, with an entry of their own."""
    add_messages(rows, messages)
    append(rows, entry)


def add_messages(rows: Transaction, messages: Sequence[Message]) -> None:
    """New messages; one whose key is stored already is left as it is. Where the server is paused they wait for it.

    A server or task that was renamed since the message was written goes by its new name.
    """
    for message in messages:
        server = current_name(rows, NamedIn.MESSAGE_SERVER, message.server)
        task = current_name(rows, NamedIn.MESSAGE_TASK, message.task)
        rows.messages.add(replace(message, server=server, task=task), paused_due(rows, server, message.due))


def paused_due(rows: Transaction, server: str, wanted: datetime) -> datetime:
    """When a message wanted then is really due: not before the end of its server's pause, or suspension."""
    trouble, suspension = rows.servers.get(server), _suspension(rows, server)
    return max(
        wanted,
        trouble.until if trouble else wanted,
        suspension.end if suspension else wanted,
    )


def candidates(rows: Transaction, now: datetime, limit: int, only: str | None) -> list[Candidate]:
    """What can be claimed now. With ``only`` a pause of its server does not count, a suspension does: somebody asked for it."""
    if only is None:
        return rows.leases.claimable(now, limit)
    one = rows.leases.one(only, now)
    suspension = _suspension(rows, one.server) if one else None
    return [one] if one and not (suspension and suspension.holds(now)) else []


def claim(rows: Transaction, now: datetime, lease: Lease, limit: int, only: str | None) -> list[Claimed]:
    """Due messages under the lease, earliest first; those somebody else has claimed meanwhile are left out."""
    taken = ((each, rows.leases.take(each.id, lease, now)) for each in candidates(rows, now, limit, only))
    return [Claimed(message, lease, each.recovered) for each, message in taken if message]


def renew(rows: Transaction, token: str, until: datetime) -> int:
    """Every lease of the token lasts until then; how many there are."""
    return rows.leases.renew(token, until)


def settle(rows: Transaction, message: Message, token: str, attempt: Attempt | None, entry: Entry | None) -> None:
    """The message as an attempt left it, and its lease dropped. `Conflict` when the lease is not the token's any more."""
    if not rows.leases.settle(message, token, paused_due(rows, message.server, message.due)):
        raise Conflict(
            f"The message {message.id} has been taken over",
            "The lease it was sent under has ended and is somebody else's now; this outcome was not recorded.",
            Sentence("See what became of it with `", Do(Act.SHOW_DELIVERY, message.id), "`."),
        )
    if attempt is not None:
        rows.attempts.add(attempt)
    if entry is not None:
        append(rows, entry)


def untried(rows: Transaction, token: str, keep: Collection[str]) -> list[Candidate]:
    """What the token holds, without ``keep``."""
    return [each for each in rows.leases.of(token) if each.id not in keep]


def release(rows: Transaction, token: str, now: datetime, keep: Collection[str]) -> None:
    """Give back what was not tried, as it was and due at once."""
    for each in untried(rows, token, keep):
        rows.leases.give_back(token, replace(each, due=paused_due(rows, each.server, now)), now)


def postpone(rows: Transaction, server: str, until: datetime, fault: str, entry: Entry | None) -> None:
    """The server could not be used: its mail waits, and one more failure is counted."""
    rows.servers.put(ServerTrouble(server, failures(rows, server) + 1, fault, until))
    rows.waiting.delay(server, until)
    if entry is not None:
        append(rows, entry)


def recover(rows: Transaction, server: str, now: datetime) -> None:
    """The pause ends: what waited for the server is due, and what waits for a time of its own waits for that."""
    rows.servers.delete(server)
    rows.waiting.resume(server, now)
    _keep_suspended(rows, server)


def retry(rows: Transaction, server: str, at: datetime) -> None:
    """The server is another one now: its failures are forgotten and all its waiting mail is due at once.

    While the server is suspended its mail stays where it is: only a person lifts a suspension.
    """
    rows.servers.delete(server)
    rows.waiting.hurry(server, at)
    _keep_suspended(rows, server)


def let_go(rows: Transaction, waiting: Iterable[Candidate], at: datetime) -> None:
    """These are due; what waits for its server goes on waiting for that."""
    for each in waiting:
        rows.waiting.reschedule(each.id, at, paused_due(rows, each.server, at))


def failures(rows: Transaction, server: str) -> int:
    """How many times in a row the server could not be used."""
    trouble = rows.servers.get(server)
    return trouble.failures if trouble else 0


def figures(rows: Transaction, *, late: datetime, since: datetime) -> Figures:
    """Counts, with the servers that could not be used when last tried and are still applied."""
    named = ((each, rows.kinds.address(NamedIn.MESSAGE_SERVER, each.server)) for each in rows.servers.all())
    servers = tuple(each for each, address in named if address and rows.resources.has(address))
    return replace(rows.counts.figures(late, since), servers=servers)


def _keep_suspended(rows: Transaction, server: str) -> None:
    if suspension := _suspension(rows, server):
        rows.waiting.delay(server, suspension.end)


def _suspension(rows: Transaction, server: str) -> Suspension | None:
    address = rows.kinds.address(NamedIn.MESSAGE_SERVER, server)
    return rows.suspensions.get(address) if address else None
