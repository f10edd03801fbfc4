"""Sessions: from the first byte of a connection to the point where mail may be sent, or a fault that says why not."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable

from reconciler.delivery.tls import explain, translate_tls_error
from reconciler.delivery.wire import ENHANCED, Lost, Reply, Wire, make_fault
from reconciler.model.errors import TransportFault
from reconciler.model.mail.route import Route

_NOT_THIS_MECHANISM = {500, 501, 502, 504, 534}
"""Replies to AUTH about the mechanism, not about the credential (RFC 4954 section 6, RFC 5321 section 4.2.2)."""

_KNOWN_MECHANISMS = frozenset(["CRAM-MD5", "EXTERNAL", "GSSAPI", "NTLM", "OAUTHBEARER", "SCRAM-SHA-256", "XOAUTH2"])
"""Names a server's offer is repeated with; whatever else it says in that place is not."""


def open_session(wire: Wire, route: Route, context: ssl.SSLContext | None, password: str) -> None:
    """Greeting, EHLO, TLS and login as the route demands. Raises `TransportFault`; closing the wire is the caller's.

    Nothing that was learnt before TLS counts after it (RFC 3207 section 4.2), and there is no way from a route with TLS to
    clear text.
    """
    if route.tls == "implicit":
        _handshake(wire, route, context)
    _greeting(wire, route)
    _hello(wire, route)
    if route.tls == "starttls":
        _starttls(wire, route)
        _handshake(wire, route, context)
        _hello(wire, route)
    if route.username:
        _login(wire, route, password)


def _greeting(wire: Wire, route: Route) -> None:
    reply = _ask(lambda: wire.reply(route.command_timeout), route, "greeting")
    if reply.good:
        return
    if reply.transient:
        raise _said(route, "is not available now", reply, phase="greeting")
    hint = "Ask whoever runs the server whether this machine may connect to it."
    raise _said(route, "refuses to talk to this machine", reply, hint, phase="greeting")


def _hello(wire: Wire, route: Route) -> None:
    reply = _ask(lambda: wire.hello(route.command_timeout), route, "greeting")
    if not reply.good:
        hint = "Name this machine in `spec.helo` with a domain name the server accepts."
        raise _said(route, "refuses the name this machine gives", reply, hint, phase="greeting")


def _starttls(wire: Wire, route: Route) -> None:
    if "starttls" not in wire.features:
        raise translate_tls_error(
            route,
            "does not offer STARTTLS",
            "This server must be reached with TLS; the offer is missing, or something on the way removed it.",
            "If it speaks TLS from the first byte, write `smtps://` in `spec.uri`.",
        )
    reply = _ask(lambda: wire.command("STARTTLS", route.command_timeout), route, "tls")
    if not reply.good:
        detail = f"It answered STARTTLS with: {reply.line}"
        raise translate_tls_error(route, "refuses to switch to TLS", detail, permanent=not reply.transient)
    if wire.unread:
        raise translate_tls_error(
            route,
            "sent a reply ahead of TLS",
            "Something answered in clear text what had not been asked yet: somebody on the way may be forging replies.",
            "Find out what stands between this machine and the server.",
        )


def _handshake(wire: Wire, route: Route, context: ssl.SSLContext | None) -> None:
    assert context is not None, "a route with TLS comes with a context"
    try:
        wire.secure(context, route.server_name or route.host, route.connect_timeout)
    except (OSError, ValueError) as error:
        raise explain(route, error) from None


def _login(wire: Wire, route: Route, password: str) -> None:
    if not (wire.encrypted or wire.loopback):
        raise _auth_fault(
            route,
            "may not be given a password",
            "The connection is not encrypted and leaves this machine.",
            "Remove `spec.tls.mode: none`, or the credential.",
        )
    offered = wire.features.get("auth", "").upper().split()
    usable = [name for name in ("PLAIN", "LOGIN") if name in offered]
    if not usable:
        raise _no_mechanism(route, offered)
    reply = Reply(504, "")
    for mechanism in usable:
        reply = _ask(lambda m=mechanism: _exchange(wire, route, m, password), route, "auth")  # type: ignore[misc]
        if reply.good:
            return
        if reply.code not in _NOT_THIS_MECHANISM:
            break
    raise _login_refused(route, reply)


def _exchange(wire: Wire, route: Route, mechanism: str, password: str) -> Reply:
    """One AUTH exchange to its end. The answers are handed to the server one per 334 it sends (RFC 4954 section 4).

    Of its last reply only the codes are kept: many a server repeats what it was told.
    """
    if mechanism == "PLAIN":
        answers = [_encode(f"\0{route.username}\0{password}")]
        reply = wire.command(f"AUTH PLAIN {answers[0]}", route.command_timeout)
    else:
        answers = [_encode(route.username), _encode(password)]
        reply = wire.command("AUTH LOGIN", route.command_timeout)
    for answer in answers:
        if reply.code == 334:
            reply = wire.command(answer, route.command_timeout)
    enhanced = ENHANCED.match(f"{reply.text} ")
    return Reply(reply.code, enhanced[0].strip() if enhanced else "")


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _no_mechanism(route: Route, offered: list[str]) -> TransportFault:
    if not offered:
        return _auth_fault(
            route,
            "offers no login",
            "A credential is set for it, so mail is not sent without logging in.",
            "Submission with a login is usually on port 587 or 465. If the server needs no login, remove `spec.credential`.",
        )
    named = [name for name in offered if name in _KNOWN_MECHANISMS]
    return _auth_fault(
        route,
        "offers no way to log in that is known here",
        f"It offers {', '.join(named) or 'only other ways'}; PLAIN and LOGIN are known.",
        "Ask whoever runs the server to allow PLAIN or LOGIN under TLS.",
    )


def _login_refused(route: Route, reply: Reply) -> TransportFault:
    shown = f"it answered {reply.line}; its words are not kept, for they may repeat the credential"
    if reply.transient:
        return make_fault(route, "cannot check the login now", f"Try later; {shown}", phase="auth")
    if reply.code in {530, 538}:
        hint = "Use `smtps://`, or `spec.tls.mode: starttls`."
        return _auth_fault(route, "wants encryption before a login", f"To AUTH {shown}", hint)
    name = route.password.secret if route.password else ""
    return _auth_fault(
        route,
        "refuses the login",
        f"User {route.username}: {shown}",
        f"Correct the user name in the credential, or the value of the secret {name}; mail waits until then.",
    )


def _auth_fault(route: Route, problem: str, detail: str, hint: str) -> TransportFault:
    return make_fault(route, problem, detail, hint, phase="auth", permanent=True)


def _said(route: Route, problem: str, reply: Reply, hint: str = "", *, phase: str) -> TransportFault:
    return make_fault(route, problem, f"It said: {reply.line}", hint, phase=phase, permanent=not reply.transient)


def _ask(ask: Callable[[], Reply], route: Route, phase: str) -> Reply:
    try:
        return ask()
    except Lost as lost:
        hint = "Check that the port in `spec.uri` is one for mail: 587, 465 or 25." if phase == "greeting" else ""
        raise make_fault(route, "cannot be used now", f"{_upper(str(lost))}.", hint, phase=phase) from None


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
