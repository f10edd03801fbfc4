"""What delivery offers: connections that carry messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from reconciler.model.mail.message import RecipientVerdict
from reconciler.model.mail.route import Route, SecretName


class Connection(Protocol):
    """One open connection to a mail server."""

    @property
    def usable(self) -> bool:
        """Whether another message may be sent on it: alive, and below the route's messages per connection."""

    def send(self, sender: str, recipients: Sequence[str], data: bytes) -> tuple[RecipientVerdict, ...]:
        """One transaction; a verdict for each recipient, in order. Never raises for what the server says or does: a lost
        connection is a verdict (retry before the final dot, ambiguous after it) and the connection stops being usable."""

    def close(self) -> None: ...


class Transport(Protocol):
    def connect(self, route: Route) -> Connection:
        """Open, secure and log in. Raises `TransportFault` or `SecretMissing`."""


class Secrets(Protocol):
    def value(self, name: SecretName) -> str:
        """The secret's value on this machine. Raises `SecretMissing`, which names the places that were looked in."""
