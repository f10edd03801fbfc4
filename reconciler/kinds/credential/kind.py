"""Credential: how to log in to a mail server.

    apiVersion: reconciler/v1
    kind: Credential
    metadata: {name: relay-login}
    spec:
      username: desk@example.com
      password: {secret: relay-password}

An SmtpServer names it in `credential`. Mail that waits for such a server is tried again as soon as the credential changes.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.kinds.credential.spec import CredentialSpec
from reconciler.kinds.protocol.answers import Exposure
from reconciler.kinds.protocol.kind import PlainKind
from reconciler.kinds.protocol.world import World
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.model.configuration.change import Effect, RetryMessages
from reconciler.model.configuration.resource import Resource

_MANUAL = __doc__ or ""


class Credential(PlainKind[CredentialSpec]):
    """The kind `Credential`."""

    manual = _MANUAL
    called = ("credential", "credentials")
    spec = CredentialSpec

    def effects(
        self, before: Resource[CredentialSpec] | None, after: Resource[CredentialSpec] | None, world: World
    ) -> Iterable[Effect]:
        if before is None or after is None or before.spec == after.spec:
            return
        for server in world.of(SmtpServerSpec):
            if server.spec.credential == after.address.name:
                yield RetryMessages(server.address.name)

    def exposure(self, resource: Resource[CredentialSpec], world: World) -> Exposure:
        return Exposure(secrets=((resource.spec.password.secret, ""),))
