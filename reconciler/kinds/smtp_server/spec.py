"""What an SmtpServer says: where it is, how to log in, and how the way to it is protected."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Annotated, Literal

import idna
from pydantic import BeforeValidator, Field, StrictBool, StrictInt, ValidationInfo, WithJsonSchema, field_validator

from reconciler.kinds.fields.forms import HOST, SERVER_URI
from reconciler.kinds.fields.recipients import BareAddress, MailboxField
from reconciler.kinds.fields.spec import ResourceSpec, Spec, about, choice
from reconciler.kinds.fields.texts import DurationField, FilePath, ResourceName, read_header
from reconciler.kinds.reading.faults import fault
from reconciler.model.duration import parse_duration
from reconciler.model.mail.route import TlsMode
from reconciler.model.suggestion import suggest_name

PORTS = {"smtp": 25, "smtps": 465}
"""The port of each scheme where none is written (RFC 5321 section 4.5.4.2, RFC 8314 section 3.3)."""

_SUMMARY = "Invalid server URI"
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)\Z", re.DOTALL)
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^\[\]:;]*)(?:[:;](.*))?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ServerUri:
    """``host`` as lower-case A-label, IPv4 or IPv6 address (without brackets)."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether mail to it stays on this machine (RFC 6761 section 6.3 for names)."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")


def parse_uri(text: str) -> ServerUri:
    """``smtp://host``, ``smtp://host:port`` or the older ``smtp://host;port``.

    Raises the fault of a field. It never repeats what stands before an ``@``, which may be a password.
    """
    match = _SCHEME.match(text)
    if not match:
        raise fault(_SUMMARY, "does not start with smtp:// or smtps://", "Write smtp://mail.example.com.")
    scheme, rest = match[1].lower(), match[2]
    if "@" in rest:
        hint = "Put the login into a resource of kind Credential and name it in the field credential."
        raise fault("Password in a URI", "holds a user name or a password", hint)
    if scheme not in PORTS:
        hint = suggest_name(scheme, PORTS, "Write smtp:// or smtps://.")
        raise fault(_SUMMARY, "has a scheme other than smtp and smtps", hint)
    authority, separator, tail = _cut(rest)
    if separator and (separator + tail) != "/":
        raise fault(_SUMMARY, "has a path or a query, which a mail server does not have", "End it after host and port.")
    found = _AUTHORITY.match(authority)
    if not found or not found[1]:
        raise fault(_SUMMARY, "names no host", "Write smtp://mail.example.com.")
    return ServerUri(scheme, parse_host(found[1]), PORTS[scheme] if found[2] is None else _port(found[2]))


_HOSTS = "Write a domain name, an IPv4 address, or an IPv6 address in brackets."


def parse_host(text: str) -> str:
    """A host name or an IP address literal in its one form; raises the fault of a field."""
    if text.startswith("["):
        try:
            return str(ipaddress.IPv6Address(text[1:-1]))
        except ValueError:
            raise fault(_SUMMARY, "has no valid IPv6 address in its brackets", "Write it as [2001:db8::1].") from None
    try:
        name = text.lower() if text.isascii() else idna.encode(text, uts46=True, transitional=False).decode("ascii")
    except idna.IDNAError:
        raise fault("Invalid host", "has a host that is no domain name", _HOSTS) from None
    labels = name.removesuffix(".").split(".")
    if len(name) > 253 or not all(_LABEL.match(label) for label in labels):
        raise fault("Invalid host", "has a host that is no domain name", _HOSTS)
    if labels[-1].isdigit():
        _check_ipv4(name)
    return name.removesuffix(".")


def _check_ipv4(name: str) -> None:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        raise fault(
            "Invalid host", "has a host that is no IPv4 address", "Write four numbers up to 255: 192.0.2.1."
        ) from None


def _cut(rest: str) -> tuple[str, str, str]:
    match = re.search(r"[/?#]", rest)
    return (rest[: match.start()], match[0], rest[match.end() :]) if match else (rest, "", "")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65_535):
        raise fault(_SUMMARY, "has a port that is no number from 1 to 65535", "Write smtp://mail.example.com:587.")
    return int(text)


def _normalise(value: object) -> str:
    return str(parse_uri(read_header(value)))


def _host_name(value: object) -> str:
    return parse_host(read_header(value))


