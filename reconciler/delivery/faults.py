"""Faults of a whole server, named as people know it."""

from __future__ import annotations

from reconciler.model.errors import TransportFault
from reconciler.model.mail.route import Route


def fault(
    route: Route, problem: str, detail: str, hint: str = "", *, phase: str, permanent: bool = False
) -> TransportFault:
    """A `TransportFault` whose summary reads "SmtpServer/relay (mail.example.com:587) PROBLEM"."""
    summary = f"SmtpServer/{route.name} ({route.host}:{route.port}) {problem}"
    return TransportFault(summary, detail, hint, phase=phase, permanent=permanent)
