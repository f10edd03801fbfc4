"""SmtpServer: a mail server that carries our mail.

    apiVersion: reconciler/v1
    kind: SmtpServer
    metadata: {name: relay, title: Corporate relay}
    spec:
      uri: smtp://mail.example.com:587
      from: Approval Desk <desk@example.com>
      credential: relay-login

Mail never leaves this machine in clear text unless `tls.mode: none` is written, which is a warning, and an error with a
credential. A login on port 25 is a warning: submissions with a login belong on port 587 or, with smtps, 465.

When a server is created or changed, mail that waits for it is tried again at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, ValidationInfo, field_validator

from reconciler.kinds.fields.fields import DurationField, FilePath, ResourceName, Spec, about, choice
from reconciler.kinds.fields.recipients import BareAddress, MailboxField
from reconciler.kinds.protocol.kind import Exposure, FileNeed, Finding, Reference, RuleShift, Upgrade
from reconciler.kinds.protocol.world import World
from reconciler.kinds.smtp_server.uri import HeloName, HostName, UriText, parse_uri
from reconciler.messages.mail import MailCase
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.control import Shift
from reconciler.model.configuration.effect import Effect, RetryMessages
from reconciler.model.configuration.resource import Path, Resource
from reconciler.model.diagnostic import Severity
from reconciler.model.duration import Duration, parse_duration
from reconciler.model.mail.route import Route, TlsMode

_MANUAL = __doc__ or ""

MinimumVersion = Literal["1.2", "1.3"]

TLS: Path = ("spec", "tls")


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


class SmtpServerSpec(Spec):
    """``uri`` normalised, its port always written."""

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
        return tls.model_copy(update={"mode": _default_mode(info.data["uri"])})


class SmtpServer:
    """The kind `SmtpServer`."""

    name = "SmtpServer"
    manual = _MANUAL
    schema_version = 1
    upgrades: tuple[Upgrade, ...] = ()
    spec = SmtpServerSpec
    sets: tuple[str, ...] = ()
    ordered: tuple[str, ...] = ()

    def references(self, resource: Resource) -> Iterable[Reference]:
        if resource.spec.credential:
            yield Reference(("spec", "credential"), Address("Credential", resource.spec.credential))

    def files(self, resource: Resource) -> Iterable[FileNeed]:
        if resource.spec.tls.ca:
            yield FileNeed((*TLS, "ca"), resource.spec.tls.ca, certificates=True)

    def check(self, resource: Resource, world: World) -> Iterable[Finding]:
        spec: SmtpServerSpec = resource.spec
        yield from _mode_faults(spec)
        yield from _clear_text(spec)
        if not spec.tls.verify and spec.tls.mode != "none":
            detail = "The server's certificate is not checked: whoever sits in between can read and change all mail."
            hint = "Remove verify: false; name the authority that signed the certificate in tls.ca."
            yield Finding((*TLS, "verify"), "Certificate not verified", detail, hint, Severity.WARNING)
        uri = parse_uri(spec.uri)
        if spec.credential and uri.port == 25 and not uri.loopback:
            detail = "Logging in on port 25 is unusual: that port is for mail between servers (RFC 6409 section 3.1)."
            hint = "Servers take submissions with a login on port 587, or 465 with smtps."
            yield Finding(("spec", "uri"), "Login on port 25", detail, hint, Severity.WARNING)

    def mails(self, resource: Resource, world: World) -> Iterable[MailCase]:
        return ()

    def effects(self, before: Resource | None, after: Resource | None, world: World) -> Iterable[Effect]:
        if before and after and before.spec != after.spec:
            yield RetryMessages(after.address.name)

    def weakenings(self, before: Resource, after: Resource) -> Iterable[RuleShift]:
        """How well the way to the host is protected. What a server of this machine says of it protects nothing yet."""
        old, new = parse_uri(before.spec.uri), parse_uri(after.spec.uri)
        if not new.loopback:
            yield from _mode_shift("this machine alone" if old.loopback else before.spec.tls.mode, after.spec.tls.mode)
            yield from _tls_shifts(Tls() if old.loopback else before.spec.tls, after.spec.tls)

    def exposure(self, resource: Resource, world: World) -> Exposure:
        login = world.spec("Credential", resource.spec.credential) if resource.spec.credential else None
        uri = parse_uri(resource.spec.uri)
        secrets = ((login.password.secret, uri.host),) if login else ()
        return Exposure(secrets=secrets, host="this machine" if uri.loopback else uri.host)


def route(resource: Resource, world: World, ca: str = "") -> Route:
    """How to reach the server. ``ca``: the stored content of ``tls.ca``, empty where the field is not set."""
    spec: SmtpServerSpec = resource.spec
    uri = parse_uri(spec.uri)
    login = world.spec("Credential", spec.credential) if spec.credential else None
    return Route(
        name=resource.address.name,
        host=uri.host,
        port=uri.port,
        tls=spec.tls.mode or _default_mode(spec.uri),
        verify=spec.tls.verify,
        ca=ca,
        server_name=spec.tls.server_name or "",
        minimum_tls=spec.tls.min_version,
        username=login.username if login else "",
        password=login.password if login else None,
        helo=spec.helo or "",
        connections=spec.limits.connections,
        messages_per_connection=spec.limits.messages_per_connection,
        connect_timeout=_seconds(spec.timeouts.connect),
        command_timeout=_seconds(spec.timeouts.command),
        data_timeout=_seconds(spec.timeouts.data),
    )


def _default_mode(uri: str) -> TlsMode:
    """RFC 8314 section 3: implicit TLS where it is asked for, else STARTTLS; clear text never leaves the machine."""
    found = parse_uri(uri)
    if found.scheme == "smtps":
        return "implicit"
    return "none" if found.loopback else "starttls"


def _mode_faults(spec: SmtpServerSpec) -> Iterator[Finding]:
    scheme = parse_uri(spec.uri).scheme
    if (scheme == "smtps") == (spec.tls.mode == "implicit"):
        return
    says = "starts with TLS" if scheme == "smtps" else "starts in clear text"
    detail = f'A connection to {scheme}:// {says}, which contradicts tls.mode "{spec.tls.mode}".'
    hint = "Remove tls.mode, or write smtp://." if scheme == "smtps" else "Write smtps:// for implicit TLS."
    yield Finding((*TLS, "mode"), "Contradicting settings", detail, hint)


def _clear_text(spec: SmtpServerSpec) -> Iterator[Finding]:
    uri = parse_uri(spec.uri)
    if spec.tls.mode != "none" or uri.loopback or uri.scheme == "smtps":
        return
    if spec.credential:
        detail = f"The password of Credential/{spec.credential} would cross the network readable by everybody."
        yield Finding((*TLS, "mode"), "Password in clear text", detail, "Remove tls.mode, or the credential.")
    else:
        detail = f"All mail to {uri.host} crosses the network readable by everybody."
        hint = "Remove tls.mode: STARTTLS is then required."
        yield Finding((*TLS, "mode"), "Mail in clear text", detail, hint, Severity.WARNING)


def _seconds(duration: Duration) -> float:
    return float(duration.seconds)


_MODES: tuple[str, ...] = ("none", "starttls", "implicit")
"""Of TLS, the weakest first."""


def _mode_shift(before: str | None, after: TlsMode | None) -> Iterator[RuleShift]:
    """Mail that stayed on this machine needed no TLS; what leaves it does."""
    old, new = before or "none", after or "none"
    if old not in _MODES and new == "none":
        yield RuleShift("TLS", old, new, Shift.WEAKER)
    elif old in _MODES and old != new:
        yield RuleShift("TLS", old, new, _ordered(_MODES.index(new) > _MODES.index(old)))


def _tls_shifts(before: Tls, after: Tls) -> Iterator[RuleShift]:
    """What protects the way to the server besides the mode; without TLS there is nothing more to compare."""
    if after.mode == "none":
        return
    if before.verify != after.verify:
        words = {True: "verified", False: "not verified"}
        yield RuleShift("certificate", words[before.verify], words[after.verify], _ordered(after.verify))
    if before.min_version != after.min_version:
        stronger = before.min_version < after.min_version
        yield RuleShift(
            "TLS version", f"at least {before.min_version}", f"at least {after.min_version}", _ordered(stronger)
        )
    if before.ca != after.ca:
        yield RuleShift("TLS authorities", before.ca or "the system's", after.ca or "the system's", Shift.DIFFERENT)
    if before.server_name != after.server_name:
        names = before.server_name or "the host", after.server_name or "the host"
        yield RuleShift("name in the certificate", *names, Shift.DIFFERENT)


def _ordered(stronger: bool) -> Shift:
    return Shift.STRONGER if stronger else Shift.WEAKER