def _helo(value: object) -> str:
    """A domain name or an address literal (RFC 5321 section 4.1.3): ``[192.0.2.1]``, ``[IPv6:2001:db8::1]``."""
    text = read_header(value)
    if not text.startswith("["):
        return parse_host(text)
    inner = text.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(inner.removeprefix("IPv6:"))
    except ValueError:
        raise fault("Invalid host", "is no address literal", "Write [192.0.2.1] or [IPv6:2001:db8::1].") from None
    return f"[{inner}]"


UriText = Annotated[str, BeforeValidator(_normalise), WithJsonSchema(SERVER_URI)]
HostName = Annotated[str, BeforeValidator(_host_name), WithJsonSchema(HOST)]
HeloName = Annotated[str, BeforeValidator(_helo), WithJsonSchema(HOST)]


MinimumVersion = Literal["1.2", "1.3"]


class Tls(Spec):
    """``mode`` is never None in a spec that was read whole: it is filled in from the URI."""

    mode: Annotated[
        Annotated[TlsMode, choice(TlsMode)] | None,
        about(
            "Of smtps always implicit; of smtp starttls, which must succeed, or none, which sends in clear text.",
            otherwise="implicit for smtps; for smtp none to this very machine (localhost, 127.0.0.1, [::1]), else starttls",
        ),
    ] = None
    verify: Annotated[StrictBool, about("Whether the certificate must be valid. false is a warning.")] = True
    ca: Annotated[
        FilePath | None,
        about(
            "PEM file of the authorities to trust, relative to the project; its content is stored with the resource.",
            otherwise="the system's",
        ),
    ] = None
    server_name: Annotated[HostName | None, about("The name the certificate must carry.", otherwise="the host")] = None
    min_version: Annotated[
        MinimumVersion, choice(MinimumVersion), about("The oldest version of TLS to speak, in quotes.")
    ] = "1.2"


class Limits(Spec):
    connections: Annotated[StrictInt, Field(ge=1, le=100), about("Connections open at once.")] = 4
    messages_per_connection: Annotated[
        StrictInt, Field(ge=1, le=10_000), about("Messages before a connection is closed.")
    ] = 100


class Timeouts(Spec):
    connect: Annotated[DurationField, about("For a connection to be made.")] = parse_duration("30s")
    command: Annotated[DurationField, about("For each answer (RFC 5321 section 4.5.3.2).")] = parse_duration("5m")
    data: Annotated[DurationField, about("For the answer to a whole message.")] = parse_duration("10m")


class SmtpServerSpec(ResourceSpec):
    """``uri`` normalised, its port always written."""

    KIND = "SmtpServer"

    uri: Annotated[
        UriText,
        about(
            "Where the server is: smtp://host (port 25) or smtps://host (port 465), with :port where it is another. The older "
            "smtp://host;port is read too. A login in it is an error: that is what Credential is for."
        ),
    ]
    sender: Annotated[MailboxField, about("The sender of mail whose task names none.")] = Field(alias="from")
    credential: Annotated[ResourceName | None, about("Name of the Credential to log in with.")] = None
    tls: Annotated[Tls, about("How the way to the server is protected.")] = Field(default=Tls(), validate_default=True)
    envelope_from: Annotated[BareAddress | None, about("Where bounces go.", otherwise="from")] = None
    helo: Annotated[
        HeloName | None,
        about(
            "How we introduce ourselves: a domain name or an address literal such as [192.0.2.1].",
            otherwise="the machine's name",
        ),
    ] = None
    limits: Annotated[Limits, about("How much at once.")] = Limits()
    timeouts: Annotated[Timeouts, about("How long to wait for the server.")] = Timeouts()

    @field_validator("tls")
    @classmethod
    def _effective(cls, tls: Tls, info: ValidationInfo) -> Tls:
        if tls.mode or "uri" not in info.data:
            return tls
        return tls.model_copy(update={"mode": default_mode(info.data["uri"])})


def default_mode(uri: str) -> TlsMode:
    """RFC 8314 section 3: implicit TLS where it is asked for, else STARTTLS; clear text never leaves the machine."""
    found = parse_uri(uri)
    if found.scheme == "smtps":
        return "implicit"
    return "none" if found.loopback else "starttls"
