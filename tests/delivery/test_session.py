"""Greeting, EHLO, STARTTLS and login: what has to be there before mail is sent."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
import traceback
from typing import Any

import pytest

from reconciler.model.errors import SecretMissing, TransportFault
from reconciler.model.mail.route import Route
from reconciler.testkit.capture import CaptureServer
from reconciler.testkit.scripted import ScriptedServer, Step, cut, expect, hello, say, stall, starttls, take_mail
from tests.delivery.conftest import Authority
from tests.delivery.talking import ADA, MAIL, PASSWORD, SECRET_FORMS, SENDER, greeted, route_to, transport, with_login

QUIT = expect("QUIT", "221 Bye")


def fault_of(route: Route) -> TransportFault:
    with pytest.raises(TransportFault) as caught:
        transport().connect(route)
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert not any(form in shown for form in SECRET_FORMS)
    return caught.value


def brief(fault: TransportFault) -> tuple[str, str, bool]:
    """(phase, summary without the server's name, permanent)."""
    return fault.phase, fault.summary.partition(") ")[2], fault.permanent


def test_a_closed_port_is_a_fault_that_names_server_and_remedy(silent_port: int) -> None:
    fault = fault_of(route_to(silent_port))
    assert fault.summary == f"SmtpServer/relay (127.0.0.1:{silent_port}) cannot be reached"
    assert fault.detail == "Connecting failed: Connection refused."
    assert fault.hint == "Check host and port in `spec.uri`, and whether a firewall stands between."
    assert (fault.phase, fault.permanent) == ("connect", False)


def test_a_host_that_does_not_answer_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", silent)
    fault = fault_of(route_to(25))
    assert fault.detail == "Connecting failed: no answer within 2 s."
    assert brief(fault) == ("connect", "cannot be reached", False)


def test_the_time_to_connect_is_for_all_addresses_of_a_host() -> None:
    fault = fault_of(route_to(25, connect_timeout=0.0))
    assert fault.detail == "Connecting failed: no answer within 0 s."


def test_ipv6_is_spoken_and_named_in_ehlo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "build-7")
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with listener:
        port = listener.getsockname()[1]
        listener.listen()
        heard: list[bytes] = []
        served = threading.Thread(target=_serve_once, args=(listener, heard))
        served.start()
        transport().connect(route_to(port, host="::1")).close()
        served.join()
    assert heard == [b"EHLO [IPv6:::1]\r\n"]


def _serve_once(listener: socket.socket, heard: list[bytes]) -> None:
    sock, _ = listener.accept()
    with sock, sock.makefile("rwb", buffering=0) as file:
        file.write(b"220 Hi\r\n")
        heard.append(file.readline())
        file.write(b"250 Hello\r\n")
        file.readline()
        file.write(b"221 Bye\r\n")


@pytest.mark.network  # the name goes to the resolver's door and no further
@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example.com"])
def test_a_host_that_is_no_name_is_a_fault(host: str) -> None:
    assert brief(fault_of(route_to(25, host=host))) == ("connect", "cannot be found", False)


def test_a_host_that_cannot_be_resolved_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    fault = fault_of(route_to(25, host="relay.example.com"))
    assert fault.detail == "The name relay.example.com cannot be resolved: Name or service not known."
    assert brief(fault) == ("connect", "cannot be found", False)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([say("421 4.3.2 Shutting down")], ("greeting", "is not available now", False)),
        ([say("554 5.7.1 Go away")], ("greeting", "refuses to talk to this machine", True)),
        ([cut()], ("greeting", "cannot be used now", False)),
        ([stall()], ("greeting", "cannot be used now", False)),
        ([say("HTTP/1.1 400 Bad Request")], ("greeting", "cannot be used now", False)),
        ([say("220 Hi"), expect("EHLO", "421 Later")], ("greeting", "refuses the name this machine gives", False)),
        ([say("220 Hi"), expect("EHLO", "550 Who?")], ("greeting", "refuses the name this machine gives", True)),
        ([say("220 Hi"), expect("EHLO"), cut()], ("greeting", "cannot be used now", False)),
    ],
)
def test_a_server_that_does_not_greet_is_a_fault(steps: list[Step], expected: tuple[str, str, bool]) -> None:
    with ScriptedServer(steps) as server:
        assert brief(fault_of(route_to(server.port, command_timeout=0.1))) == expected


def test_a_server_without_ehlo_gets_helo() -> None:
    steps = [say("220 Old"), expect("EHLO", "502 What?"), expect("HELO", "250 Hello"), *take_mail(), QUIT]
    with ScriptedServer(steps) as server:
        connection = transport().connect(route_to(server.port))
        assert connection.send(SENDER, [ADA], MAIL)[0].reply == "250 2.0.0 Kept"
        connection.close()


def test_ehlo_gives_the_name_that_is_set() -> None:
    with ScriptedServer([*greeted(), QUIT]) as server:
        transport().connect(route_to(server.port, helo="mail.example.com")).close()
    assert server.lines[0] == "EHLO mail.example.com"


