"""The scripted server does what is written, no more, and says when a client does something else."""

from __future__ import annotations

import socket
import threading

import pytest

from reconciler.testkit.scripted import HOST, ScriptedServer, cut, drip, expect, hello, say, stall, take_body


def talk(port: int, *lines: bytes) -> bytes:
    """Everything the server says when the lines are sent at once and our side is closed."""
    with socket.create_connection((HOST, port), 2) as sock:
        for line in lines:
            sock.sendall(line)
        sock.shutdown(socket.SHUT_WR)
        heard = b""
        while data := sock.recv(4096):
            heard += data
    return heard


def test_steps_are_followed_in_order_and_then_the_connection_is_closed() -> None:
    script = [say("220 Hi"), hello("SIZE 9", "AUTH PLAIN"), expect("data", "354 Go"), take_body("250 Kept")]
    with ScriptedServer(script) as server:
        heard = talk(server.port, b"EHLO me\r\n", b"DATA\r\n", b"one\r\n..two\r\n.\r\n")
    assert heard == (b"220 Hi\r\n250-scripted.example.com\r\n250-SIZE 9\r\n250 AUTH PLAIN\r\n354 Go\r\n250 Kept\r\n")
    assert server.lines == ["EHLO me", "DATA"]
    assert server.bodies == [b"one\r\n..two\r\n"]


def test_each_connection_has_its_script_and_the_last_serves_the_rest() -> None:
    with ScriptedServer([say("1")], [say("2")]) as server:
        assert [talk(server.port) for _ in range(3)] == [b"1\r\n", b"2\r\n", b"2\r\n"]
    assert server.connections == 3


def test_a_client_that_says_something_else_fails_the_test() -> None:
    with (
        pytest.raises(AssertionError, match="expected MAIL, the client sent 'RSET'"),
        ScriptedServer([expect("MAIL", "250 OK")]) as server,
    ):
        talk(server.port, b"RSET\r\n")


def test_an_empty_body_ends_at_its_dot() -> None:
    with ScriptedServer([expect("DATA", "354 Go"), take_body("250 Kept")]) as server:
        talk(server.port, b"DATA\r\n.\r\n")
    assert server.bodies == [b""]


def test_a_drip_arrives_whole_and_a_cut_ends_it() -> None:
    with ScriptedServer([drip(b"220 Hi\r\n", 0.001), cut(), say("never")]) as server:
        assert talk(server.port) == b"220 Hi\r\n"


def test_it_stops_while_a_client_hangs_and_leaves_no_thread() -> None:
    before = threading.active_count()
    with ScriptedServer([stall()]) as server:
        hanging = socket.create_connection((HOST, server.port), 2)
    hanging.close()
    assert threading.active_count() == before
