"""Whatever a server says, and wherever it repeats the password, there is an answer soon, on one line, without it."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable

from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.delivery.session import open_session
from reconciler.delivery.smtp import SmtplibWire
from reconciler.delivery.transaction import SmtpConnection
from reconciler.delivery.withheld import Withheld
from reconciler.messages.outcomes.verdict import judge_reply
from reconciler.model.errors import TransportFault
from tests.delivery.talking import ADA, MAIL, SENDER, with_login
from tests.fuzz.within import within
from tests.support.draws import drawn

PASSWORD = "Zq7!Canary-kV93"
HALVES = (PASSWORD[:7], PASSWORD[7:])
_FORMS: list[Callable[[str], str]] = [
    str, str.upper, lambda text: text[::-1], " ".join, lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: text.encode().hex(), lambda text: base64.b64encode(f"\0relay-user\0{text}".encode()).decode(),
]  # fmt: skip
FORMS = [form(PASSWORD) for form in _FORMS]

words = st.sampled_from(
    ["OK", "5.7.8 ", "4.7.0 ", "no", "", " ", "é", "\u202e", "##[x]", "::error::", "x" * 9_000, *HALVES, *FORMS]
) | st.text(max_size=9)
codes = st.sampled_from(["250", "220", "235", "334", "354", "421", "451", "535", "550", "552", "999", "25", ""])
lines = st.builds("{}{}{}".format, codes, st.sampled_from([" ", "-", ""]), st.lists(words, max_size=3).map("".join))
spoken = st.lists(lines, max_size=12).map(
    lambda said: "".join(f"{line}\r\n" for line in said).encode("utf-8", "replace")
)
STEPS = ("220 ", "250-", "250 AUTH PLAIN ", "235 ", "250 ", "250 ", "354 ", "250-", "250 ")
polite = st.lists(words, min_size=9, max_size=9).map(
    lambda said: "".join(f"{code}{word}\r\n" for code, word in zip(STEPS, said, strict=True)).encode("utf-8", "replace")
)
"""A server that takes the mail, and says something each time."""


def heard(said: bytes) -> str:
    """Everything that is kept of a session and a transaction in which the server says this, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    with ours, theirs:
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        wire = SmtplibWire(ours, "here.example.com", withheld=Withheld("relay-user", PASSWORD))
        wire._refuse_unread = lambda: None  # type: ignore[method-assign]  # this server never waits to be asked
        route = with_login(25, command_timeout=1.0, data_timeout=1.0)
        try:
            open_session(wire, route, None, PASSWORD)
            verdicts = SmtpConnection(wire, route, judge_reply).send(SENDER, [ADA], MAIL)
        except TransportFault as fault:
            return f"{fault.summary} {fault.detail} {fault.hint}"
        assert [verdict.address for verdict in verdicts] == [ADA]
        return verdicts[0].reply


@drawn(150)
@given(spoken | polite)
@example(b"220 Hi\r\n250-x\r\n250 AUTH PLAIN\r\n535-5.7.8 Zq7!Can\r\n535 5.7.8 ary-kV93\r\n")
@example(b"220 Hi\r\n250 AUTH PLAIN\r\n235 OK\r\n550-Zq7!Can\r\n550 ary-kV93\r\n")
@example(b"421-Zq7!Can\r\n421 ary-kV93\r\n")
def test_any_reply_is_answered_and_none_repeats_the_password(said: bytes) -> None:
    with within():
        kept = heard(said)
    assert kept.isprintable() and len(kept) < 2_000
    assert not [form for form in (*HALVES, *FORMS) if form in kept]
