"""One transaction: every reply a server can give, at every command."""

from __future__ import annotations

import pytest

from reconciler.model.mail.message import RecipientVerdict, Verdict
from reconciler.testkit.scripted import ScriptedServer, Step, cut, expect, reset, stall, take_body, take_mail
from tests.delivery.talking import ADA, BO, CY, MAIL, greeted, outcomes, route_to, sent, transport

D, R, F, A = Verdict.DELIVERED, Verdict.RETRY, Verdict.FAILED, Verdict.AMBIGUOUS
QUIT = expect("QUIT", "221 Bye")
USE_ASCII = "which this transport does not send; use an ASCII address"
UNWRITABLE = "The address cannot be put into an SMTP command: it holds a space, a control character, < or >"


def test_a_mail_that_is_taken_is_delivered_byte_for_byte_with_dots_doubled() -> None:
    with ScriptedServer([*greeted("SIZE 0"), *take_mail(), QUIT]) as server:
        assert sent(server) == (RecipientVerdict(ADA, D, "250 2.0.0 Kept", "dot"),)
    assert server.lines[1:] == [f"MAIL FROM:<desk@example.com> SIZE={len(MAIL)}", f"RCPT TO:<{ADA}>", "DATA", "QUIT"]
    assert server.bodies == [MAIL.replace(b"\r\n.", b"\r\n..")]


def test_each_recipient_has_its_own_fate_and_the_body_goes_out_once() -> None:
    replies = ("250 OK", "550 5.1.1 No such user", "451 4.2.1 Busy")
    with ScriptedServer([*greeted(), *take_mail(*replies), QUIT]) as server:
        verdicts = sent(server, ADA, BO, CY)
    assert verdicts == (
        RecipientVerdict(ADA, D, "250 2.0.0 Kept", "dot"),
        RecipientVerdict(BO, F, "550 5.1.1 No such user", "rcpt"),
        RecipientVerdict(CY, R, "451 4.2.1 Busy", "rcpt"),
    )
    assert len(server.bodies) == 1


def test_without_an_accepted_recipient_there_is_no_data() -> None:
    steps = [*greeted(), expect("MAIL", "250 OK"), expect("RCPT", "550 5.1.1 No"), QUIT]
    with ScriptedServer(steps) as server:
        assert outcomes(sent(server)) == [(ADA, F)]
    assert "DATA" not in server.lines


@pytest.mark.parametrize("code", [451, 452, 450, 421, 550, 552, 554, 553])
@pytest.mark.parametrize("phase", ["mail", "rcpt", "data", "dot"])
def test_a_refusal_at_any_command_is_kept_word_for_word(phase: str, code: int) -> None:
    steps = {
        "mail": expect("MAIL", "250 OK"),
        "rcpt": expect("RCPT", "250 OK"),
        "data": expect("DATA", "354 Go"),
        "dot": take_body("250 OK"),
    }
    reply = f"{code} Not this way"
    refusing = {"mail": expect("MAIL", reply), "rcpt": expect("RCPT", reply), "data": expect("DATA", reply)}
    before = list(steps.values())[: list(steps).index(phase)]
    ending = [] if code == 421 else [QUIT]
    with ScriptedServer([*greeted(), *before, refusing.get(phase, take_body(reply)), *ending]) as server:
        (verdict,) = sent(server)
    permanent = code >= 500 and not (code == 552 and phase == "rcpt")
    assert verdict == RecipientVerdict(ADA, F if permanent else R, reply, phase)


