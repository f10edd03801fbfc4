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

from reconciler.kinds.credential.spec import CredentialSpec
from reconciler.kinds.protocol.answers import Exposure, FileNeed, Finding, Reference, RuleShift
from reconciler.kinds.protocol.kind import PlainKind
from reconciler.kinds.protocol.world import World
from reconciler.kinds.smtp_server.spec import SmtpServerSpec, Tls, parse_uri
from reconciler.model.configuration.address import Address, NamedIn
from reconciler.model.configuration.change import Effect, RetryMessages
from reconciler.model.configuration.control import Shift
from reconciler.model.configuration.resource import Path, Resource
from reconciler.model.diagnostic import Severity
from reconciler.model.mail.route import TlsMode

_MANUAL = __doc__ or ""

TLS: Path = ("spec", "tls")


class SmtpServer(PlainKind[SmtpServerSpec]):
    """The kind `SmtpServer`."""

    manual = _MANUAL
    called = ("server", "servers")
    suspension = "its mail waits"
    spec = SmtpServerSpec
    named_in = NamedIn.MESSAGE_SERVER

    def references(self, resource: Resource[SmtpServerSpec]) -> Iterable[Reference]:
        if resource.spec.credential:
            yield Reference(("spec", "credential"), Address(CredentialSpec.KIND, resource.spec.credential))

    def files(self, resource: Resource[SmtpServerSpec]) -> Iterable[FileNeed]:
        if resource.spec.tls.ca:
            yield FileNeed((*TLS, "ca"), resource.spec.tls.ca, certificates=True)

    def check(self, resource: Resource[SmtpServerSpec], world: World) -> Iterable[Finding]:
        spec = resource.spec
        yield from _list_mode_faults(spec)
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

    def effects(
        self, before: Resource[SmtpServerSpec] | None, after: Resource[SmtpServerSpec] | None, world: World
    ) -> Iterable[Effect]:
        if before and after and before.spec != after.spec:
            yield RetryMessages(after.address.name)

    def weakenings(self, before: Resource[SmtpServerSpec], after: Resource[SmtpServerSpec]) -> Iterable[RuleShift]:
        """How well the way to the host is protected. What a server of this machine says of it protects nothing yet."""
        old, new = parse_uri(before.spec.uri), parse_uri(after.spec.uri)
        if not new.loopback:
            yield from _mode_shift("this machine alone" if old.loopback else before.spec.tls.mode, after.spec.tls.mode)
            yield from _list_tls_shifts(Tls() if old.loopback else before.spec.tls, after.spec.tls)

    def exposure(self, resource: Resource[SmtpServerSpec], world: World) -> Exposure:
        login = world.spec(CredentialSpec, resource.spec.credential) if resource.spec.credential else None
        uri = parse_uri(resource.spec.uri)
        secrets = ((login.password.secret, uri.host),) if login else ()
        return Exposure(secrets=secrets, host="this machine" if uri.loopback else uri.host)


def _list_mode_faults(spec: SmtpServerSpec) -> Iterator[Finding]:
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


_MODES: tuple[str, ...] = ("none", "starttls", "implicit")
"""Of TLS, the weakest first."""


def _mode_shift(before: str | None, after: TlsMode | None) -> Iterator[RuleShift]:
    """Mail that stayed on this machine needed no TLS; what leaves it does."""
    old, new = before or "none", after or "none"
    if old not in _MODES and new == "none":
        yield RuleShift("TLS", old, new, Shift.WEAKER)
    elif old in _MODES and old != new:
        yield RuleShift("TLS", old, new, _order(_MODES.index(new) > _MODES.index(old)))


def _list_tls_shifts(before: Tls, after: Tls) -> Iterator[RuleShift]:
    """What protects the way to the server besides the mode; without TLS there is nothing more to compare."""
    if after.mode == "none":
        return
    if before.verify != after.verify:
        words = {True: "verified", False: "not verified"}
        yield RuleShift("certificate", words[before.verify], words[after.verify], _order(after.verify))
    if before.min_version != after.min_version:
        stronger = before.min_version < after.min_version
        yield RuleShift(
            "TLS version", f"at least {before.min_version}", f"at least {after.min_version}", _order(stronger)
        )
    if before.ca != after.ca:
        yield RuleShift("TLS authorities", before.ca or "the system's", after.ca or "the system's", Shift.DIFFERENT)
    if before.server_name != after.server_name:
        names = before.server_name or "the host", after.server_name or "the host"
        yield RuleShift("name in the certificate", *names, Shift.DIFFERENT)


def _order(stronger: bool) -> Shift:
    return Shift.STRONGER if stronger else Shift.WEAKER