def test_ehlo_gives_an_address_literal_where_the_machine_has_no_full_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "build-7")
    with ScriptedServer([*greeted(), QUIT]) as server:
        transport().connect(route_to(server.port)).close()
    assert server.lines[0] == "EHLO [127.0.0.1]"


def test_what_was_offered_before_tls_does_not_count_after_it(authority: Authority, certified: ssl.SSLContext) -> None:
    before = [say("220 Hi"), hello("STARTTLS", "SIZE 10", "AUTH PLAIN"), expect("STARTTLS", "220 Go")]
    after = [starttls(certified), hello("SIZE 5000"), *take_mail(), QUIT]
    with ScriptedServer([*before, *after]) as server:
        connection = transport().connect(route_to(server.port, tls="starttls", ca=authority.pem))
        assert connection.send(SENDER, [ADA], MAIL)[0].reply == "250 2.0.0 Kept"
        connection.close()


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([hello("SIZE 1000")], ("does not offer STARTTLS", True)),
        ([hello("STARTTLS"), expect("STARTTLS", "454 4.7.0 Not now")], ("refuses to switch to TLS", False)),
        ([hello("STARTTLS"), expect("STARTTLS", "554 No")], ("refuses to switch to TLS", True)),
        ([hello("STARTTLS"), expect("STARTTLS", "220 Go\r\n250 forged")], ("sent a reply ahead of TLS", True)),
        ([hello("STARTTLS"), expect("STARTTLS", "220 Go"), say("250 forged")], None),
        ([hello("STARTTLS"), expect("STARTTLS", "220 Go"), cut()], ("broke off the TLS handshake", False)),
        ([hello("STARTTLS"), expect("STARTTLS", "220 Go"), stall()], ("did not finish the TLS handshake", False)),
    ],
    ids=["stripped", "454", "554", "injected", "injected later", "cut", "silence"],
)
def test_required_starttls_never_falls_back_to_clear_text(
    authority: Authority, steps: list[Step], expected: tuple[str, bool] | None
) -> None:
    with ScriptedServer([say("220 Hi"), *steps]) as server:
        fault = fault_of(with_login(server.port, tls="starttls", ca=authority.pem, connect_timeout=0.15))
    assert fault.phase == "tls"
    assert fault.detail.endswith("No mail was sent to it.")
    assert expected is None or brief(fault)[1:] == expected
    assert not [line for line in server.lines if line.startswith(("AUTH", "MAIL"))]


def test_implicit_tls_is_spoken_from_the_first_byte(authority: Authority, certified: ssl.SSLContext) -> None:
    with CaptureServer(context=certified, implicit=True) as server:
        connection = transport().connect(route_to(server.port, tls="implicit", ca=authority.pem))
        connection.send(SENDER, [ADA], MAIL)
        connection.close()
    assert [(mail.encrypted, mail.data) for mail in server.mails] == [(True, MAIL)]


def test_implicit_tls_to_a_clear_text_server_says_which_port_speaks_what() -> None:
    with ScriptedServer([say("220 Clear text here"), stall()]) as server:
        fault = fault_of(route_to(server.port, tls="implicit", verify=False))
    assert brief(fault) == ("tls", "does not speak TLS here", True)
    assert "smtps:// (465)" in fault.hint


@pytest.mark.parametrize("offer", ["AUTH PLAIN", "AUTH PLAIN LOGIN", "AUTH=PLAIN", "AUTH CRAM-MD5 plain"])
def test_plain_is_preferred_and_sent_at_once(offer: str) -> None:
    with ScriptedServer([*greeted(offer), expect("AUTH PLAIN", "235 2.7.0 Welcome"), QUIT]) as server:
        transport().connect(with_login(server.port)).close()
    assert base64.b64decode(server.lines[1].split()[2]) == b"\0relay-user\0" + PASSWORD.encode()


def test_plain_answers_a_server_that_asks_again() -> None:
    steps = [*greeted("AUTH PLAIN"), expect("AUTH PLAIN", "334 "), expect("", "235 Welcome"), QUIT]
    with ScriptedServer(steps) as server:
        transport().connect(with_login(server.port)).close()


@pytest.mark.parametrize("refusal", [None, "504 5.5.4 Unknown mechanism", "534 5.7.9 Too weak"])
def test_login_is_used_where_plain_is_not_to_be_had(refusal: str | None) -> None:
    first = [] if refusal is None else [expect("AUTH PLAIN", refusal)]
    login = [expect("AUTH LOGIN", "334 VXNlcm5hbWU6"), expect("", "334 UGFzc3dvcmQ6"), expect("", "235 Welcome")]
    with ScriptedServer([*greeted("AUTH PLAIN LOGIN" if first else "AUTH LOGIN"), *first, *login, QUIT]) as server:
        transport().connect(with_login(server.port)).close()
    assert [base64.b64decode(line) for line in server.lines[-3:-1]] == [b"relay-user", PASSWORD.encode()]