@pytest.mark.parametrize(
    ("steps", "fates"),
    [
        pytest.param([expect("MAIL", "421 Going")], [(ADA, R), (BO, R)], id="MAIL"),
        pytest.param([expect("MAIL", "250 OK"), expect("RCPT", "421 Going")], [(ADA, R), (BO, R)], id="first RCPT"),
        pytest.param(
            [expect("MAIL", "250 OK"), expect("RCPT", "550 No"), expect("RCPT", "421 Going")],
            [(ADA, F), (BO, R)],
            id="second RCPT after a refusal",
        ),
        pytest.param(
            [expect("MAIL", "250 OK"), expect("RCPT", "250 OK"), expect("RCPT", "421 Going")],
            [(ADA, R), (BO, R)],
            id="second RCPT after an acceptance",
        ),
        pytest.param([*take_mail("250 OK", "250 OK")[:3], expect("DATA", "421 Going")], [(ADA, R), (BO, R)], id="DATA"),
        pytest.param(take_mail("250 OK", "250 OK", dot="421 Going"), [(ADA, R), (BO, R)], id="final dot"),
    ],
)
def test_421_ends_the_connection_and_nobody_is_lost(steps: list[Step], fates: list[tuple[str, Verdict]]) -> None:
    with ScriptedServer([*greeted(), *steps, stall()]) as server:
        connection = transport().connect(route_to(server.port))
        assert outcomes(connection.send("", [ADA, BO], MAIL)) == fates
        assert not connection.usable
        connection.close()
    assert "QUIT" not in server.lines


@pytest.mark.parametrize("end", [cut, reset, stall], ids=["cut", "reset", "silence"])
@pytest.mark.parametrize("after", range(3), ids=["MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_final_dot_is_a_retry(after: int, end: type[Step]) -> None:
    steps = [expect("MAIL", "250 OK"), expect("RCPT", "250 OK"), expect("DATA", "354 Go")]
    unanswered = expect(["MAIL", "RCPT", "DATA"][after])
    with ScriptedServer([*greeted(), *steps[:after], unanswered, end()]) as server:
        assert outcomes(sent(server, command_timeout=0.1)) == [(ADA, R)]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([take_body(), cut()], "the server closed the connection after taking the mail; it may have arrived"),
        (
            [take_body(), reset()],
            "the connection to the server broke (Connection reset by peer) after taking the mail; it may have arrived",
        ),
        ([take_body(), stall()], "the server did not answer within 0.1 s after taking the mail; it may have arrived"),
        (
            [take_body("what?")],
            "the server sent something that is no SMTP reply after taking the mail; it may have arrived",
        ),
        ([take_body("354 More?")], "354 More?"),
    ],
    ids=["cut", "reset", "silence", "nonsense", "no final reply"],
)
def test_a_reply_lost_after_the_final_dot_is_ambiguous(steps: list[Step], words: str) -> None:
    with ScriptedServer([*greeted(), *take_mail()[:3], *steps]) as server:
        assert sent(server, data_timeout=0.1) == (RecipientVerdict(ADA, A, words, "dot"),)


def test_only_the_accepted_recipients_are_ambiguous() -> None:
    replies = ("250 OK", "550 5.1.1 No such user", "451 4.2.1 Busy")
    with ScriptedServer([*greeted(), *take_mail(*replies, dot=None), cut()]) as server:
        assert outcomes(sent(server, ADA, BO, CY)) == [(ADA, A), (BO, F), (CY, R)]


@pytest.mark.parametrize("full", ["452 4.5.3 Too many recipients", "552 Too many recipients", "452 Enough"])
def test_recipients_over_the_servers_number_follow_at_once_in_another_transaction(full: str) -> None:
    steps = [*greeted(), *take_mail("250 OK", full), expect("RSET", "250 OK"), *take_mail("250 OK", full)]
    steps += [expect("RSET", "250 OK"), *take_mail("250 OK"), QUIT]
    with ScriptedServer(steps) as server:
        assert outcomes(sent(server, ADA, BO, CY)) == [(ADA, D), (BO, D), (CY, D)]
    assert len(server.bodies) == 3
    assert server.connections == 1


def test_two_hundred_and_fifty_recipients_reach_a_server_that_takes_a_hundred() -> None:
    people = [f"p{number}@example.com" for number in range(250)]
    full = [*["250 OK"] * 100, "452 4.5.3 Too many"]
    steps = [*greeted(), *take_mail(*full), expect("RSET", "250 OK"), *take_mail(*full)]
    steps += [expect("RSET", "250 OK"), *take_mail(*["250 OK"] * 50), QUIT]
    with ScriptedServer(steps) as server:
        assert outcomes(sent(server, *people)) == [(person, D) for person in people]


