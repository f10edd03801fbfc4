"""Transactions: one message over an open session, with a verdict for each recipient (RFC 5321 section 3.3)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from reconciler.delivery.wire import Judge, Lost, Reply, Wire
from reconciler.model.mail.message import RecipientVerdict, Verdict
from reconciler.model.mail.route import Route

FAREWELL = 2.0
"""Seconds a server gets to answer QUIT; nothing depends on the answer."""

_UNSAFE = re.compile(rb"\r(?!\n)|(?<!\r)\n|[\x00\x80-\xff]")
_MAILBOX = re.compile(r"[!-;=?-~]+\Z")


class SmtpConnection:
    """One open connection; implements `reconciler.delivery.protocols.Connection`. Not for two threads at once."""

    def __init__(self, wire: Wire, route: Route, judge: Judge) -> None:
        self._wire = wire
        self._route = route
        self._judge = judge
        self._sent = 0
        self._alive = True
        self._begun = False

    @property
    def usable(self) -> bool:
        """Whether another message may be sent: up, silent as it has to be, below the messages per connection."""
        return self._alive and self._sent < self._route.messages_per_connection and self._wire.idle()

    def send(self, sender: str, recipients: Sequence[str], data: bytes) -> tuple[RecipientVerdict, ...]:
        """One message; the verdicts are in the order of ``recipients``. ``sender`` may be empty (RFC 5321 section 4.5.5).

        Where a server takes only so many recipients at once, the rest follow in further transactions at once.
        """
        self._sent += 1
        verdicts = {address: said for address in recipients if (said := _unwritable(address))}
        waiting = [address for address in dict.fromkeys(recipients) if address not in verdicts]
        refusal = self._refusal(sender, data)
        if refusal:
            phase, words = refusal
            return tuple(RecipientVerdict(address, Verdict.FAILED, words, phase) for address in recipients)
        while waiting:
            waiting = self._transaction(_Transaction(sender, waiting, data, verdicts=verdicts))
        return tuple(verdicts[address] for address in recipients)

    def close(self) -> None:
        """Say QUIT if the server still listens, and close. Never raises."""
        if self._alive:
            with contextlib.suppress(Lost):
                self._wire.command("QUIT", min(FAREWELL, self._route.command_timeout))
        self._drop()

    def _refusal(self, sender: str, data: bytes) -> tuple[str, str] | None:
        """(phase, words) why the message is not even offered to the server."""
        unsafe = _unsafe_byte(data)
        if unsafe is not None:
            return "content", (
                f"Not sent: byte {unsafe} of the message is a bare CR or LF, NUL, or not 7-bit; "
                "this is a bug in reconciler"
            )
        unwritable = _unwritable(sender) if sender else None
        if unwritable:
            return "address", f"Not sent: the sender {unwritable.reply[0].lower()}{unwritable.reply[1:]}"
        limit = self._size_limit()
        if limit and len(data) > limit:
            return "size", f"Not sent: the mail has {len(data)} bytes, the server takes at most {limit} (RFC 1870)"
        return None

    def _size_limit(self) -> int:
        """The server's limit in bytes; 0 where it states none."""
        stated = self._wire.features.get("size", "").strip()
        return int(stated) if stated.isascii() and stated.isdecimal() and len(stated) < 20 else 0

    def _transaction(self, doing: _Transaction) -> list[str]:
        """Carry it out, whatever happens; returns the recipients that need another one."""
        try:
            self._converse(doing)
        except Lost as lost:
            self._drop()
            doing.broke_off(str(lost))
        except _Closing as closing:
            self._drop()
            doing.settle(doing.unsettled(), Verdict.RETRY, closing.reply.line)
        return doing.unsettled()

    def _converse(self, doing: _Transaction) -> None:
        if not self._alive:
            raise Lost("the connection was closed before")
        if self._begun:
            self._reset(doing)
        self._begun = True
        reply = self._ask(doing, "mail", self._mail_command(doing))
        if not reply.good:
            self._note_refusal(doing, doing.waiting, reply)
            return
        self._name_recipients(doing)
        if doing.accepted:
            self._hand_over(doing)

    def _reset(self, doing: _Transaction) -> None:
        reply = self._ask(doing, "reset", "RSET")
        if not reply.good:
            raise Lost(f"the server answered RSET with {reply.line}")

    def _mail_command(self, doing: _Transaction) -> str:
        size = f" SIZE={len(doing.data)}" if "size" in self._wire.features else ""
        return f"MAIL FROM:<{doing.sender}>{size}"

    def _name_recipients(self, doing: _Transaction) -> None:
        for address in doing.waiting:
            reply = self._ask(doing, "rcpt", f"RCPT TO:<{address}>")
            if reply.good:
                doing.accepted.append(address)
            elif doing.accepted and self._full(reply):
                return
            else:
                self._note_refusal(doing, [address], reply)

    def _full(self, reply: Reply) -> bool:
        """Whether the server takes no more recipients in this transaction (RFC 5321 section 4.5.3.1.10)."""
        return reply.code in (452, 552) and self._judge(reply.code, reply.text, "rcpt") is Verdict.RETRY

    def _hand_over(self, doing: _Transaction) -> None:
        """DATA, the bytes, the final dot. From the dot on the server may have the message whatever we hear."""
        reply = self._ask(doing, "data", "DATA")
        if reply.good:
            raise Lost(f"the server answered DATA with {reply.line}")
        if reply.code != 354:
            self._note_refusal(doing, doing.accepted, reply)
            doing.put_off(reply.line)
            return
        self._write_body(doing)
        reply = self._ask(doing, "dot", ".")
        verdict = self._judge(reply.code, reply.text, "dot")
        doing.settle(doing.accepted, verdict, reply.line)
        if verdict is Verdict.AMBIGUOUS:
            self._drop()
        if verdict is not Verdict.DELIVERED:
            doing.put_off(reply.line)

    def _write_body(self, doing: _Transaction) -> None:
        """A server that refuses the body half-way may have said why before it hung up."""
        try:
            self._wire.write(_stuff(doing.data), self._route.data_timeout)
        except Lost:
            reply = self._wire.last_words()
            if reply and reply.code >= 400:
                self._note_refusal(doing, doing.accepted, reply)
                doing.put_off(reply.line)
            raise

    def _ask(self, doing: _Transaction, phase: str, line: str) -> Reply:
        doing.phase = phase
        seconds = self._route.data_timeout if phase == "dot" else self._route.command_timeout
        reply = self._wire.command(line, seconds)
        if reply.code == 421:
            raise _Closing(reply)
        return reply

    def _note_refusal(self, doing: _Transaction, addresses: Sequence[str], reply: Reply) -> None:
        words = f"{reply.line}{self._remedy(reply)}"
        doing.settle(addresses, self._judge(reply.code, reply.text, doing.phase), words)

    def _remedy(self, reply: Reply) -> str:
        """What to do where the server refuses us as we are configured (RFC 4954 section 6, RFC 3207 section 4)."""
        if reply.code not in (530, 535, 538):
            return ""
        if self._route.tls == "none":
            way = "set spec.tls.mode: starttls or a smtps:// spec.uri, and spec.credential if it wants a login"
        else:
            way = "check its spec.credential" if self._route.username else "name a Credential in its spec.credential"
        return f" (the server wants a login or encryption first; for SmtpServer/{self._route.name}, {way})"

    def _drop(self) -> None:
        self._alive = False
        self._wire.close()


