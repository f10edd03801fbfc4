"""SMTP on smtplib: the one door to it. Connections are opened here; what is said on them stands in session and transaction.

smtplib writes commands and reads what EHLO offers. Reading replies is our own: smtplib's has no end (a server that drips
bytes or never finishes a reply holds it for ever) and keeps what was sent ahead of TLS out of sight.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Mapping

from reconciler.delivery.protocols import Secrets
from reconciler.delivery.session import open_session
from reconciler.delivery.tls import make_context
from reconciler.delivery.transaction import SmtpConnection
from reconciler.delivery.wire import Judge, Lost, Reply, join_lines, make_fault
from reconciler.delivery.withheld import Withheld
from reconciler.model.errors import TransportFault
from reconciler.model.mail.route import Route

_BLOCK = 65_536
_LONGEST_LINE = 8_192
_MOST_LINES = 200
_LAST_WORDS = 0.1
_REPLY_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?\Z", re.DOTALL)
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z")
_UNKNOWN_COMMAND = {500, 502, 504}
_MOST_KEPT = 4_000


class SmtpTransport:
    """Implements `reconciler.delivery.protocols.Transport`. ``judge`` turns a reply into a verdict. Safe for many threads."""

    def __init__(self, secrets: Secrets, judge: Judge) -> None:
        self._secrets = secrets
        self._judge = judge

    def connect(self, route: Route) -> SmtpConnection:
        """Open, secure and log in. Raises `TransportFault` or `SecretMissing`; neither holds the secret's value."""
        password = self._secrets.value(route.password) if route.username and route.password else ""
        context = None if route.tls == "none" else make_context(route)
        with contextlib.ExitStack() as opened:
            sock = opened.enter_context(_dial(route))
            wire = SmtplibWire(sock, route.helo, withheld=Withheld(route.username, password))
            opened.callback(wire.close)  # TLS takes the socket over
            open_session(wire, route, context, password)
            opened.pop_all()
        return SmtpConnection(wire, route, self._judge)


