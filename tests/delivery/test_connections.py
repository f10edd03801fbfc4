"""Many messages over one connection, and knowing when it is over."""

from __future__ import annotations

import gc
import socket
import time

import pytest

from reconciler.delivery import smtp
from reconciler.model.mail.message import Verdict
from reconciler.testkit.capture import CaptureServer
from reconciler.testkit.scripted import ScriptedServer, cut, expect, reset, say, stall, take_mail
from tests.delivery.talking import ADA, BO, MAIL, SENDER, greeted, outcomes, route_to, transport


def test_a_hundred_messages_share_one_connection() -> None:
    with CaptureServer() as server:
        connection = transport().connect(server.route())
        while connection.usable:
            connection.send(SENDER, [ADA], MAIL)
        connection.close()
        assert (len(server.mails), server.connections) == (100, 1)


def test_between_two_messages_stands_rset() -> None:
    steps = [*greeted(), *take_mail(), expect("RSET", "250 OK"), *take_mail(), expect("QUIT", "221 Bye")]
    with ScriptedServer(steps) as server:
        connection = transport().connect(route_to(server.port, messages_per_connection=2))
        connection.send(SENDER, [ADA], MAIL)
        assert connection.usable
        connection.send(SENDER, [BO], MAIL)
        assert not connection.usable
        connection.close()


def test_a_refused_message_does_not_disturb_the_next() -> None:
    steps = [*greeted(), expect("MAIL", "250 OK"), expect("RCPT", "550 5.1.1 No"), expect("RSET", "250 OK")]
    with ScriptedServer([*steps, *take_mail(), expect("QUIT", "221 Bye")]) as server:
        connection = transport().connect(route_to(server.port))
        assert outcomes(connection.send(SENDER, [ADA], MAIL)) == [(ADA, Verdict.FAILED)]
        assert outcomes(connection.send(SENDER, [BO], MAIL)) == [(BO, Verdict.DELIVERED)]
        connection.close()


def test_a_server_that_hung_up_meanwhile_is_noticed_before_the_next_message() -> None:
    for ending in (cut(), reset(), say("421 4.4.2 Idle too long")):
        with ScriptedServer([*greeted(), *take_mail(), ending]) as server:
            connection = transport().connect(route_to(server.port))
            connection.send(SENDER, [ADA], MAIL)
            deadline = time.monotonic() + 2
            while connection.usable and time.monotonic() < deadline:
                time.sleep(0.005)
            assert not connection.usable
            connection.close()


def test_a_farewell_that_comes_unasked_is_the_answer_to_the_next_command() -> None:
    with ScriptedServer([*greeted(), *take_mail(dot="250 OK\r\n421 4.4.2 Idle too long"), stall()]) as server:
        connection = transport().connect(route_to(server.port))
        connection.send(SENDER, [ADA], MAIL)
        (verdict,) = connection.send(SENDER, [BO], MAIL)
        connection.close()
    assert (verdict.verdict, verdict.reply, verdict.phase) == (Verdict.RETRY, "421 4.4.2 Idle too long", "reset")


def test_an_answer_nobody_asked_for_is_never_taken_for_the_next() -> None:
    with ScriptedServer([*greeted(), *take_mail(dot="250 OK\r\n250 OK\r\n250 OK"), stall()]) as server:
        connection = transport().connect(route_to(server.port))
        connection.send(SENDER, [ADA], MAIL)
        assert not connection.usable
        (verdict,) = connection.send(SENDER, [BO], MAIL)
        connection.close()
    assert (verdict.verdict, verdict.reply) == (Verdict.RETRY, "the server answered what it had not been asked")


def test_an_acceptance_sent_ahead_of_the_body_is_not_believed() -> None:
    steps = [*greeted(), *take_mail()[:2], expect("DATA", "354 Go\r\n250 Accepted already"), stall()]
    with ScriptedServer(steps) as server:
        connection = transport().connect(route_to(server.port))
        (verdict,) = connection.send(SENDER, [ADA], MAIL)
        connection.close()
    assert (verdict.verdict, verdict.reply) == (Verdict.RETRY, "the server answered what it had not been asked")


def test_a_refused_rset_ends_the_connection() -> None:
    with ScriptedServer([*greeted(), *take_mail(), expect("RSET", "502 What?"), stall()]) as server:
        connection = transport().connect(route_to(server.port))
        connection.send(SENDER, [ADA], MAIL)
        (verdict,) = connection.send(SENDER, [BO], MAIL)
        assert (verdict.verdict, verdict.reply) == (Verdict.RETRY, "the server answered RSET with 502 What?")
        assert not connection.usable
        (again,) = connection.send(SENDER, [BO], MAIL)
        assert (again.verdict, again.reply) == (Verdict.RETRY, "the connection was closed before")
        connection.close()


def test_closing_does_not_wait_for_a_server_that_ignores_quit() -> None:
    with ScriptedServer([*greeted(), stall()]) as server:
        connection = transport().connect(route_to(server.port, command_timeout=0.05))
        began = time.monotonic()
        connection.close()
        connection.close()
        assert time.monotonic() - began < 0.5


def test_a_connection_that_comes_to_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left open warns of it when it goes, and a warning fails the test."""

    def fails(_: socket.socket) -> str:
        raise OSError("no name")

    monkeypatch.setattr(smtp, "_own_name", fails)
    with ScriptedServer([stall()]) as server:
        with pytest.raises(OSError, match="no name"):
            transport().connect(route_to(server.port))
        gc.collect()
