"""The capture server: a real SMTP server on this machine that keeps what it is sent and passes nothing on."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from reconciler.model.mail.route import Route, SecretName, TlsMode

HOST = "127.0.0.1"
_NO_LIMIT = 0


@dataclass(frozen=True, slots=True)
class CapturedMail:
    """One accepted mail: its envelope, its bytes as they came, and how they came. ``connection`` counts from 1."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    connection: int
    encrypted: bool
    user: str


class CaptureServer:
    """``with CaptureServer() as server:`` listens on ``server.port`` of 127.0.0.1, a port the system picks.

    ``context``: speak TLS with it, by STARTTLS (which is then required), or from the first byte where ``implicit``.
    ``login``: user name and password it demands. ``size_limit``: largest mail in bytes, stated as SIZE; 0 for none.
    ``folder``: each mail is also written there, ``001-ada.example.com.eml`` and so on.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        context: ssl.SSLContext | None = None,
        implicit: bool = False,
        login: tuple[str, str] | None = None,
        size_limit: int = _NO_LIMIT,
    ) -> None:
        self._folder = folder
        self._context = context
        self._implicit = implicit
        self._login = login
        self._size_limit = size_limit
        self._mails: list[CapturedMail] = []
        self._protocols: list[_Protocol] = []
        self._listener: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._serve, name="capture-server", daemon=True)
        self._ready = threading.Event()
        self.port = 0

    def __enter__(self) -> CaptureServer:
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def uri(self) -> str:
        """What a manifest's ``spec.uri`` says to reach it."""
        return f"{'smtps' if self._implicit else 'smtp'}://{HOST}:{self.port}"

    @property
    def mails(self) -> tuple[CapturedMail, ...]:
        """What has been accepted, in order."""
        return tuple(self._mails)

    @property
    def connections(self) -> int:
        """How many connections there have been."""
        return len(self._protocols)

    def route(self, name: str = "capture", password: SecretName | None = None) -> Route:
        """A route to it, with the login's user name; certificates are not checked, since this machine has none to trust."""
        mode: TlsMode = "none" if self._context is None else "implicit" if self._implicit else "starttls"
        user = self._login[0] if self._login else ""
        return Route(name, HOST, self.port, mode, verify=False, username=user, password=password)

    def _serve(self) -> None:
        """The server's thread: everything of asyncio happens here."""
        assert self._listener is not None
        loop = self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        implicit = self._context if self._implicit else None
        server = loop.run_until_complete(loop.create_server(self._protocol, sock=self._listener, ssl=implicit))
        self._ready.set()
        try:
            loop.run_forever()
        finally:
            server.close()
            loop.run_until_complete(self._wind_down(server))
            loop.close()

    async def _wind_down(self, server: asyncio.Server) -> None:
        for protocol in self._protocols:
            protocol.hang_up()
        await server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # transports that were aborted close their sockets in the loop's next turn

    def _protocol(self) -> _Protocol:
        starttls = None if self._implicit else self._context
        protocol = _Protocol(
            _Handler(self, len(self._protocols) + 1),
            hostname="capture.example.com",
            ident="ready, keeps mail and passes nothing on",
            data_size_limit=self._size_limit or None,
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_require_tls=starttls is not None,
            authenticator=self._authenticate if self._login else None,
            auth_exclude_mechanism=() if self._login else ("PLAIN", "LOGIN"),
            loop=self._loop,
        )
        self._protocols.append(protocol)
        return protocol

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth_data: Any
    ) -> AuthResult:
        assert self._login is not None
        user, password = self._login
        good = auth_data == LoginPassword(user.encode(), password.encode())
        return AuthResult(success=good, handled=False, auth_data=user if good else None)

    def keep(self, mail: CapturedMail) -> None:
        """Called by the server's thread for each mail it accepts."""
        if self._folder is not None:
            first = re.sub(r"[^a-z0-9.-]+", ".", mail.recipients[0].lower()) if mail.recipients else "nobody"
            (self._folder / f"{len(self._mails) + 1:03}-{first[:80]}.eml").write_bytes(mail.data)
        self._mails.append(mail)

    @property
    def demands_login(self) -> bool:
        """Whether mail is refused without a login."""
        return self._login is not None


class _Protocol(SMTP):
    """One connection. Closing is ours to do: aiosmtpd leaves open connections to whoever stops the loop."""

    def hang_up(self) -> None:
        for transport in (self.transport, self._original_transport):
            if transport is not None:
                transport.abort()  # type: ignore[attr-defined]


class _Handler:
    """aiosmtpd's hooks for one connection."""

    def __init__(self, server: CaptureServer, connection: int) -> None:
        self._server = server
        self._connection = connection

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if self._server.demands_login:
            return responses
        return [line for line in responses if not line.startswith("250-AUTH")]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd finds hooks by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, mail_options: list[str]
    ) -> str:
        if self._server.demands_login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 2.1.0 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        data = envelope.original_content or b""
        user = str(session.auth_data) if session.authenticated else ""
        encrypted = session.ssl is not None or _in_tls(server)
        sender = "" if envelope.mail_from in (None, "<>") else str(envelope.mail_from)
        recipients = tuple(map(str, envelope.rcpt_tos))
        self._server.keep(CapturedMail(sender, recipients, data, self._connection, encrypted, user))
        return "250 2.0.0 Kept"


def _in_tls(server: SMTP) -> bool:
    transport = server.transport
    return transport is not None and transport.get_extra_info("sslcontext") is not None
