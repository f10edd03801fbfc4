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
from reconciler.kinds.protocol.answers import Exposure, FileNeed, Finding, Reference, RuleShift
from reconciler.kinds.protocol.kind import Upgrade
from reconciler.kinds.protocol.world import World
from reconciler.messages.mail import MailCase
from reconciler.model.configuration.effect import Effect, RetryMessages
from reconciler.model.configuration.resource import Resource

_MANUAL = __doc__ or ""


class Credential:
    """The kind `Credential`."""

    name = "Credential"
    manual = _MANUAL
    schema_version = 1
    upgrades: tuple[Upgrade, ...] = ()
    spec = CredentialSpec
    sets: tuple[str, ...] = ()
    ordered: tuple[str, ...] = ()

    def references(self, resource: Resource) -> Iterable[Reference]:
        return ()

    def files(self, resource: Resource) -> Iterable[FileNeed]:
        return ()

    def check(self, resource: Resource, world: World) -> Iterable[Finding]:
        return ()

    def mails(self, resource: Resource, world: World) -> Iterable[MailCase]:
        return ()

    def effects(self, before: Resource | None, after: Resource | None, world: World) -> Iterable[Effect]:
        if before is None or after is None or before.spec == after.spec:
            return
        for server in world.of("SmtpServer"):
            if server.spec.credential == after.address.name:
                yield RetryMessages(server.address.name)

    def weakenings(self, before: Resource, after: Resource) -> Iterable[RuleShift]:
        return ()

    def exposure(self, resource: Resource, world: World) -> Exposure:
        return Exposure(secrets=((resource.spec.password.secret, ""),))
