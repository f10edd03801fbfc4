"""What arrives is what was sent: one message, byte for byte, whatever dots and line ends it holds (SMTP smuggling)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.delivery.transaction import SmtpConnection
from reconciler.model.mail.message import Verdict
from reconciler.testkit.capture import CaptureServer
from tests.delivery.talking import ADA, BO, SENDER, transport

PIECES = [b"\r\n", b".", b"..", b"a", b"\r\n.\r\n", b"MAIL FROM:<x@example.com>", b"DATA", b" ", b"=2E"]
BROKEN = [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r", b"\n", b"\r\r\n", b"\n\r\n", b"\0", b"\xff"]


@pytest.fixture(scope="module")
def server() -> Iterator[CaptureServer]:
    with CaptureServer() as running:
        yield running


@pytest.fixture(scope="module")
def connection(server: CaptureServer) -> Iterator[SmtpConnection]:
    opened = transport().connect(replace(server.route(), messages_per_connection=10_000))
    yield opened
    opened.close()


@settings(max_examples=150)
@given(body=st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))
def test_any_body_arrives_as_one_message_byte_for_byte(
    server: CaptureServer, connection: SmtpConnection, body: bytes
) -> None:
    data = b"Subject: fuzz\r\n\r\n" + body + b"\r\n"
    before = len(server.mails)
    (verdict,) = connection.send(SENDER, [ADA], data)
    assert verdict.verdict is Verdict.DELIVERED
    assert [mail.data for mail in server.mails[before:]] == [data]


@settings(max_examples=150)
@given(
    start=st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join),
    broken=st.sampled_from(BROKEN),
    end=st.lists(st.sampled_from([b"a", b".", b"x\r\n", b"\r\n.\r\nMAIL FROM:<x@example.com>\r\n"]), max_size=8).map(
        b"".join
    ),
)
def test_no_bare_line_end_leaves_this_machine(
    server: CaptureServer, connection: SmtpConnection, start: bytes, broken: bytes, end: bytes
) -> None:
    data = b"Subject: fuzz\r\n\r\n" + start + b"z" + broken + b"z" + end
    before = len(server.mails)
    verdicts = connection.send(SENDER, [ADA, BO], data)
    found = re.search(rb"\r(?!\n)|(?<!\r)\n|[\0\xff]", data)
    assert found is not None
    assert [(said.verdict, said.phase) for said in verdicts] == [(Verdict.FAILED, "content")] * 2
    assert f"byte {found.start()} of the message" in verdicts[0].reply
    assert "this is a bug in reconciler" in verdicts[0].reply
    assert len(server.mails) == before


@pytest.mark.parametrize("data", [b"", b"no end", b".", b"\r\n", b"a\r\n."])
def test_a_missing_last_line_end_is_all_that_is_ever_added(
    server: CaptureServer, connection: SmtpConnection, data: bytes
) -> None:
    connection.send(SENDER, [ADA], data)
    assert server.mails[-1].data == (data if not data or data.endswith(b"\r\n") else data + b"\r\n")


def test_a_large_mail_arrives_whole(server: CaptureServer, connection: SmtpConnection) -> None:
    data = b".A line that begins with a dot, and goes on for a while.\r\n" * 60_000
    connection.send(SENDER, [ADA, BO], data)
    assert server.mails[-1].data == data
    assert server.mails[-1].recipients == (ADA, BO)
