"""Group: people under one name, for recipients and approvers.

    apiVersion: reconciler/v1
    kind: Group
    metadata: {name: service-desk, title: Service desk}
    spec:
      members:
        - Rosa Lind <rosa.lind@example.com>
        - tariq.aziz@example.com
        - {group: administrators}

Who is in a group is looked up when it matters: a change reaches requests that are already open. People who join are asked,
people who leave can no longer decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.kinds.group.spec import GroupSpec, group_references
from reconciler.kinds.protocol.answers import Finding, Reference
from reconciler.kinds.protocol.kind import PlainKind
from reconciler.kinds.protocol.world import World
from reconciler.model.configuration.address import NamedIn
from reconciler.model.configuration.change import AskApprovers, Effect
from reconciler.model.configuration.resource import Resource
from reconciler.model.mail.mailbox import GroupReference, Recipient
from reconciler.model.suggestion import SHOWN

_MANUAL = __doc__ or ""

MEMBERS = ("spec", "members")


class Group(PlainKind[GroupSpec]):
    """The kind `Group`. It weakens nothing by itself: whom a group makes eligible is judged where it is named."""

    manual = _MANUAL
    called = ("group", "groups")
    spec = GroupSpec
    named_in = NamedIn.STAGE_GROUP
    sets = ("/members",)

    def references(self, resource: Resource[GroupSpec]) -> Iterable[Reference]:
        return group_references(resource, MEMBERS, resource.spec.members)

    def check(self, resource: Resource[GroupSpec], world: World) -> Iterable[Finding]:
        """A circle of groups is told once, at the one whose name comes first."""
        cycle = world.derived(_list_cycles).get(resource.address.name, ())
        if len(cycle) == 2:
            detail = "The group is among its own members."
            yield Finding(MEMBERS, "Cycle of groups", detail, "Remove it from its own members.")
        elif cycle:
            members = [world.get(GroupSpec, name) for name in cycle[:-1]]
            files = ", ".join(f"{each.address} in {each.place()}" for each in members if each)
            detail = f"The groups contain each other: {' -> '.join(cycle)}. They stand here: {files}."
            yield Finding(MEMBERS, "Cycle of groups", detail, "Remove one of these groups from the members of another.")

    def effects(
        self, before: Resource[GroupSpec] | None, after: Resource[GroupSpec] | None, world: World
    ) -> Iterable[Effect]:
        """A group nobody could name before concerns no request; one that changes or goes may."""
        if before and (after is None or after.spec.members != before.spec.members):
            yield AskApprovers(str(before.address))


def _list_cycles(world: World) -> dict[str, tuple[str, ...]]:
    """Ways from a group back to itself, ``(a, b, a)``, by its name, which is the first in the alphabet of those on the way.

    One walk over all groups, without recursion, for they nest without limit. Of a very long way only the beginning.
    """
    found: dict[str, tuple[str, ...]] = {}
    done = set[str]()
    for start in world.groups:
        way: list[str] = []
        below: list[Iterator[str]] = []
        place: dict[str, int] = {}
        group: str | None = start
        while group or way:
            if group in place:
                cycle = _from_first(way[place[group] : place[group] + SHOWN + 1])
                found.setdefault(cycle[0], cycle)
            elif group and group not in done:
                place[group] = len(way)
                way.append(group)
                below.append(_nested(group, world.groups))
            group = next(below[-1], None) if below else None
            if group is None and way:
                below.pop()
                done.add(way[-1])
                del place[way.pop()]
    return found


def _from_first(cycle: list[str]) -> tuple[str, ...]:
    if len(cycle) > SHOWN:
        return (*cycle[:SHOWN], "…", cycle[0])
    at = cycle.index(min(cycle))
    return (*cycle[at:], *cycle[: at + 1])


def _nested(name: str, groups: Mapping[str, Sequence[Recipient]]) -> Iterator[str]:
    return (member.group for member in groups.get(name, ()) if isinstance(member, GroupReference))
