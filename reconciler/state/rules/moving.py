"""A state that moves to another place: all its rows there, and here nothing that goes on by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from reconciler.model.configuration.address import Address, NamedIn
from reconciler.model.configuration.suspension import Freeze, Suspension
from reconciler.model.errors import Refused
from reconciler.model.journal import Entry
from reconciler.model.mail.message import MessageState
from reconciler.state.protocols import Dump
from reconciler.state.rules.stops import current_freeze, freeze, suspend
from reconciler.state.tables import Transaction

_ANY = 1 << 31


def dump(rows: Transaction) -> Dump:
    """Every row there is."""
    now = rows.serials.current()
    return Dump(now.lineage, now.serial, lambda: _pages(rows))


def hand_over(
    rows: Transaction,
    fill: Callable[[Dump], None],
    at: datetime,
    stop: tuple[Freeze, Entry],
    suspended: Callable[[Address], tuple[Suspension, Entry]],
) -> None:
    """``fill`` takes all rows, and then nothing is applied or sent from here: applies are frozen, mail servers suspended.

    `Refused` while mail is being sent: what becomes of it would be recorded here alone.
    """
    leased = {message.id for message in rows.messages.find((MessageState.SENDING,), limit=None)}
    leased -= {each.id for each in rows.leases.claimable(at, _ANY) if each.recovered}
    if leased:
        raise Refused(
            "Mail is being sent from this state",
            f"{len(leased)} message(s) are claimed by a runner; what became of them would be recorded here, and not there.",
            "Stop every runner that works on it, then run the command again.",
        )
    fill(dump(rows))
    if current_freeze(rows) is None:
        freeze(rows, *stop)
    for address in rows.resources.addresses():
        is_server = rows.kinds.named_in.get(address.kind) is NamedIn.MESSAGE_SERVER
        if is_server and rows.suspensions.get(address) is None:
            suspend(rows, *suspended(address))


def fill(rows: Transaction, dump: Dump) -> None:
    """All rows of another state. `Refused` where there are any already."""
    if rows.serials.current().serial or rows.journal.end():
        raise Refused(
            "The state to move to is not empty",
            "Something was applied or recorded there already. Nothing was changed, here or there.",
            "Name a place where there is no state yet.",
        )
    rows.raw.begin(dump.lineage, dump.serial)
    for table, row in dump.rows():
        rows.raw.add(table, row)


def _pages(rows: Transaction) -> Iterator[tuple[str, dict[str, object]]]:
    for table in rows.raw.tables:
        last = None
        while page := rows.raw.page(table, last):
            for row in page:
                yield table, dict(row)
            last = page[-1]
