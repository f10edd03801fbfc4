"""Which of a plan's changes it is that moves a person: what a reviewer has to look at, and what a guard names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.kinds.group.spec import GroupSpec
from reconciler.model.approvals.person import expand, make_person_key
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Change
from reconciler.model.mail.mailbox import GroupReference, Recipient
from reconciler.planning.inputs import PlanInputs

Groups = Mapping[str, Sequence[Recipient]]


@dataclass(frozen=True, slots=True)
class Causes:
    """The groups a plan changes, and the members of all groups before and after."""

    changed: frozenset[str]
    before: Groups
    after: Groups

    def of_person(self, key: str, before: Sequence[Recipient], after: Sequence[Recipient], holder: Address) -> Address:
        """What makes the person join or leave: a changed group named on both sides that moved them, else the ``holder``.

        ``before`` and ``after``: the recipients the holder names. A group only one side leads to is the holder's doing.
        """
        shared = list_groups_reached(before, self.before) & list_groups_reached(after, self.after)
        for name in sorted(shared & self.changed):
            if self._moves(name, key):
                return Address(GroupSpec.KIND, name)
        return holder

    def _moves(self, name: str, key: str) -> bool:
        old, new = set(self.before.get(name, ())), set(self.after.get(name, ()))
        return _holds(new - old, self.after, key) or _holds(old - new, self.before, key)


def find_causes(changes: Iterable[Change], inputs: PlanInputs) -> Causes:
    """The causes there can be in a plan."""
    groups = frozenset(change.address.name for change in changes if change.address.kind == GroupSpec.KIND)
    return Causes(groups, inputs.stored.groups, inputs.desired.groups)


def list_groups_reached(recipients: Iterable[Recipient], groups: Groups) -> set[str]:
    """The names of the groups among the recipients and of all groups in them."""
    found: set[str] = set()
    waiting = [recipient.group for recipient in recipients if isinstance(recipient, GroupReference)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [member.group for member in groups.get(name, ()) if isinstance(member, GroupReference)]
    return found


def _holds(recipients: Iterable[Recipient], groups: Groups, key: str) -> bool:
    return any(make_person_key(member.mailbox.address) == key for member in expand(recipients, groups))