def test_a_full_mailbox_alone_is_tried_later() -> None:
    steps = [*greeted(), *take_mail("452 4.2.2 Mailbox full", "250 OK"), QUIT]
    with ScriptedServer(steps) as server:
        assert outcomes(sent(server, ADA, BO)) == [(ADA, R), (BO, D)]


@pytest.mark.parametrize("dot", ["451 4.3.0 Later", "554 5.6.0 No"])
def test_a_refused_body_is_not_offered_again_at_once_for_the_rest(dot: str) -> None:
    steps = [*greeted(), *take_mail("250 OK", "452 Too many", dot=dot), QUIT]
    with ScriptedServer(steps) as server:
        first, second = sent(server, ADA, BO)
    assert first.verdict is (R if dot.startswith("4") else F)
    assert second == RecipientVerdict(BO, R, dot, "dot")


def test_a_mail_over_the_servers_size_fails_before_it_is_offered() -> None:
    with ScriptedServer([*greeted("SIZE 1000"), QUIT]) as server:
        (verdict,) = sent(server, data=b"x" * 998 + b"\r\n" + b"y\r\n")
    words = "Not sent: the mail has 1003 bytes, the server takes at most 1000 (RFC 1870)"
    assert verdict == RecipientVerdict(ADA, F, words, "size")


@pytest.mark.parametrize("stated", ["SIZE", "SIZE 0", "SIZE many", "SIZE 99999999999999999999999", "SIZE ²"])
def test_a_size_that_limits_nothing_is_still_answered(stated: str) -> None:
    with ScriptedServer([*greeted(stated), *take_mail(), QUIT]) as server:
        assert outcomes(sent(server)) == [(ADA, D)]
    assert server.lines[1].endswith(f" SIZE={len(MAIL)}")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("zoë@example.com", f"The address holds letters outside ASCII, {USE_ASCII}"),
        ("a@example.com>\r\nDATA", UNWRITABLE),
        ("", UNWRITABLE),
    ],
)
def test_an_address_that_cannot_be_written_fails_alone(address: str, words: str) -> None:
    with ScriptedServer([*greeted(), *take_mail(), QUIT]) as server:
        assert sent(server, address, ADA) == (
            RecipientVerdict(address, F, words, "address"),
            RecipientVerdict(ADA, D, "250 2.0.0 Kept", "dot"),
        )


def test_a_sender_that_cannot_be_written_fails_the_mail() -> None:
    with ScriptedServer([*greeted(), QUIT]) as server:
        connection = transport().connect(route_to(server.port))
        (verdict,) = connection.send("zoë@example.com", [ADA], MAIL)
        connection.close()
    assert (verdict.verdict, verdict.phase) == (F, "address")
    assert verdict.reply.startswith("Not sent: the sender the address holds letters outside ASCII")


def test_an_answer_to_data_that_makes_no_sense_ends_the_connection() -> None:
    with ScriptedServer([*greeted(), *take_mail()[:2], expect("DATA", "250 Thanks"), stall()]) as server:
        assert sent(server) == (RecipientVerdict(ADA, R, "the server answered DATA with 250 Thanks", "data"),)


def test_a_long_reply_of_several_lines_becomes_one_short_safe_line() -> None:
    reply = "550-5.7.1 \x1b[2Jnot\twanted\r\n550-5.7.1 \u202egnp.exe\r\n550 5.7.1 " + "x" * 5000
    with ScriptedServer([*greeted(), expect("MAIL", reply), QUIT]) as server:
        (verdict,) = sent(server)
    assert verdict.reply.startswith("550 5.7.1 \\x1b[2Jnot wanted \\u202egnp.exe xxx")
    assert len(verdict.reply) == 500
    assert verdict.reply.isprintable()
