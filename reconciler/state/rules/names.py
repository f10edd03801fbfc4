"""What names a resource outside its record: what needs it, when it was last used, and what follows its rename."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from reconciler.model.configuration.address import Address, NamedIn
from reconciler.model.errors import Conflict, Refused
from reconciler.model.wording import Act, Do, Sentence, join_texts
from reconciler.state.tables import Transaction

_NAMED = 3

_OF_MESSAGES = (NamedIn.MESSAGE_TASK, NamedIn.MESSAGE_SERVER)

_DECIDE_REQUESTS = Sentence("decide or cancel the requests first (`", Do(Act.LIST_REQUESTS), "`)")
_FINISH_MAIL = Sentence("let the mail finish first (`", Do(Act.DELIVER), "`, `", Do(Act.LIST_DELIVERIES), "`)")


def needed(rows: Transaction, addresses: Iterable[Address]) -> dict[Address, str]:
    """By address, what still needs it: ``2 open requests: req_1, req_2``. Addresses nothing needs are left out."""
    found = {address: _words(rows, address) for address in sorted(addresses)}
    return {address: words for address, words in found.items() if words}


def require_unneeded(rows: Transaction, addresses: Iterable[Address]) -> None:
    """`Refused`, with what to do first, when anything still needs one of the addresses."""
    found = needed(rows, addresses)
    if not found:
        return
    places = [rows.kinds.named_in[address.kind] for address in found]
    steps = dict.fromkeys(_FINISH_MAIL if place in _OF_MESSAGES else _DECIDE_REQUESTS for place in places)
    first = next(iter(found))
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    raise Refused(
        f"{first}{more} cannot be deleted yet",
        " ".join(f"{address} is needed by {words}." for address, words in found.items()) + " Nothing was changed.",
        Sentence("Keep it for now, or ", join_texts(" and ", steps), "; then apply again."),
    )


def require_judged(rows: Transaction, judged: Collection[str]) -> None:
    """`Conflict` when an open request names a group and was not there when it was judged what a change of groups does to it."""
    unknown = [id for id in rows.names.unfinished(NamedIn.STAGE_GROUP, None) if id not in judged]
    if unknown:
        raise Conflict(
            "A request was made meanwhile",
            f"This changes groups, and whether it would leave {_listed(unknown)} without enough approvers was not "
            "looked at. Nothing was changed.",
            "Plan again, or apply again.",
        )


def last_uses(rows: Transaction, addresses: Iterable[Address]) -> dict[Address, datetime | None]:
    """By address, when a request or a message last came about through it, None for never. Groups, which no request was made
    through, are left out, and so is what no row names."""
    places = {address: rows.kinds.named_in.get(address.kind) for address in sorted(addresses)}
    return {
        address: rows.names.newest(place, rows.kinds.name(address))
        for address, place in places.items()
        if place not in (None, NamedIn.STAGE_GROUP)
    }


def move(rows: Transaction, old: Address, new: Address) -> None:
    """The resource and everything that names it go by the new name from here on."""
    rows.resources.rename(old, new)
    rows.suspensions.delete(new)
    rows.suspensions.rename(old, new)
    place = rows.kinds.named_in.get(old.kind)
    if place:
        rows.names.rename(place, rows.kinds.name(old), rows.kinds.name(new))
    if place is NamedIn.MESSAGE_SERVER:
        rows.servers.delete(new.name)
        rows.servers.rename(old.name, new.name)


def current_name(rows: Transaction, place: NamedIn, name: str) -> str:
    """What the row has to name, where the resource was renamed after somebody had read its name; else the name itself."""
    address = rows.kinds.address(place, name)
    seen = {address}
    while address and not rows.resources.has(address):
        moved = rows.revisions.moved_to(address)
        if moved is None or moved in seen:
            break
        seen.add(address := moved)
    return rows.kinds.name(address) if address else name


def _words(rows: Transaction, address: Address) -> str:
    place = rows.kinds.named_in.get(address.kind)
    ids = rows.names.unfinished(place, rows.kinds.name(address)) if place else []
    if not ids:
        return ""
    what = "unfinished message" if place in _OF_MESSAGES else "open request"
    return f"{len(ids)} {what}{'s' if len(ids) > 1 else ''}: {_listed(ids)}"


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_NAMED]) + (f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else "")