@dataclass
class _Transaction:
    """One transaction under way. ``verdicts`` collects those of the whole message; ``phase`` is the command last sent."""

    sender: str
    waiting: list[str]
    data: bytes
    verdicts: dict[str, RecipientVerdict]
    accepted: list[str] = field(default_factory=list)
    phase: str = "mail"

    def unsettled(self) -> list[str]:
        """Recipients of this transaction without a verdict."""
        return [address for address in self.waiting if address not in self.verdicts]

    def settle(self, addresses: Sequence[str], verdict: Verdict, reply: str) -> None:
        for address in addresses:
            self.verdicts[address] = RecipientVerdict(address, verdict, reply, self.phase)

    def put_off(self, reply: str) -> None:
        """A server that refused the message for some recipients is not asked at once for the rest."""
        self.settle(self.unsettled(), Verdict.RETRY, reply)

    def broke_off(self, why: str) -> None:
        """The connection is lost: after the final dot the accepted recipients may have the mail (RFC 1047)."""
        if self.phase == "dot":
            self.settle(self.accepted, Verdict.AMBIGUOUS, f"{why} after taking the mail; it may have arrived")
        self.settle(self.unsettled(), Verdict.RETRY, why)


class _Closing(Exception):
    """The server answered 421: it closes the connection, whatever it was asked (RFC 5321 section 3.8)."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


def _unwritable(address: str) -> RecipientVerdict | None:
    """A failed verdict for an address that cannot stand in a command."""
    if _MAILBOX.match(address):
        return None
    words = "The address cannot be put into an SMTP command: it holds a space, a control character, < or >"
    if not address.isascii():
        words = "The address holds letters outside ASCII, which this transport does not send; use an ASCII address"
    return RecipientVerdict(address, Verdict.FAILED, words, "address")


def _stuff(data: bytes) -> bytes:
    """The bytes with every leading dot doubled, ending in CRLF (RFC 5321 section 4.5.2); otherwise unchanged."""
    ended = data if data.endswith(b"\r\n") or not data else data + b"\r\n"
    doubled = ended.replace(b"\n.", b"\n..")
    return b"." + doubled if doubled.startswith(b".") else doubled


def _unsafe_byte(data: bytes) -> int | None:
    """Where the first byte is that no server has to take as it is: a bare CR or LF, NUL, or one that is not 7-bit.

    The pattern takes half a second for ten megabytes, and no other thread runs meanwhile; counting takes a hundredth.
    """
    lines = data.count(b"\r\n")
    if data.isascii() and b"\0" not in data and data.count(b"\r") == lines == data.count(b"\n"):
        return None
    unsafe = _UNSAFE.search(data)
    return unsafe.start() if unsafe else None
