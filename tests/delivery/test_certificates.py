"""What is wrong with a certificate is said in words of its own, and no mail goes to a server that shows it."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reconciler.model.errors import TransportFault
from reconciler.testkit.scripted import ScriptedServer, Step, expect, hello, say, starttls
from tests.delivery.conftest import Authority
from tests.delivery.talking import route_to, transport

QUIT = expect("QUIT", "221 Bye")


def upgraded(context: ssl.SSLContext) -> list[Step]:
    """A whole session over STARTTLS, up to QUIT."""
    return [
        say("220 Hi"),
        hello("STARTTLS"),
        expect("STARTTLS", "220 Go"),
        starttls(context),
        hello(),
        QUIT,
    ]


def fault_of(context: ssl.SSLContext, **changes: Any) -> TransportFault:
    with (
        ScriptedServer(upgraded(context)) as server,
        pytest.raises(TransportFault) as caught,
    ):
        transport().connect(route_to(server.port, tls="starttls", **changes))
    return caught.value


def told(fault: TransportFault) -> str:
    return fault.summary.partition(") ")[2]


@pytest.fixture
def self_signed(tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    """A server's context with a certificate that nobody else signed, and that certificate as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both = tmp_path / "server.pem"
    both.write_bytes(private + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context, pem.decode()


def test_a_good_certificate_is_accepted(authority: Authority, certified: ssl.SSLContext) -> None:
    with ScriptedServer(upgraded(certified)) as server:
        transport().connect(route_to(server.port, tls="starttls", ca=authority.pem)).close()


def test_a_self_signed_certificate(self_signed: tuple[ssl.SSLContext, str]) -> None:
    fault = fault_of(self_signed[0], host="localhost")
    assert told(fault) == "shows a certificate that is self-signed"
    assert fault.detail == "OpenSSL says: self-signed certificate. No mail was sent to it."
    assert fault.hint == "Put the certificate itself (PEM) into a file and name the file in `spec.tls.ca`."
    assert (fault.phase, fault.permanent) == ("tls", True)


def test_a_self_signed_certificate_that_is_named_is_accepted(self_signed: tuple[ssl.SSLContext, str]) -> None:
    context, pem = self_signed
    with ScriptedServer(upgraded(context)) as server:
        transport().connect(route_to(server.port, tls="starttls", host="localhost", ca=pem)).close()


def test_an_unknown_authority(certified: ssl.SSLContext) -> None:
    fault = fault_of(certified)
    assert told(fault) == "shows a certificate that was issued by an unknown authority"
    assert "name the file in `spec.tls.ca`" in fault.hint


def test_another_authority_than_the_one_trusted(certified: ssl.SSLContext) -> None:
    other = trustme.CA(organization_name="Another").cert_pem.bytes().decode()
    assert told(fault_of(certified, ca=other)) == "shows a certificate that was issued by an unknown authority"


@pytest.mark.parametrize("changes", [{}, {"server_name": "relay.example.com"}], ids=["address", "name"])
def test_a_certificate_for_another_name(authority: Authority, changes: dict[str, Any]) -> None:
    fault = fault_of(authority.server("mail.example.org"), ca=authority.pem, **changes)
    assert told(fault) == "shows a certificate for another name"
    wanted = changes.get("server_name", "127.0.0.1")
    assert fault.detail == f"The certificate does not cover {wanted}. No mail was sent to it."
    assert "`spec.tls.serverName`" in fault.hint


def test_an_expired_certificate(authority: Authority) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    context = authority.server("127.0.0.1", not_before=yesterday - timedelta(days=9), not_after=yesterday)
    fault = fault_of(context, ca=authority.pem)
    assert told(fault) == "shows a certificate that has expired"
    assert fault.hint == "Ask whoever runs the server to install a valid certificate; mail waits until then."


def test_a_certificate_that_is_not_valid_yet(authority: Authority) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    context = authority.server("127.0.0.1", not_before=tomorrow, not_after=tomorrow + timedelta(days=9))
    fault = fault_of(context, ca=authority.pem)
    assert told(fault) == "shows a certificate that is not valid yet"
    assert "the clock of this machine" in fault.hint


def test_a_server_without_the_version_demanded(authority: Authority) -> None:
    context = authority.server()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    fault = fault_of(context, ca=authority.pem, minimum_tls="1.3")
    assert told(fault) == "speaks too old a version of TLS"
    assert fault.detail == "Version 1.3 or newer is required. No mail was sent to it."


def test_tls_1_2_is_enough_unless_more_is_demanded(authority: Authority) -> None:
    context = authority.server()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with ScriptedServer(upgraded(context)) as server:
        transport().connect(route_to(server.port, tls="starttls", ca=authority.pem)).close()


@pytest.mark.parametrize(
    "ca", ["not a certificate", "-----BEGIN CERTIFICATE-----\nzzz\n-----END CERTIFICATE-----\n", "ü"]
)
def test_an_authority_that_is_no_certificate_is_found_before_the_server_is_called(ca: str) -> None:
    with ScriptedServer([say("220 Hi")]) as server, pytest.raises(TransportFault) as caught:
        transport().connect(route_to(server.port, tls="starttls", ca=ca))
    assert told(caught.value) == "has an unusable certificate authority"
    assert server.connections == 0


def test_comments_in_an_authoritys_file_may_be_in_any_language(authority: Authority, certified: ssl.SSLContext) -> None:
    with ScriptedServer(upgraded(certified)) as server:
        transport().connect(route_to(server.port, tls="starttls", ca=f"# Größe\n{authority.pem}")).close()


def test_verification_can_be_switched_off(self_signed: tuple[ssl.SSLContext, str]) -> None:
    with ScriptedServer(upgraded(self_signed[0])) as server:
        transport().connect(route_to(server.port, tls="starttls", verify=False)).close()


@pytest.mark.parametrize("verify", [True, False])
def test_the_server_is_told_which_name_is_wanted(authority: Authority, verify: bool) -> None:
    context = authority.server("mail.example.org")
    asked: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with ScriptedServer(upgraded(context)) as server:
        route = route_to(server.port, tls="starttls", ca=authority.pem, verify=verify, server_name="mail.example.org")
        transport().connect(route).close()
    assert asked == ["mail.example.org"]
