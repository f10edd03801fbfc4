"""What was applied, ready to be acted on: typed resources and the template sources stored with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.kinds.decode import world_of
from reconciler.kinds.mail_words import project_view
from reconciler.kinds.project import ProjectSpec
from reconciler.kinds.world import World, project_of
from reconciler.messages.contexts import ProjectView
from reconciler.model.address import Address
from reconciler.model.errors import Refused
from reconciler.model.mailbox import Mailbox
from reconciler.model.snapshot import Snapshot
from reconciler.operations.workspace import Workspace
from reconciler.state.protocols import Snapshots


@dataclass(frozen=True, slots=True)
class AppliedState:
    """One snapshot and its resources, with the settings of the project that were applied.

    ``domains``: the project's, else those of every SmtpServer's sender; who is elsewhere is external.
    """

    snapshot: Snapshot
    world: World
    domains: frozenset[str]
    stored: Snapshots
    project: ProjectView
    settings: ProjectSpec

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
    settings = own_settings(workspace, world)
    senders = frozenset(server.spec.sender.domain for server in world.of("SmtpServer"))
    domains = frozenset(settings.domains) or senders
    return AppliedState(snapshot, world, domains, workspace.state.snapshots, project_view(world), settings)


def own_settings(workspace: Workspace, world: World) -> ProjectSpec:
    """The applied settings of the project; the defaults where none were applied.

    Raises `Refused` for the state of another environment: staging must not act on what production applied.
    """
    mine = workspace.project.resource
    project = (world.get("Project", mine.address.name) if mine else None) or project_of(world)
    settings: ProjectSpec = project.spec if project else ProjectSpec()
    here = workspace.project.environment
    if here and settings.environment not in (None, here):
        raise Refused(
            "The state is another environment's",
            f"{workspace.state.name} was applied in the environment {settings.environment}, and this is {here}.",
            f"Give {here} a state of its own (state in reconciler.yaml, --state or RECONCILER_STATE), or name the other "
            "environment with --env.",
        )
    return settings
