"""When resources were last used, told from the requests and messages that name them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from sqlite3 import Connection

from reconciler.model.configuration.address import Address
from reconciler.state.sqlite.stored_values import moment

_QUERIES = {
    "ApprovalType": "SELECT max(created) FROM requests WHERE type = ?",
    "ApprovalProcess": "SELECT max(created) FROM requests WHERE process = ?",
    "EmailTask": "SELECT max(created) FROM messages WHERE task = 'EmailTask/' || ?",
    "SmtpServer": "SELECT max(created) FROM messages WHERE server = ?",
}
"""By kind, the newest row that names the resource. No index serves them: they are asked of what is deleted alone."""


def last_uses(connection: Connection, addresses: Iterable[Address]) -> dict[Address, datetime | None]:
    """By address, when a request or a message came about through it, None for never. Other kinds are left out."""
    found: dict[Address, datetime | None] = {}
    for address in sorted(addresses):
        if address.kind in _QUERIES:
            newest = connection.execute(_QUERIES[address.kind], (address.name,)).fetchone()[0]
            found[address] = moment(newest) if newest else None
    return found
