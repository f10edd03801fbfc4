"""Rota: who is called when something breaks.

apiVersion: reconciler/v1
kind: Rota
metadata: {name: nights}
spec: {people: [{group: leads}], server: relay, days: weekdays}
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.kinds.group.spec import group_references
from reconciler.kinds.protocol.answers import Exposure, Finding, Reference
from reconciler.kinds.protocol.kind import PlainKind
from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.faults import blank
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Resource
from tests.kinds.planted.spec import RotaSpec

_MANUAL = __doc__ or ""


class Rota(PlainKind[RotaSpec]):
    """The kind `Rota`."""

    spec = RotaSpec
    manual = _MANUAL
    called = ("rota", "rotas")
    suspension = "nobody is called"
    sets = ("/people",)

    def references(self, resource: Resource[RotaSpec]) -> Iterable[Reference]:
        yield from group_references(resource, ("spec", "people"), resource.spec.people)
        if resource.spec.server:
            yield Reference(("spec", "server"), Address(SmtpServerSpec.KIND, resource.spec.server))

    def check(self, resource: Resource[RotaSpec], world: World) -> Iterable[Finding]:
        if not resource.spec.days.strip():
            yield blank("days", "Say on which days.")

    def exposure(self, resource: Resource[RotaSpec], world: World) -> Exposure:
        return Exposure(recipients=resource.spec.people)
