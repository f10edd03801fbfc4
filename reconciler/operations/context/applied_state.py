"""What was applied, ready to be acted on: typed resources and the template sources stored with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import RLock

from reconciler.kinds.group.spec import GroupSpec
from reconciler.kinds.project.spec import DELIVERY, ProjectSpec
from reconciler.kinds.protocol.kind import AnyKind
from reconciler.kinds.protocol.world import SpecT, World, home_domains
from reconciler.kinds.reading.decode import resource_of, world_of
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record, Resource
from reconciler.model.errors import Refused
from reconciler.model.mail.mailbox import Mailbox, Recipient
from reconciler.model.wording import Given, Sentence
from reconciler.operations.context.workspace import Workspace
from reconciler.state.protocols import Snapshots


class AppliedResources(Mapping[Address, Resource[object]]):
    """What was applied, by address, each read and decoded when it is first asked for; `place` is the snapshot it began with.

    What is first asked for after another apply is as that left it: whoever writes by it compares the serial, or the revision
    of the request, which every change of its approvers moves on. Raises `StateFault` for what this version cannot read.
    May be shared between threads.
    """

    def __init__(self, stored: Snapshots, registry: Mapping[str, AnyKind]) -> None:
        self.place = stored.part()
        self._stored = stored
        self._registry = registry
        self._lock = RLock()
        self._records: dict[Address, Record | None] = {}
        self._resources: dict[Address, Resource[object]] = {}
        self._kinds: dict[str, list[Resource[object]]] = {}

    def __getitem__(self, address: Address) -> Resource[object]:
        with self._lock:
            record = self.record(address)
            if record is None:
                raise KeyError(address)
            if address not in self._resources:
                self._resources[address] = resource_of(record, self._registry)
            return self._resources[address]

    def __iter__(self) -> Iterator[Address]:
        return iter(self._stored.addresses())

    def __len__(self) -> int:
        return len(self._stored.addresses())

    def record(self, address: Address) -> Record | None:
        """The resource as it is stored."""
        with self._lock:
            if address not in self._records and address.kind not in self._kinds:
                self._records[address] = self._stored.part([address]).resources.get(address)
            return self._records.get(address)

    def of_kind(self, kind: str) -> list[Resource[object]]:
        """All of one kind, by name."""
        with self._lock:
            if kind not in self._kinds:
                found = self._stored.part(kinds=[kind]).resources
                self._records.update({address: each for address, each in found.items() if address not in self._records})
                self._kinds[kind] = [self[address] for address in found if self._records[address]]
            return self._kinds[kind]


class AppliedWorld(World):
    """Applied resources, read when they are asked for. ``hidden``: those that are nobody's business here."""

    def __init__(self, resources: AppliedResources, hidden: Collection[Address]) -> None:
        super().__init__(resources)
        self._applied = resources
        self._hidden = frozenset(hidden)

    def get(self, spec: type[SpecT], name: str) -> Resource[SpecT] | None:
        found = super().get(spec, name)
        return None if found and found.address in self._hidden else found

    def of_kind(self, kind: str) -> list[Resource[object]]:
        return [each for each in self._applied.of_kind(kind) if each.address not in self._hidden]

    @cached_property
    def groups(self) -> Mapping[str, Sequence[Recipient]]:
        return _Groups(self._applied)


class _Groups(Mapping[str, Sequence[Recipient]]):
    """Members by the group's name; of a group that nobody names nothing is read.

    It does not hold its world: a circle would keep the state open until somebody looks for circles.
    """

    def __init__(self, resources: AppliedResources) -> None:
        self._resources = resources

    def __getitem__(self, name: str) -> Sequence[Recipient]:
        spec = self._resources[Address(GroupSpec.KIND, name)].spec
        assert isinstance(spec, GroupSpec)
        return spec.members

    def __iter__(self) -> Iterator[str]:
        return (each.address.name for each in self._resources.of_kind(GroupSpec.KIND))

    def __len__(self) -> int:
        return len(self._resources.of_kind(GroupSpec.KIND))


@dataclass(frozen=True, slots=True)
class AppliedState:
    """What was applied last, with the settings of the project in force. ``serial``: the one it was at when it was first read."""

    serial: int
    world: World
    settings: ProjectSpec
    _resources: AppliedResources
    _stored: Snapshots

    def sources(self, address: Address) -> Mapping[str, str]:
        """The template sources stored with the resource, by name; empty where there is no such resource."""
        record = self._resources.record(address)
        return self._contents(record.templates) if record else {}

    def files(self, address: Address) -> Mapping[str, str]:
        """The files stored with the resource, by name; empty where there is no such resource."""
        record = self._resources.record(address)
        return self._contents(record.files) if record else {}

    def is_external(self, mailbox: Mailbox) -> bool:
        """Whether the person is outside the project's domains, or else those of every SmtpServer's sender."""
        return mailbox.domain not in home_domains(self.world)

    def _contents(self, digests: Mapping[str, str]) -> Mapping[str, str]:
        contents = self._stored.blobs(digests.values()) if digests else {}
        return {name: contents[digest].decode() for name, digest in digests.items()}


def read_applied(workspace: Workspace) -> AppliedState:
    """What applies recorded last, read as it is needed and kept until the next one. Raises `Refused` as `own_settings` does."""
    resources = AppliedResources(workspace.state.snapshots, workspace.registry)
    place = (resources.place.lineage, resources.place.serial)
    kept = workspace.kept.get(place)
    if isinstance(kept, AppliedState):
        return kept
    everything = AppliedWorld(resources, ())
    settings = own_settings(workspace, everything)
    world = AppliedWorld(resources, _of_others(workspace, everything))
    applied = AppliedState(place[1], world, settings, resources, workspace.state.snapshots)
    if place[0] is not None:
        workspace.kept.clear()
        workspace.kept[place] = applied
    return applied


def read_whole(workspace: Workspace) -> World:
    """All of what applies recorded last, at once."""
    snapshot = workspace.state.snapshots.read()
    return own_world(workspace, world_of(snapshot.resources.values(), workspace.registry))


def own_world(workspace: Workspace, world: World) -> World:
    """The applied resources without the settings of other projects that share the state."""
    foreign = _of_others(workspace, world)
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


def _of_others(workspace: Workspace, world: World) -> set[Address]:
    """The settings of other projects."""
    mine = workspace.project.resource
    return {each.address for each in world.of(ProjectSpec) if mine and not _is_own(each, workspace)}


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
