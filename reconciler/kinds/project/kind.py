"""Project: what holds for everything in a project; it stands in the file reconciler.yaml, never among the manifests.

    apiVersion: reconciler/v1
    kind: Project
    metadata: {name: mail, title: Mail and approvals}
    spec:
      domains: [example.com]
      timezone: Europe/Berlin
      defaults: {smtpServer: relay}
      environments:
        production: {mail: {deliver: all}}
        staging:
          mail: {deliver: redirect, redirectTo: staging@example.com}
          overlays: [overlays/staging]
          vars: {relay: relay.staging.example.com}

What changes behaviour is planned and applied as Project/NAME, like every resource: domains, timezone, language, defaults,
mail, guards and onAmbiguous, and the environment it was applied in, which comes from --env. What runs uses what was applied.
The rest (manifests, templates, state, owner, owners, environments) says where things are and whose they are, and is not planned.
docs/projects.md tells all of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.kinds.project.spec import MailSettings, ProjectSpec
from reconciler.kinds.protocol.answers import Exposure, Finding, Reference
from reconciler.kinds.protocol.kind import PlainKind
from reconciler.kinds.protocol.world import World
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Effect, ReleaseHeld, RetryAmbiguous
from reconciler.model.configuration.resource import Resource

_MANUAL = __doc__ or ""


class Project(PlainKind[ProjectSpec]):
    """The kind `Project`. Its safety settings are compared where a project that is gone or new counts too."""

    manual = _MANUAL
    called = ("project", "projects")
    spec = ProjectSpec
    sets = ("/domains", "/mail/allow")

    def references(self, resource: Resource[ProjectSpec]) -> Iterable[Reference]:
        if resource.spec.defaults.smtp_server:
            target = Address(SmtpServerSpec.KIND, resource.spec.defaults.smtp_server)
            yield Reference(("spec", "defaults", "smtpServer"), target)

    def check(self, resource: Resource[ProjectSpec], world: World) -> Iterable[Finding]:
        mail: MailSettings = resource.spec.mail
        if mail.deliver == "redirect" and mail.redirect_to is None:
            detail = "mail.deliver is redirect, and nothing says where mail goes instead."
            yield Finding(("spec", "mail", "deliver"), "Missing field", detail, "Add redirectTo: staging@example.com.")

    def effects(
        self, before: Resource[ProjectSpec] | None, after: Resource[ProjectSpec] | None, world: World
    ) -> Iterable[Effect]:
        """Mail that was held back is due once nothing holds it any more."""
        if before is None:
            return
        old: ProjectSpec = before.spec
        new: ProjectSpec = after.spec if after else ProjectSpec()
        if old.mail.deliver == "hold" and new.mail.deliver != "hold":
            yield ReleaseHeld()
        if old.on_ambiguous == "hold" and new.on_ambiguous != "hold":
            yield RetryAmbiguous()

    def exposure(self, resource: Resource[ProjectSpec], world: World) -> Exposure:
        mail: MailSettings = resource.spec.mail
        return Exposure(recipients=(mail.redirect_to,) if mail.deliver == "redirect" and mail.redirect_to else ())
