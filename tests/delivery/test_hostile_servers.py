"""Servers that send too much, too slowly, or anything at all: within the timeout there is an answer, and never a crash."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.errors import TransportFault
from reconciler.model.mail.message import Verdict
from reconciler.testkit.scripted import (
    ScriptedServer,
    Step,
    Talk,
    drip,
    expect,
    flood,
    say,
    stall,
    take_body,
    take_mail,
)
from tests.delivery.talking import ADA, greeted, outcomes, route_to, sent, transport

LIMIT = 0.15
BAD_REPLIES = [
    pytest.param([flood(b"250-more\r\n")], id="a reply without an end"),
    pytest.param([flood(b"x" * 4096)], id="a line without an end"),
    pytest.param([flood(b"\x00\xff\xfe\r\n" * 500)], id="binary junk"),
    pytest.param([drip(b"250-slowly\r\n" * 100, 0.01)], id="a slow drip of lines"),
    pytest.param([drip(b"2" * 200, 0.01)], id="a slow drip of bytes"),
    pytest.param([say(b"250"), stall()], id="half a line"),
    pytest.param([say(b"999 What\r\n"), stall()], id="an impossible code"),
    pytest.param([say(b"100 What\r\n"), stall()], id="a code of no use"),
    pytest.param([say(b"\r\n"), stall()], id="an empty line"),
    pytest.param([say("２５０ OK"), stall()], id="digits that are not ASCII"),
]


@pytest.mark.parametrize("steps", BAD_REPLIES)
def test_a_bad_greeting_is_a_fault_in_time(steps: list[Step]) -> None:
    began = time.monotonic()
    with ScriptedServer(steps) as server, pytest.raises(TransportFault) as caught:
        transport().connect(route_to(server.port, command_timeout=LIMIT))
    assert (caught.value.phase, caught.value.permanent) == ("greeting", False)
    assert time.monotonic() - began < 4 * LIMIT


@pytest.mark.parametrize("steps", BAD_REPLIES)
@pytest.mark.parametrize(("taken", "verdict"), [(1, Verdict.RETRY), (4, Verdict.AMBIGUOUS)], ids=["RCPT", "final dot"])
def test_a_bad_reply_is_a_verdict_in_time(taken: int, verdict: Verdict, steps: list[Step]) -> None:
    unanswered = expect("RCPT") if taken == 1 else take_body()
    before = take_mail()[:1] if taken == 1 else take_mail()[:3]
    began = time.monotonic()
    with ScriptedServer([*greeted(), *before, unanswered, *steps]) as server:
        assert outcomes(sent(server, command_timeout=LIMIT, data_timeout=LIMIT)) == [(ADA, verdict)]
    assert time.monotonic() - began < 4 * LIMIT


def test_a_server_that_stops_reading_is_given_up_in_time() -> None:
    def deaf(talk: object) -> None:
        time.sleep(2 * LIMIT)

    began = time.monotonic()
    with ScriptedServer([*greeted(), *take_mail()[:3], deaf]) as server:
        data = b"x" * 70 + b"\r\n"
        assert outcomes(sent(server, data=data * 150_000, data_timeout=LIMIT)) == [(ADA, Verdict.RETRY)]
    assert time.monotonic() - began < 2


def test_a_server_that_refuses_the_body_half_way_is_heard() -> None:
    def part_of_the_body(talk: Talk) -> None:
        talk.sock.recv(1000)

    refusing = [part_of_the_body, say("552 5.3.4 Too big"), stop_reading]
    with ScriptedServer([*greeted(), *take_mail()[:3], *refusing]) as server:
        (verdict,) = sent(server, data=(b"x" * 70 + b"\r\n") * 150_000)
    assert (verdict.verdict, verdict.reply, verdict.phase) == (Verdict.FAILED, "552 5.3.4 Too big", "data")


def stop_reading(talk: Talk) -> None:
    """Let the reply reach the client before the close, with data unread, resets the connection."""
    time.sleep(0.05)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.one_of(st.binary(max_size=40), st.sampled_from([b"250 OK", b"354 Go", b"220 Hi", b"250-x"])), max_size=7
    )
)
def test_whatever_a_server_sends_there_is_one_verdict_or_a_fault(lines: list[bytes]) -> None:
    with ScriptedServer([say(line + b"\r\n") for line in lines]) as server:
        try:
            verdicts = sent(server, command_timeout=LIMIT, data_timeout=LIMIT)
        except TransportFault:
            return
        assert [said.address for said in verdicts] == [ADA]
        assert verdicts[0].reply.isprintable()


@pytest.mark.parametrize("banner", ["220-" + "x" * 500 + "\r\n" + "220 Hi", "220 " + "é" * 300])
def test_a_long_but_lawful_greeting_is_fine(banner: str) -> None:
    with ScriptedServer([say(banner), *greeted()[1:], *take_mail(), expect("QUIT", "221 Bye")]) as server:
        assert outcomes(sent(server)) == [(ADA, Verdict.DELIVERED)]
