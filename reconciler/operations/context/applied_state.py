"""What was applied, ready to be acted on: typed resources and the template sources stored with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.kinds.mail.words import project_view
from reconciler.kinds.project.spec import DELIVERY, ProjectSpec
from reconciler.kinds.protocol.world import World, home_domains
from reconciler.kinds.reading.decode import world_of
from reconciler.messages.contexts.values import ProjectView
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Resource
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.errors import Refused
from reconciler.model.mail.mailbox import Mailbox
from reconciler.model.wording import Given, Sentence
from reconciler.operations.context.workspace import Workspace
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
    everything = world_of(snapshot.resources.values(), workspace.registry)
    settings, world = own_settings(workspace, everything), own_world(workspace, everything)
    return AppliedState(snapshot, world, home_domains(world), workspace.state.snapshots, project_view(world), settings)


def own_world(workspace: Workspace, world: World) -> World:
    """The applied resources without the settings of other projects that share the state."""
    mine = workspace.project.resource
    foreign = {each.address for each in world.of(ProjectSpec) if mine and not _is_own(each, workspace)}
    if not foreign:
        return world
    return World({address: each for address, each in world.resources.items() if address not in foreign})


def own_settings(workspace: Workspace, world: World) -> ProjectSpec:
    """The applied settings of the project; the defaults where none were applied.

    Where projects share the state, mail reaches people only as far as every one of them lets it: whoever runs next
    carries the mail of all. Raises `Refused` for the state of another environment: staging must not act on what production
    applied.
    """
    projects = world.of(ProjectSpec)
    for each in projects:
        _require_environment(workspace, each.spec.environment)
    own = [each for each in projects if _is_own(each, workspace)] or projects
    if not own:
        return ProjectSpec()
    settings: ProjectSpec = own[0].spec
    strictest: ProjectSpec = max((own[0], *projects), key=lambda each: DELIVERY.index(each.spec.mail.deliver)).spec
    keeps = any(each.spec.on_ambiguous == "hold" for each in projects)
    return settings.model_copy(
        update={"mail": strictest.mail, "on_ambiguous": "hold" if keeps else settings.on_ambiguous}
    )


def _is_own(project: Resource[object], workspace: Workspace) -> bool:
    """Whether the settings are this project's, under the name it has or had."""
    mine = workspace.project.resource
    return mine is not None and (project.address == mine.address or project.owner in workspace.project.all_owners)


def _require_environment(workspace: Workspace, applied: str | None) -> None:
    here = workspace.project.environment
    if here and applied not in (None, here):
        raise Refused(
            "The state is another environment's",
            f"{workspace.state.name} was applied in the environment {applied}, and this is {here}.",
            Sentence(
                f"Give {here} a state of its own (state in reconciler.yaml, ",
                Given("state"),
                " or RECONCILER_STATE), or name the other environment with ",
                Given("env"),
                ".",
            ),
        )
