"""How an SmtpServer is reached: what a transport needs of it and of its Credential."""

from __future__ import annotations

from reconciler.kinds.credential.spec import CredentialSpec
from reconciler.kinds.protocol.world import World
from reconciler.kinds.smtp_server.spec import SmtpServerSpec, default_mode, parse_uri
from reconciler.model.configuration.resource import Resource
from reconciler.model.duration import Duration
from reconciler.model.mail.route import Route


def route(resource: Resource[SmtpServerSpec], world: World, ca: str = "") -> Route:
    """How to reach the server. ``ca``: the stored content of ``tls.ca``, empty where the field is not set."""
    spec = resource.spec
    uri = parse_uri(spec.uri)
    login = world.spec(CredentialSpec, spec.credential) if spec.credential else None
    return Route(
        name=resource.address.name,
        host=uri.host,
        port=uri.port,
        tls=spec.tls.mode or default_mode(spec.uri),
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


def _seconds(duration: Duration) -> float:
    return float(duration.seconds)
