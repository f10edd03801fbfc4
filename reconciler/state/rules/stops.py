"""What people stop, from outside the manifests: resources, and all applies."""

from __future__ import annotations

from reconciler.model.configuration.address import Address, NamedIn
from reconciler.model.configuration.suspension import Freeze, Suspension
from reconciler.model.journal import Entry
from reconciler.state.rules.journal import append
from reconciler.state.rules.mail import retry
from reconciler.state.tables import Transaction


def suspend(rows: Transaction, suspension: Suspension, entry: Entry) -> None:
    """Stop a resource, or replace what was said before. Mail waiting for a server is due no earlier than its end."""
    address = suspension.address
    if rows.suspensions.delete(address) and _is_server(rows, address):
        retry(rows, address.name, suspension.at)
    rows.suspensions.put(suspension)
    if _is_server(rows, address):
        rows.waiting.delay(address.name, suspension.end)
    append(rows, entry)


def resume(rows: Transaction, address: Address, entry: Entry) -> bool:
    """Forget the suspension; mail waiting for a server is due at once. False, and no entry, where there was none."""
    if not rows.suspensions.delete(address):
        return False
    if _is_server(rows, address):
        retry(rows, address.name, entry.at)
    append(rows, entry)
    return True


def freeze(rows: Transaction, freeze: Freeze, entry: Entry) -> None:
    """Stop all applies; `StateFrozen` when they are stopped already."""
    require_thawed(rows)
    rows.freezes.add(freeze)
    append(rows, entry)


def thaw(rows: Transaction, entry: Entry) -> bool:
    """Let applies go on. False, and no entry, when nothing was frozen."""
    if not rows.freezes.delete(None):
        return False
    append(rows, entry)
    return True


def current_freeze(rows: Transaction) -> Freeze | None:
    """The freeze, while applies are stopped."""
    return rows.freezes.get(None)


def require_thawed(rows: Transaction) -> None:
    """`StateFrozen`, with who and why, while applies are stopped."""
    stop = current_freeze(rows)
    if stop is not None:
        raise stop.fault()


def _is_server(rows: Transaction, address: Address) -> bool:
    return rows.kinds.named_in.get(address.kind) is NamedIn.MESSAGE_SERVER
