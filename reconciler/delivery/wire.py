"""The wire: commands out, replies in, each within its time. What a session and a transaction are written against."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from reconciler.model.errors import TransportFault
from reconciler.model.mail.message import Verdict
from reconciler.model.mail.route import Route

MAX_LINE = 500
"""Characters of a server's reply that are kept."""

ENHANCED = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3} ")
"""An enhanced status code at the beginning of a text (RFC 3463)."""

Judge = Callable[[int, str, str], Verdict]
"""(code, text, phase) of a reply to its verdict: `reconciler.messages.outcomes.verdict.judge_reply`, handed in by the wiring."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's reply: its three-digit code and its text, one line per line, codes and hyphens taken off."""

    code: int
    text: str

    @property
    def good(self) -> bool:
        """Whether the command succeeded (2yz)."""
        return 200 <= self.code <= 299

    @property
    def transient(self) -> bool:
        """Whether the same command may succeed later (4yz)."""
        return 400 <= self.code <= 499

    @property
    def line(self) -> str:
        """The whole reply as one line that is safe to print; an enhanced code that every line repeats is said once."""
        first, *rest = self.text.split("\n")
        enhanced = ENHANCED.match(first)
        shown = [line.removeprefix(enhanced[0]) if enhanced else line for line in rest]
        return join_lines(f"{self.code} {first} {' '.join(shown)}")


class Lost(Exception):
    """The connection cannot be used any more. The text says why: "the server closed the connection"."""


class Wire(Protocol):
    """One connection. Each method takes the seconds it may last, all told; `Lost` when they pass or the connection breaks."""

    @property
    def features(self) -> Mapping[str, str]:
        """Extensions of the last EHLO, by lower-case keyword; empty after HELO."""

    @property
    def encrypted(self) -> bool: ...

    @property
    def loopback(self) -> bool:
        """Whether the other end is this machine."""

    @property
    def unread(self) -> bool:
        """Whether the server has said something that nothing has asked for yet."""

    def command(self, line: str, timeout: float) -> Reply: ...

    def reply(self, timeout: float) -> Reply: ...

    def hello(self, timeout: float) -> Reply:
        """EHLO, or HELO where the server does not know it (RFC 5321 section 4.1.1.1)."""

    def write(self, data: bytes, timeout: float) -> None: ...

    def last_words(self) -> Reply | None:
        """A reply the server left behind before it stopped listening; None without one. Hardly waits."""

    def secure(self, context: ssl.SSLContext, server_name: str, timeout: float) -> None:
        """The TLS handshake; forgets what the server said before. Raises `ssl.SSLError`, `OSError` or `ValueError`."""

    def idle(self) -> bool:
        """Whether the connection is up and the server is silent, as it has to be between two commands."""

    def close(self) -> None: ...


def join_lines(text: str) -> str:
    """The text on one line of at most `MAX_LINE` characters, with what a terminal could obey (control, bidi) escaped."""
    words = " ".join(text.split())
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in words[: MAX_LINE + 1])
    return shown if len(shown) <= MAX_LINE else shown[: MAX_LINE - 1] + "…"


def make_fault(
    route: Route, problem: str, detail: str, hint: str = "", *, phase: str, permanent: bool = False
) -> TransportFault:
    """A `TransportFault` whose summary reads "SmtpServer/relay (mail.example.com:587) PROBLEM"."""
    summary = f"SmtpServer/{route.name} ({route.host}:{route.port}) {problem}"
    return TransportFault(summary, detail, hint, phase=phase, permanent=permanent)
