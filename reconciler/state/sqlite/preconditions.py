"""What stands in the way of deleting a resource: requests that are open and messages that are unfinished."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from sqlite3 import Connection

from reconciler.model.configuration.address import Address
from reconciler.model.errors import Conflict, Refused
from reconciler.state.sqlite.stored_values import text

_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Need:
    """``query`` selects ids; ``by_address``: its parameter is the whole address, else the name."""

    query: str
    singular: str
    plural: str
    hint: str
    by_address: bool = False


_DECIDE = "decide or cancel the requests first (`reconciler approvals list`)"
_FINISH = "let the mail finish first (`reconciler run --once`, `reconciler deliveries list`)"

_NEEDS = {
    "ApprovalType": _Need(
        "SELECT id FROM requests WHERE state = 'pending' AND type = ? ORDER BY created, id",
        "open request",
        "open requests",
        _DECIDE,
    ),
    "ApprovalProcess": _Need(
        "SELECT id FROM requests WHERE state = 'pending' AND process = ? ORDER BY created, id",
        "open request",
        "open requests",
        _DECIDE,
    ),
    "Group": _Need(
        "SELECT id FROM requests WHERE state = 'pending' AND stages LIKE '%{\"group\":\"' || ? || '\"}%' ORDER BY created, id",
        "open request",
        "open requests",
        _DECIDE,
    ),
    "EmailTask": _Need(
        "SELECT id FROM messages WHERE state NOT IN ('delivered', 'failed', 'cancelled') AND task = ? ORDER BY id",
        "unfinished message",
        "unfinished messages",
        _FINISH,
        by_address=True,
    ),
    "SmtpServer": _Need(
        "SELECT id FROM messages WHERE state NOT IN ('delivered', 'failed', 'cancelled') AND server = ? ORDER BY id",
        "unfinished message",
        "unfinished messages",
        _FINISH,
    ),
}


def needed(connection: Connection, addresses: Iterable[Address]) -> dict[Address, str]:
    """By address, what still needs it: ``2 open requests: req_1, req_2``. Addresses nothing needs are left out."""
    found = {address: _words(connection, address) for address in sorted(addresses)}
    return {address: words for address, words in found.items() if words}


def require_unneeded(connection: Connection, addresses: Iterable[Address]) -> None:
    """`Refused`, with what to do first, when anything still needs one of the addresses."""
    found = needed(connection, addresses)
    if not found:
        return
    hints = dict.fromkeys(_NEEDS[address.kind].hint for address in found)
    first = next(iter(found))
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    raise Refused(
        f"{first}{more} cannot be deleted yet",
        " ".join(f"{address} is needed by {words}." for address, words in found.items()) + " Nothing was changed.",
        f"Keep it for now, or {' and '.join(hints)}; then apply again.",
    )


def require_judged(connection: Connection, judged: Collection[str]) -> None:
    """`Conflict` when an open request names a group and was not there when it was judged what a change of groups does to it."""
    named = "SELECT id FROM requests WHERE state = 'pending' AND stages LIKE '%{\"group\":%' ORDER BY created, id"
    unknown = [text(row["id"]) for row in connection.execute(named) if row["id"] not in judged]
    if unknown:
        raise Conflict(
            "A request was made meanwhile",
            f"This changes groups, and whether it would leave {_listed(unknown)} without enough approvers was not "
            "looked at. Nothing was changed.",
            "Plan again, or apply again.",
        )


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_NAMED]) + (f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else "")


def _words(connection: Connection, address: Address) -> str:
    need = _NEEDS.get(address.kind)
    if need is None:
        return ""
    parameter = str(address) if need.by_address else address.name
    ids = [text(row["id"]) for row in connection.execute(need.query, (parameter,))]
    if not ids:
        return ""
    return f"{len(ids)} {need.singular if len(ids) == 1 else need.plural}: {_listed(ids)}"
