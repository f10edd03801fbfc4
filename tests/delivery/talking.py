"""What the tests of delivery share: a route to a test server, a mail to send, a secret to keep."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from reconciler.delivery.smtp import SmtpTransport
from reconciler.messages.outcomes.verdict import judge_reply
from reconciler.model.errors import SecretMissing
from reconciler.model.mail.message import RecipientVerdict, Verdict
from reconciler.model.mail.route import Route, SecretName
from reconciler.testkit.scripted import ScriptedServer, Step, hello, say

SENDER = "desk@example.com"
ADA, BO, CY = "ada@example.com", "bo@example.net", "cy@example.org"
MAIL = b"From: desk@example.com\r\nSubject: Due\r\n\r\n.One dot\r\n..two\r\n"
PASSWORD = "not-to-be-seen"
SECRET_FORMS = (
    PASSWORD,
    base64.b64encode(PASSWORD.encode()).decode(),
    base64.b64encode(f"\0relay-user\0{PASSWORD}".encode()).decode(),
)


@dataclass
class OneSecret:
    """A secrets source with one value at most."""

    known: str | None = PASSWORD

    def value(self, name: SecretName) -> str:
        if self.known is None:
            raise SecretMissing(f"the secret {name.secret} has no value")
        return self.known


def transport(password: str | None = PASSWORD) -> SmtpTransport:
    return SmtpTransport(OneSecret(password), judge_reply)


def route_to(port: int, **changes: Any) -> Route:
    """A clear-text route to this machine with timeouts short enough for a test."""
    fields: dict[str, Any] = {
        "name": "relay",
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "connect_timeout": 2.0,
        "command_timeout": 2.0,
        "data_timeout": 2.0,
    }
    return Route(**{**fields, **changes})


def with_login(port: int, **changes: Any) -> Route:
    return route_to(port, username="relay-user", password=SecretName("relay-password"), **changes)


def greeted(*extensions: str) -> list[Step]:
    """The steps of a server up to the end of EHLO."""
    return [say("220 scripted.example.com"), hello(*extensions)]


def sent(server: ScriptedServer, *recipients: str, data: bytes = MAIL, **changes: Any) -> tuple[RecipientVerdict, ...]:
    """Connect, send one message, close."""
    connection = transport().connect(route_to(server.port, **changes))
    try:
        return connection.send(SENDER, recipients or (ADA,), data)
    finally:
        connection.close()


def outcomes(verdicts: tuple[RecipientVerdict, ...]) -> list[tuple[str, Verdict]]:
    return [(said.address, said.verdict) for said in verdicts]
