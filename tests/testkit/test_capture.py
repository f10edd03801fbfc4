"""The capture server, spoken to by an independent client."""

from __future__ import annotations

import gc
import smtplib
import ssl
import threading
from pathlib import Path

import pytest
import trustme

from reconciler.model.mail.route import Route, SecretName
from reconciler.testkit.capture import CapturedMail, CaptureServer

MAIL = b"Subject: Hi\r\n\r\n.A dot\r\n"
FROM, TO = "desk@example.com", "ada@example.com"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_side(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def client_side(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_it_keeps_bytes_and_envelope() -> None:
    with CaptureServer() as server, smtplib.SMTP("127.0.0.1", server.port, "client") as client:
        client.sendmail(FROM, [TO, "bo@example.net"], MAIL)
        client.sendmail("", [TO], MAIL)
    assert server.mails == (
        CapturedMail(FROM, (TO, "bo@example.net"), MAIL, 1, False, ""),
        CapturedMail("", (TO,), MAIL, 1, False, ""),
    )


def test_it_counts_connections() -> None:
    with CaptureServer() as server:
        for _ in range(3):
            with smtplib.SMTP("127.0.0.1", server.port, "client") as client:
                client.sendmail(FROM, [TO], MAIL)
        assert (server.connections, [mail.connection for mail in server.mails]) == (3, [1, 2, 3])


def test_it_writes_each_mail_to_a_file_named_after_the_first_recipient(tmp_path: Path) -> None:
    with CaptureServer(tmp_path / "mails") as server, smtplib.SMTP("127.0.0.1", server.port, "client") as client:
        client.sendmail(FROM, [TO], MAIL)
        client.sendmail(FROM, ["../Odd/Name@example.net"], MAIL)
    names = sorted(file.name for file in (tmp_path / "mails").iterdir())
    assert names == ["001-ada.example.com.eml", "002-...odd.name.example.net.eml"]
    assert (tmp_path / "mails" / names[0]).read_bytes() == MAIL


def test_with_a_context_starttls_is_required(server_side: ssl.SSLContext, client_side: ssl.SSLContext) -> None:
    with CaptureServer(context=server_side) as server, smtplib.SMTP("127.0.0.1", server.port, "client") as client:
        with pytest.raises(smtplib.SMTPSenderRefused, match="STARTTLS"):
            client.sendmail(FROM, [TO], MAIL)
        client.starttls(context=client_side)
        client.sendmail(FROM, [TO], MAIL)
    assert [mail.encrypted for mail in server.mails] == [True]


def test_implicit_tls(server_side: ssl.SSLContext, client_side: ssl.SSLContext) -> None:
    with (
        CaptureServer(context=server_side, implicit=True) as server,
        smtplib.SMTP_SSL("127.0.0.1", server.port, "client", context=client_side) as client,
    ):
        client.sendmail(FROM, [TO], MAIL)
    assert [mail.encrypted for mail in server.mails] == [True]
    assert server.uri == f"smtps://127.0.0.1:{server.port}"


@pytest.mark.parametrize("implicit", [True, False])
def test_a_login_is_demanded_and_checked(
    server_side: ssl.SSLContext, client_side: ssl.SSLContext, implicit: bool
) -> None:
    with CaptureServer(context=server_side, implicit=implicit, login=("relay-user", "right")) as server:
        opened = (
            smtplib.SMTP_SSL("127.0.0.1", server.port, "client", context=client_side)
            if implicit
            else smtplib.SMTP("127.0.0.1", server.port, "client")
        )
        with opened as client:
            if not implicit:
                client.starttls(context=client_side)
            with pytest.raises(smtplib.SMTPSenderRefused, match="530"):
                client.sendmail(FROM, [TO], MAIL)
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("relay-user", "wrong")
            client.login("relay-user", "right")
            client.sendmail(FROM, [TO], MAIL)
        assert [mail.user for mail in server.mails] == ["relay-user"]


def test_without_a_login_none_is_offered() -> None:
    with CaptureServer() as server, smtplib.SMTP("127.0.0.1", server.port, "client") as client:
        client.ehlo()
        assert not client.has_extn("auth")


def test_it_states_its_size_limit() -> None:
    with (
        CaptureServer(size_limit=1000) as server,
        smtplib.SMTP("127.0.0.1", server.port, "client") as client,
    ):
        client.ehlo()
        assert client.esmtp_features["size"] == "1000"
        with pytest.raises(smtplib.SMTPSenderRefused, match="size"):
            client.sendmail(FROM, [TO], MAIL * 1000)


def test_its_route_says_how_to_reach_it(server_side: ssl.SSLContext) -> None:
    with CaptureServer(context=server_side, login=("relay-user", "right")) as server:
        route = server.route("relay", SecretName("relay-password"))
    assert route == Route(
        "relay",
        "127.0.0.1",
        server.port,
        "starttls",
        False,
        username="relay-user",
        password=SecretName("relay-password"),
    )


def test_it_stops_with_clients_still_connected_and_leaves_no_thread() -> None:
    before = threading.active_count()
    with CaptureServer() as server:
        clients = [smtplib.SMTP("127.0.0.1", server.port, "client") for _ in range(5)]
    assert threading.active_count() == before
    for client in clients:
        client.close()


def test_one_that_cannot_start_leaves_nothing_open(tmp_path: Path) -> None:
    """What is left open warns of it when it goes, and a warning fails the test."""
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError), CaptureServer(tmp_path / "file" / "folder"):
        pass
    gc.collect()