def test_a_server_that_takes_none_of_the_ways_it_offers_refuses_the_login() -> None:
    tried = [expect("AUTH PLAIN", "504 5.5.4 No"), expect("AUTH LOGIN", "504 5.5.4 Neither")]
    with ScriptedServer([*greeted("AUTH PLAIN LOGIN"), *tried, stall()]) as server:
        fault = fault_of(with_login(server.port))
    assert brief(fault) == ("auth", "refuses the login", True)
    assert "504 5.5.4;" in fault.detail


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("535 5.7.8 Wrong", ("refuses the login", True)),
        ("454 4.7.0 Directory down", ("cannot check the login now", False)),
        ("421 4.7.0 Too many logins", ("cannot check the login now", False)),
        ("538 5.7.11 Encrypt first", ("wants encryption before a login", True)),
        ("432 4.7.12 Change it", ("cannot check the login now", False)),
    ],
)
def test_a_refused_login_says_whether_waiting_helps(mechanism: str, reply: str, expected: tuple[str, bool]) -> None:
    exchange = [expect("AUTH PLAIN", reply)]
    if mechanism == "LOGIN":
        exchange = [expect("AUTH LOGIN", "334 "), expect("", "334 "), expect("", reply)]
    with ScriptedServer([*greeted(f"AUTH {mechanism}"), *exchange, stall()]) as server:
        fault = fault_of(with_login(server.port))
    assert brief(fault) == ("auth", *expected)
    code, words = reply[:3], reply.split(" ", 2)[2]
    assert code in fault.detail and words not in fault.detail


def test_a_wrong_password_is_tried_once_and_names_user_and_secret() -> None:
    with ScriptedServer([*greeted("AUTH PLAIN LOGIN"), expect("AUTH PLAIN", "535 5.7.8 Wrong"), stall()]) as server:
        fault = fault_of(with_login(server.port))
    said = "it answered 535 5.7.8; its words are not kept, for they may repeat the credential"
    assert fault.detail == f"User relay-user: {said}"
    assert "the value of the secret relay-password" in fault.hint


def test_a_mechanism_nobody_knows_is_not_repeated() -> None:
    with ScriptedServer([*greeted(f"AUTH GSSAPI {PASSWORD}"), stall()]) as server:
        assert fault_of(with_login(server.port)).detail == "It offers GSSAPI; PLAIN and LOGIN are known."


@pytest.mark.parametrize("steps", [[cut()], [stall()], [say("\x00\xff")]], ids=["cut", "silence", "junk"])
def test_a_login_that_breaks_off_keeps_the_secret(steps: list[Step]) -> None:
    with ScriptedServer([*greeted("AUTH PLAIN"), expect("AUTH"), *steps]) as server:
        fault = fault_of(with_login(server.port, command_timeout=0.1))
    assert brief(fault) == ("auth", "cannot be used now", False)


@pytest.mark.parametrize(
    ("offer", "summary"),
    [
        ("SIZE 1000", "offers no login"),
        ("AUTH", "offers no login"),
        ("AUTH CRAM-MD5 XOAUTH2", "offers no way to log in that is known here"),
    ],
)
def test_with_a_credential_mail_is_never_sent_without_logging_in(offer: str, summary: str) -> None:
    with ScriptedServer([*greeted(offer), stall()]) as server:
        assert brief(fault_of(with_login(server.port))) == ("auth", summary, True)
    assert len(server.lines) == 1


def test_a_password_leaves_this_machine_only_under_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.delivery.smtp._is_loopback", lambda sock: False)
    with ScriptedServer([*greeted("AUTH PLAIN LOGIN"), stall()]) as server:
        assert brief(fault_of(with_login(server.port))) == ("auth", "may not be given a password", True)
    assert len(server.lines) == 1


def test_a_missing_secret_is_found_before_the_server_is_called() -> None:
    with ScriptedServer([*greeted()]) as server:
        with pytest.raises(SecretMissing):
            transport(None).connect(with_login(server.port))
        assert server.connections == 0


@pytest.mark.parametrize("password", ["päss wörd", "a" * 200, "%s{0}\\"])
def test_any_password_arrives_as_it_is(authority: Authority, certified: ssl.SSLContext, password: str) -> None:
    with CaptureServer(context=certified, login=("relay-user", password)) as server:
        connection = transport(password).connect(with_login(server.port, tls="starttls", ca=authority.pem))
        connection.send(SENDER, [ADA], MAIL)
        connection.close()
    assert [(mail.user, mail.encrypted) for mail in server.mails] == [("relay-user", True)]


@pytest.mark.parametrize("changes", [{}, {"tls": "none"}], ids=["none", "none written"])
def test_clear_text_is_spoken_only_where_the_route_says_so(changes: dict[str, Any]) -> None:
    with ScriptedServer([*greeted("STARTTLS"), *take_mail(), QUIT]) as server:
        connection = transport().connect(route_to(server.port, **changes))
        connection.send(SENDER, [ADA], MAIL)
        connection.close()
    assert "STARTTLS" not in server.lines
