"""Routes: everything a transport needs to reach one mail server, with secrets as names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_REDACTED = re.compile(r"(?:[*•]+|\(sensitive\)|<redacted>)\Z")


@dataclass(frozen=True, order=True, slots=True)
class SecretName:
    """``{secret: relay-password}``: the name is a lowercase DNS label."""

    secret: str


def is_redacted(text: str) -> bool:
    """Whether the text is a mask some tool printed in place of a value (``****``, ``(sensitive)``, ``<redacted>``)."""
    return _REDACTED.match(text.strip()) is not None


TlsMode = Literal["starttls", "implicit", "none"]


@dataclass(frozen=True, slots=True)
class Route:
    """How to reach the SMTP server ``name``. Timeouts in seconds.

    ``ca``: PEM text of the authorities to trust instead of the system's. ``server_name``: the name the certificate must
    carry, the host where empty. ``username`` empty: no AUTH. ``connections`` at most are open at once, and each carries
    at most ``messages_per_connection`` messages.
    """

    name: str
    host: str
    port: int
    tls: TlsMode
    verify: bool = True
    ca: str = ""
    server_name: str = ""
    minimum_tls: str = "1.2"
    username: str = ""
    password: SecretName | None = None
    helo: str = ""
    connections: int = 4
    messages_per_connection: int = 100
    connect_timeout: float = 30
    command_timeout: float = 300
    data_timeout: float = 600
