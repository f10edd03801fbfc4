"""What was applied, ready to be acted on: typed resources and the template sources stored with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.kinds.decode import world_of
from reconciler.kinds.world import World
from reconciler.model.address import Address
from reconciler.model.mailbox import Mailbox
from reconciler.model.snapshot import Snapshot
from reconciler.operations.workspace import Workspace
from reconciler.state.protocols import Snapshots


@dataclass(frozen=True, slots=True)
class AppliedState:
    """One snapshot and its resources. ``domains``: those of every SmtpServer's sender; who is elsewhere is external."""

    snapshot: Snapshot
    world: World
    domains: frozenset[str]
    stored: Snapshots

    def sources(self, address: Address) -> Mapping[str, str]:
        """The template sources stored with the resource, by name; empty where there is no such resource."""
        record = self.snapshot.resources.get(address)
        if record is None or not record.templates:
            return {}
        contents = self.stored.blobs(record.templates.values())
        return {name: contents[digest].decode() for name, digest in record.templates.items()}

    def is_external(self, mailbox: Mailbox) -> bool:
        """Whether the person is outside the project's domains."""
        return mailbox.domain not in self.domains


def read_applied(workspace: Workspace) -> AppliedState:
    """What applies recorded last. Raises `StateFault` for what this version cannot read."""
    snapshot = workspace.state.snapshots.read()
    world = world_of(snapshot.resources.values(), workspace.registry)
    domains = frozenset(server.spec.sender.domain for server in world.of("SmtpServer"))
    return AppliedState(snapshot, world, domains, workspace.state.snapshots)
