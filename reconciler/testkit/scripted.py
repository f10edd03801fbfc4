"""The scripted server: a mail server that misbehaves exactly as it is told, for tests of what faces it.

A script is a list of steps for one connection, in order; connection n follows script n, and the last script serves all
further ones. When its steps are done the connection is closed. Plain threads and sockets: what is not written in the
script does not happen.

    with ScriptedServer([say("220 ready"), hello("SIZE 1000"), expect("MAIL", "451 4.3.0 Later")]) as server: ...
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Sequence
from types import TracebackType

HOST = "127.0.0.1"

Step = Callable[["Talk"], None]


class Hangup(Exception):
    """The connection is over, from whichever side."""


class Talk:
    """One connection as its script sees it."""

    def __init__(self, sock: socket.socket, stopping: threading.Event) -> None:
        self.sock = sock
        self.stopping = stopping
        self.lines: list[str] = []
        self.bodies: list[bytes] = []
        self.surprises: list[str] = []
        self._buffer = b""

    def send(self, data: bytes) -> None:
        try:
            self.sock.sendall(data)
        except OSError:
            raise Hangup from None

    def line(self) -> str:
        """The next line from the client, without its end."""
        return self._until(b"\r\n").decode("utf-8", "replace")

    def body(self) -> bytes:
        """What follows DATA, up to and without the final dot's line; dots are still doubled."""
        if self._buffer.startswith(b".\r\n"):
            self._buffer = self._buffer[3:]
            return b""
        return self._until(b"\r\n.\r\n") + b"\r\n"

    def secure(self, context: ssl.SSLContext) -> None:
        try:
            self.sock = context.wrap_socket(self.sock, server_side=True)
        except (OSError, ValueError):
            raise Hangup from None

    def _until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            try:
                data = self.sock.recv(65_536)
            except OSError:
                raise Hangup from None
            if not data:
                raise Hangup
            self._buffer += data
        found, _, self._buffer = self._buffer.partition(end)
        return found


class ScriptedServer:
    """``with ScriptedServer(script, ...) as server:`` listens on ``server.port`` of 127.0.0.1.

    Leaving the block raises `AssertionError` when a client sent something else than a step expected.
    """

    def __init__(self, *scripts: Sequence[Step]) -> None:
        self._scripts = scripts
        self._stopping = threading.Event()
        self._listener: socket.socket | None = None
        self._accepting = threading.Thread(target=self._accept, name="scripted-server", daemon=True)
        self._threads: list[threading.Thread] = []
        self.talks: list[Talk] = []
        self.port = 0

    def __enter__(self) -> ScriptedServer:
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):  # wakes the thread that waits for a connection
            socket.create_connection((HOST, self.port), 1).close()
        self._accepting.join()
        for talk in self.talks:
            with contextlib.suppress(OSError):
                talk.sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        surprises = [surprise for talk in self.talks for surprise in talk.surprises]
        if surprises and kind is None:
            raise AssertionError("; ".join(surprises))

    @property
    def lines(self) -> list[str]:
        """Every command of every connection, in order of connections."""
        return [line for talk in self.talks for line in talk.lines]

    @property
    def bodies(self) -> list[bytes]:
        """What followed each DATA, as it was on the wire."""
        return [body for talk in self.talks for body in talk.bodies]

    @property
    def connections(self) -> int:
        return len(self.talks)

    def _accept(self) -> None:
        assert self._listener is not None
        with self._listener:
            while True:
                sock, _ = self._listener.accept()
                if self._stopping.is_set():
                    sock.close()
                    return
                talk = Talk(sock, self._stopping)
                script = self._scripts[min(len(self.talks), len(self._scripts) - 1)]
                self.talks.append(talk)
                thread = threading.Thread(target=_follow, args=(talk, script), daemon=True)
                self._threads.append(thread)
                thread.start()


def _follow(talk: Talk, script: Sequence[Step]) -> None:
    try:
        for step in script:
            step(talk)
    except Hangup:
        pass
    finally:
        talk.sock.close()


def say(text: str | bytes) -> Step:
    """Send it: text with CRLF at its end, bytes as they are."""
    data = text if isinstance(text, bytes) else text.encode() + b"\r\n"
    return lambda talk: talk.send(data)


def expect(verb: str, reply: str | bytes | None = None) -> Step:
    """Take one line that begins with ``verb`` (in any case; empty: any line), then send the reply, if there is one."""

    def step(talk: Talk) -> None:
        line = talk.line()
        talk.lines.append(line)
        if not line.upper().startswith(verb.upper()):
            talk.surprises.append(f"expected {verb}, the client sent {line!r}")
            raise Hangup
        if reply is not None:
            say(reply)(talk)

    return step


def hello(*extensions: str, verb: str = "EHLO") -> Step:
    """Take EHLO and offer the extensions."""
    lines = ["scripted.example.com", *extensions]
    reply = "\r\n".join(f"250{'-' if i < len(lines) - 1 else ' '}{line}" for i, line in enumerate(lines))
    return expect(verb, reply)


def take_body(reply: str | bytes | None = None) -> Step:
    """Take everything up to the final dot, then send the reply, if there is one."""

    def step(talk: Talk) -> None:
        talk.bodies.append(talk.body())
        if reply is not None:
            say(reply)(talk)

    return step


def take_mail(*recipients: str, dot: str | None = "250 2.0.0 Kept") -> list[Step]:
    """A whole transaction that goes well but for ``dot``. ``recipients``: replies to RCPT, at least one 250."""
    named = [expect("RCPT", reply) for reply in recipients or ("250 OK",)]
    return [expect("MAIL", "250 OK"), *named, expect("DATA", "354 Go on"), take_body(dot)]


def starttls(context: ssl.SSLContext) -> Step:
    """The handshake; what was said before is forgotten by both."""
    return lambda talk: talk.secure(context)


def stall() -> Step:
    """Say nothing until the client goes away or the server stops."""

    def step(talk: Talk) -> None:
        with contextlib.suppress(OSError):
            while not talk.stopping.is_set() and talk.sock.recv(65_536):
                pass
        raise Hangup

    return step


def cut() -> Step:
    """Close the connection here."""

    def step(talk: Talk) -> None:
        raise Hangup

    return step


def reset() -> Step:
    """Break the connection here, so that the client meets a reset and not an orderly end."""

    def step(talk: Talk) -> None:
        talk.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Hangup

    return step


def drip(data: bytes, pause: float) -> Step:
    """Send one byte at a time with a pause in seconds after each."""

    def step(talk: Talk) -> None:
        for position in range(len(data)):
            talk.send(data[position : position + 1])
            if talk.stopping.wait(pause):
                raise Hangup

    return step


def flood(data: bytes) -> Step:
    """Send it again and again until the client goes away."""

    def step(talk: Talk) -> None:
        while not talk.stopping.is_set():
            talk.send(data)

    return step