class SmtplibWire(smtplib.SMTP):
    """Implements `reconciler.delivery.wire.Wire` on an open socket, which it owns.

    ``withheld``: what no reply is passed on with. A server may say at any time, not only to AUTH, what it was told.
    """

    def __init__(self, sock: socket.socket, helo: str, *, withheld: Withheld | None = None) -> None:
        super().__init__(local_hostname=helo or _own_name(sock))
        self.ehlo_msg = "EHLO"
        self._socket = sock
        self.sock = sock
        self._buffer = b""
        self._seconds = 0.0
        self._deadline = 0.0
        self._loopback = _is_loopback(sock)
        self._withheld = withheld or Withheld()

    @property
    def features(self) -> Mapping[str, str]:
        return self.esmtp_features

    @property
    def encrypted(self) -> bool:
        return isinstance(self._socket, ssl.SSLSocket)

    @property
    def loopback(self) -> bool:
        return self._loopback

    @property
    def unread(self) -> bool:
        return bool(self._buffer)

    def command(self, line: str, timeout: float) -> Reply:
        """Send one line and read its reply. A 421 that came unasked is the reply to whatever is said next."""
        if self._buffer.startswith(b"421"):
            return self.reply(timeout)
        self._refuse_unread()
        self._allow(timeout)
        self.putcmd(line)
        return self._read_reply()

    def reply(self, timeout: float) -> Reply:
        self._allow(timeout)
        return self._read_reply()

    def hello(self, timeout: float) -> Reply:
        self._refuse_unread()
        self._allow(timeout)
        code, text = self.ehlo()
        if code in _UNKNOWN_COMMAND:
            code, text = self.helo()
        return self._decode(code, text)

    def write(self, data: bytes, timeout: float) -> None:
        self._refuse_unread()
        self._allow(timeout)
        self.send(data)

    def last_words(self) -> Reply | None:
        try:
            return self.reply(_LAST_WORDS)
        except Lost:
            return None

    def secure(self, context: ssl.SSLContext, server_name: str, timeout: float) -> None:
        self._socket.settimeout(timeout)
        self._socket = self.sock = context.wrap_socket(self._socket, server_hostname=server_name)
        self.esmtp_features = {}
        self.does_esmtp = False
        self.ehlo_resp = None

    def idle(self) -> bool:
        """Looks without waiting: whatever arrives between two commands is a farewell or a forgery."""
        if self._buffer or self._socket.fileno() < 0:
            return False
        try:
            self._socket.settimeout(0)
            self._buffer = self._socket.recv(_LONGEST_LINE)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Close without a word."""
        super().close()
        self._socket.close()

    def send(self, s: object) -> None:
        """smtplib's own, but with one deadline for all of it instead of one for each block."""
        data = s.encode("ascii") if isinstance(s, str) else memoryview(s)  # type: ignore[arg-type]
        try:
            for start in range(0, len(data), _BLOCK):
                self._socket.settimeout(self._remaining())
                self._socket.sendall(data[start : start + _BLOCK])
        except TimeoutError:
            raise self._timed_out() from None
        except OSError as error:
            raise _report_broken(error) from None

    def getreply(self) -> tuple[int, bytes]:
        """smtplib's own, but bounded in time, in lines and in bytes, and strict about what a reply looks like."""
        texts = []
        for _ in range(_MOST_LINES):
            match = _REPLY_LINE.match(self._line())
            if match is None:
                raise Lost("the server sent something that is no SMTP reply")
            texts.append((match[3] or b"").strip())
            if match[2] != b"-":
                return int(match[1]), b"\n".join(texts)
        raise Lost("the server sent a reply without an end")

    def _read_reply(self) -> Reply:
        return self._decode(*self.getreply())

    def _decode(self, code: int, data: bytes) -> Reply:
        lines = data.decode("utf-8", "replace").split("\n")
        text = "\n".join(" ".join(line.split()) for line in lines)
        return Reply(code, self._withheld.harmless(text[:_MOST_KEPT]))

    def _refuse_unread(self) -> None:
        if self._buffer:
            raise Lost("the server answered what it had not been asked")

    def _allow(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds

    def _remaining(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise self._timed_out()
        return left

    def _timed_out(self) -> Lost:
        return Lost(f"the server did not answer within {self._seconds:g} s")

    def _line(self) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > _LONGEST_LINE:
                raise Lost("the server sent a line without an end")
            self._buffer += self._receive()
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _receive(self) -> bytes:
        try:
            self._socket.settimeout(self._remaining())
            data = self._socket.recv(_LONGEST_LINE)
        except TimeoutError:
            raise self._timed_out() from None
        except OSError as error:
            raise _report_broken(error) from None
        if not data:
            raise Lost("the server closed the connection")
        return data


def _dial(route: Route) -> socket.socket:
    """A connected socket; the time to connect is for all of the host's addresses together."""
    try:
        found = socket.getaddrinfo(route.host, route.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        words = getattr(error, "strerror", None) or "it is no valid host name"
        detail = f"The name {route.host} cannot be resolved: {words}."
        hint = "Check the host in `spec.uri` and the name resolution of this machine."
        raise make_fault(route, "cannot be found", detail, hint, phase="connect") from None
    deadline = time.monotonic() + route.connect_timeout
    failed: OSError = TimeoutError()
    for *_, endpoint in found:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            sock = socket.create_connection((str(endpoint[0]), route.port), left)
        except OSError as error:
            failed = error
            continue
        with contextlib.suppress(OSError):  # of a connection that is gone already, what is said on it tells
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    raise _unreachable(route, failed)


def _unreachable(route: Route, error: OSError) -> TransportFault:
    reason = error.strerror or type(error).__name__
    if isinstance(error, TimeoutError):
        reason = f"no answer within {route.connect_timeout:g} s"
    hint = "Check host and port in `spec.uri`, and whether a firewall stands between."
    return make_fault(route, "cannot be reached", f"Connecting failed: {reason}.", hint, phase="connect")


def _report_broken(error: OSError) -> Lost:
    reason = error.strerror or getattr(error, "reason", None) or type(error).__name__
    return Lost(f"the connection to the server broke ({join_lines(str(reason))})")


def _own_name(sock: socket.socket) -> str:
    """This machine's name if it is a full one, else its address as a literal (RFC 5321 section 4.1.4).

    Nothing is looked up: a resolver that does not answer would hold up every connection.
    """
    name = socket.gethostname()
    if _DOMAIN.match(name):
        return name
    address = ipaddress.ip_address(str(sock.getsockname()[0]).partition("%")[0])
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"


def _is_loopback(sock: socket.socket) -> bool:
    try:
        address = ipaddress.ip_address(str(sock.getpeername()[0]).partition("%")[0])
    except OSError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
