"""TLS towards mail servers: what is trusted, and what went wrong in words (RFC 8314, RFC 9525)."""

from __future__ import annotations

import ssl
from functools import lru_cache

from reconciler.delivery.wire import join_lines, make_fault
from reconciler.model.errors import TransportFault
from reconciler.model.mail.route import Route

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}

_TRUST = "If it is your organisation's own authority, put its certificate (PEM) into a file and name the file in `spec.tls.ca`."
_RENEW = "Ask whoever runs the server to install a valid certificate; mail waits until then."

_CERTIFICATE = {
    9: ("is not valid yet", "Compare the clock of this machine with the server's certificate."),
    10: ("has expired", _RENEW),
    18: ("is self-signed", "Put the certificate itself (PEM) into a file and name the file in `spec.tls.ca`."),
    19: ("was issued by an unknown authority", _TRUST),
    20: ("was issued by an unknown authority", _TRUST),
    21: ("was issued by an unknown authority", _TRUST),
    23: ("has been revoked", _RENEW),
    26: ("is not meant for a server", _RENEW),
}
"""By the verification code of OpenSSL (x509_vfy.h)."""

_WRONG_NAME = {62, 64}

_TOO_OLD = ("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "VERSION_TOO_LOW")


@lru_cache(maxsize=64)
def make_client_context(ca: str, verify: bool, minimum: str) -> ssl.SSLContext:
    """A context that checks chain and name against ``ca`` (PEM text) or, where that is empty, the system's authorities.

    Raises `ssl.SSLError` or `ValueError` when ``ca`` holds no certificate. Reading the system's authorities takes a few
    milliseconds, so a context is made once.
    """
    # Bundles carry comments in any language; ssl takes ASCII, and what stands between certificates is ignored.
    context = ssl.create_default_context(cadata=ca.encode("ascii", "replace").decode() or None)
    context.minimum_version = _VERSIONS[minimum]
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def make_context(route: Route) -> ssl.SSLContext:
    """The context for a route; `TransportFault` when its certificate authority cannot be used."""
    try:
        return make_client_context(route.ca, route.verify, route.minimum_tls)
    except (ssl.SSLError, ValueError):
        raise translate_tls_error(
            route,
            "has an unusable certificate authority",
            "What `spec.tls.ca` holds is not a PEM certificate.",
            "The file has to begin with -----BEGIN CERTIFICATE-----.",
        ) from None


def explain(route: Route, error: Exception) -> TransportFault:
    """A failed handshake in words: each kind of bad certificate has its own."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate_fault(route, error)
    if isinstance(error, TimeoutError):
        summary = "did not finish the TLS handshake"
        return translate_tls_error(
            route, summary, f"There was no answer within {route.connect_timeout:g} s.", permanent=False
        )
    if isinstance(error, ssl.SSLError) and any(word in str(error.reason) for word in _TOO_OLD):
        return translate_tls_error(
            route,
            "speaks too old a version of TLS",
            f"Version {route.minimum_tls} or newer is required.",
            "Ask whoever runs the server to enable TLS 1.2 or newer.",
        )
    if isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER":
        return translate_tls_error(
            route,
            "does not speak TLS here",
            "It answered the TLS handshake with something else.",
            "smtps:// (465) starts with TLS; smtp:// (587, 25) starts in clear text and switches with STARTTLS.",
        )
    words = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
    detail = f"The TLS handshake failed: {join_lines(str(words))}."
    return translate_tls_error(route, "broke off the TLS handshake", detail, permanent=False)


def translate_tls_error(
    route: Route, problem: str, detail: str, hint: str = "", *, permanent: bool = True
) -> TransportFault:
    """A fault of phase ``tls``; nothing was sent, in clear text or otherwise."""
    return make_fault(route, problem, f"{detail} No mail was sent to it.", hint, phase="tls", permanent=permanent)


def _certificate_fault(route: Route, error: ssl.SSLCertVerificationError) -> TransportFault:
    name = route.server_name or route.host
    if error.verify_code in _WRONG_NAME:
        return translate_tls_error(
            route,
            "shows a certificate for another name",
            f"The certificate does not cover {name}.",
            "Write in `spec.uri` the name that the certificate carries, or name it in `spec.tls.serverName`.",
        )
    problem, hint = _CERTIFICATE.get(error.verify_code, ("cannot be trusted", _RENEW))
    said = join_lines(error.verify_message)
    return translate_tls_error(route, f"shows a certificate that {problem}", f"OpenSSL says: {said}.", hint)
