"""What a reply means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.messages.outcomes.verdict import judge_reply, read_enhanced_code
from reconciler.model.mail.message import Verdict

D, R, F, A = Verdict.DELIVERED, Verdict.RETRY, Verdict.FAILED, Verdict.AMBIGUOUS


@pytest.mark.parametrize(
    ("code", "text", "phase", "verdict"),
    [
        (250, "2.0.0 OK", "dot", D),
        (250, "", "rcpt", D),
        (251, "2.1.5 Will forward", "rcpt", D),
        (252, "2.1.5 Cannot verify", "rcpt", D),
        (421, "4.3.2 Going", "rcpt", R),
        (450, "4.2.1 Mailbox busy", "rcpt", R),
        (451, "4.7.1 Greylisted", "rcpt", R),
        (452, "4.2.2 Mailbox full", "rcpt", R),
        (452, "4.5.3 Too many recipients", "rcpt", R),
        (452, "4.3.1 Disk full", "mail", R),
        (550, "5.1.1 No such user", "rcpt", F),
        (550, "No such user", "rcpt", F),
        (550, "5.7.1 Policy", "dot", F),
        (553, "5.1.3 Bad address", "rcpt", F),
        (554, "5.6.0 Content", "dot", F),
        (530, "5.7.0 Authentication required", "mail", R),
        (530, "Must issue a STARTTLS command first", "rcpt", R),
        (535, "5.7.8 Log in first", "mail", R),
        (538, "5.7.11 Encrypt first", "data", R),
        (530, "5.7.1 Not this content", "dot", F),
        (552, "Too many recipients", "rcpt", R),
        (552, "5.5.3 Too many recipients", "rcpt", R),
        (552, "5.2.2 Mailbox full", "rcpt", F),
        (552, "5.3.4 Too big for the system", "rcpt", F),
        (552, "5.7.1 Policy", "rcpt", F),
        (552, "Too big", "mail", F),
        (552, "5.3.4 Too big", "dot", F),
        (550, "4.7.1 Try later", "rcpt", R),
        (451, "5.7.1 Policy", "rcpt", R),
        (354, "Go on", "mail", R),
        (334, "", "data", R),
        (354, "Go on", "dot", A),
    ],
)
def test_the_code_the_words_and_the_phase_make_the_verdict(code: int, text: str, phase: str, verdict: Verdict) -> None:
    assert judge_reply(code, text, phase) is verdict


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5.1.1 No such user", (5, 1, 1)),
        ("4.7.650", (4, 7, 650)),
        (" 2.0.0 OK", (2, 0, 0)),
        ("3.0.0 No class", None),
        ("5.1.1.1 No code", None),
        ("5.1.1234 No code", None),
        ("192.0.2.1 is listed", None),
        ("see 5.1.1", None),
        ("", None),
    ],
)
def test_an_enhanced_code_stands_at_the_beginning(text: str, code: tuple[int, int, int] | None) -> None:
    assert read_enhanced_code(text) == code


@given(st.integers(200, 599), st.text(max_size=30), st.sampled_from(["mail", "rcpt", "data", "dot"]))
def test_only_2yz_delivers_and_only_5yz_fails(code: int, text: str, phase: str) -> None:
    verdict = judge_reply(code, text, phase)
    assert (verdict is D) == (code < 300)
    assert verdict is not F or code >= 500
    assert verdict is not A or (phase == "dot" and 300 <= code < 400)
