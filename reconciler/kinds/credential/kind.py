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
from typing import Annotated

from pydantic import AfterValidator

from reconciler.kinds.fields.fields import HeaderText, SecretField, Spec, about
from reconciler.kinds.protocol.kind import Exposure, FileNeed, Finding, Reference, RuleShift, Upgrade
from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.faults import INVALID, fault
from reconciler.messages.mail import MailCase
from reconciler.model.configuration.effect import Effect, RetryMessages
from reconciler.model.configuration.resource import Resource

_MANUAL = __doc__ or ""


def _written(value: str) -> str:
    if not value.strip():
        raise fault(INVALID, "is empty", "Write the name to log in with.")
    return value


class CredentialSpec(Spec):
    """``username`` is one line; ``password`` the name of a secret."""

    username: Annotated[HeaderText, AfterValidator(_written), about("The name to log in with.")]
    password: Annotated[
        SecretField,
        about(
            "The name of a secret: the value never stands in a manifest. Where mail is sent, it is read from a file of that "
            "name in the folder RECONCILER_SECRETS_DIR (or $CREDENTIALS_DIRECTORY), else from the variable: of "
            "relay-password that is RECONCILER_SECRET_RELAY_PASSWORD."
        ),
    ]


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
