"""The resources a kind may look at: desired ones in a plan, applied ones at run time. The same type for both."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar, cast

from reconciler.kinds.fields.spec import ResourceSpec
from reconciler.kinds.group.spec import GroupSpec
from reconciler.kinds.project.spec import ProjectSpec
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.model.approvals.person import Known, Member, expand
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Resource
from reconciler.model.mail.mailbox import GroupReference, Recipient

T = TypeVar("T")

SpecT = TypeVar("SpecT", bound=ResourceSpec)


class World:
    """Typed resources by address.

    ``unread``: addresses that manifests name but whose resources have faults of their own, so that nothing further is
    said about what depends on them. ``partial``: some file could not be read, and nobody knows what it holds.
    """

    def __init__(
        self, resources: Mapping[Address, Resource[object]], unread: Collection[Address] = (), *, partial: bool = False
    ) -> None:
        self.resources = resources
        self.unread = frozenset(unread) - resources.keys()
        self.partial = partial
        self._people: dict[tuple[Recipient, ...], tuple[Member, ...]] = {}
        self._known: Known = {}
        self._derived: dict[Callable[[World], Any], Any] = {}

    def with_one(self, address: Address, resource: Resource[object] | None) -> World:
        """This world with the resource at this address, None for nothing there. What is known by kind is not searched anew."""
        resources = dict(self.resources)
        resources.pop(address, None)
        of_kind = [each for each in self.of_kind(address.kind) if each.address.name != address.name]
        if resource:
            resources[address] = resource
            insort(of_kind, resource, key=lambda each: each.address.name)
        made = World(resources, self.unread, partial=self.partial)
        made._by_kind = {**self._by_kind, address.kind: of_kind}
        return made

    def get(self, spec: type[SpecT], name: str) -> Resource[SpecT] | None:
        """The resource of this name whose kind has this spec, or None."""
        return cast("Resource[SpecT] | None", self.resources.get(Address(spec.KIND, name)))

    def spec(self, spec: type[SpecT], name: str) -> SpecT | None:
        """What that resource says, or None."""
        found = self.get(spec, name)
        return found.spec if found else None

    def of(self, spec: type[SpecT]) -> list[Resource[SpecT]]:
        """All resources of the kind that has this spec, by name."""
        return cast("list[Resource[SpecT]]", self.of_kind(spec.KIND))

    def of_kind(self, kind: str) -> list[Resource[object]]:
        """All resources of the kind of this name, by name."""
        return self._by_kind.get(kind, [])

    def titles(self, spec: type[ResourceSpec], names: Iterable[str]) -> tuple[str, ...]:
        """The titles of resources; the name of one that has none, or is not here."""
        found = ((name, self.get(spec, name)) for name in names)
        return tuple(resource.title if resource else name for name, resource in found)

    def complete(self, spec: type[ResourceSpec]) -> bool:
        """Whether every resource of the kind could be read: only then "there is none" may be said."""
        return not self.partial and spec.KIND not in self._unread_kinds

    def people(self, recipients: Sequence[Recipient]) -> tuple[Member, ...]:
        """Everyone the recipients stand for, each person once; see `reconciler.model.approvals.person.expand`."""
        key = tuple(recipients)
        if key not in self._people:
            self._people[key] = expand(key, self.groups, self._known)
        return self._people[key]

    def derived(self, build: Callable[[World], T]) -> T:
        """What ``build``, a pure function, makes of this world; made once, so that a look-up does not search it each time."""
        if build not in self._derived:
            self._derived[build] = build(self)
        found: T = self._derived[build]
        return found

    def settled(self, recipients: Sequence[Recipient]) -> bool:
        """Whether every group among the recipients, nested ones too, is here: only then `people` is the whole truth."""
        groups = [each.group for each in recipients if isinstance(each, GroupReference)]
        return all(group in self.groups and group not in self._unsettled for group in groups)

    @cached_property
    def groups(self) -> Mapping[str, Sequence[Recipient]]:
        """Members by the group's name."""
        return {group.address.name: group.spec.members for group in self.of(GroupSpec)}

    @cached_property
    def _unsettled(self) -> set[str]:
        """Groups that are not here and are named by others, and those that name one of them."""
        holders: dict[str, list[str]] = {}
        for name, members in self.groups.items():
            for member in members:
                if isinstance(member, GroupReference):
                    holders.setdefault(member.group, []).append(name)
        waiting = [name for name in holders if name not in self.groups]
        found = set(waiting)
        while waiting:
            fresh = [holder for holder in holders.get(waiting.pop(), ()) if holder not in found]
            found.update(fresh)
            waiting += fresh
        return found

    @cached_property
    def _unread_kinds(self) -> frozenset[str]:
        return frozenset(address.kind for address in self.unread)

    @cached_property
    def _by_kind(self) -> dict[str, list[Resource[object]]]:
        found: dict[str, list[Resource[object]]] = {}
        for address in sorted(self.resources):
            found.setdefault(address.kind, []).append(self.resources[address])
        return found


def project_of(world: World) -> Resource[ProjectSpec] | None:
    """The project's settings among the resources, if it has a file."""
    found = world.of(ProjectSpec)
    return found[0] if found else None


def home_domains(world: World) -> frozenset[str]:
    """Whose mail stays at home: the domains the project names, else those its mail servers send from."""
    return world.derived(_list_home_domains)


def _list_home_domains(world: World) -> frozenset[str]:
    project = project_of(world)
    named = frozenset(project.spec.domains) if project else frozenset[str]()
    return named or frozenset(sender_domains(world))


def sender_domains(world: World) -> Mapping[str, Sequence[Address]]:
    """By domain, the mail servers that send from it where a task names no sender."""
    found: dict[str, list[Address]] = {}
    for server in world.of(SmtpServerSpec):
        found.setdefault(server.spec.sender.domain, []).append(server.address)
    return found
