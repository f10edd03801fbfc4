"""Stranding: open requests that a change of their groups would leave with too few people to reach their quorum."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.approvals.quorum import judge_reach
from reconciler.kinds.group.spec import GroupSpec
from reconciler.kinds.protocol.world import World
from reconciler.model.approvals.request import Request
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change
from reconciler.model.configuration.guard import Guard, GuardId
from reconciler.model.mail.mailbox import GroupReference, Recipient
from reconciler.model.wording import Act, Do, Sentence
from reconciler.planning.inputs import PlanInputs

_GROUP = GroupSpec.KIND
_NAMED = 3


def find_stranded_requests(changes: Iterable[Change], inputs: PlanInputs) -> Iterator[Guard]:
    """A guard for each group whose change takes people away from an open request that then cannot be approved.

    A request keeps its approvers as they were named when it was made; who is in a group is looked up when it matters. A
    group that is deleted is no matter of this guard: the commit itself refuses to delete what an open request names.
    """
    groups = [change for change in changes if change.address.kind == _GROUP and change.before is not None]
    names = {change.previous.name: change.address.name for change in groups if change.previous}
    losing = {
        (each.previous or each.address).name: each.address for each in groups if each.after and _list_left(each, inputs)
    }
    if not losing:
        return
    stranded: dict[Address, list[str]] = {}
    for request in inputs.facts.requests:
        if words := _shortage(request, names, inputs):
            for name in losing.keys() & _groups(request.current.approvers, inputs.stored):
                stranded.setdefault(losing[name], []).append(f"{request.id} ({words})")
    for address, requests in sorted(stranded.items()):
        yield _guard(address, requests)


def changes_groups(changes: Iterable[Change]) -> bool:
    """Whether who may decide an open request can differ after the changes: only then they have to be judged."""
    return any(each.address.kind == _GROUP and each.action is not Action.CREATE for each in changes)


def _list_left(change: Change, inputs: PlanInputs) -> set[str]:
    """The keys of the people who are in the group, nested groups included, and no longer will be."""
    old = _list_members((GroupReference((change.previous or change.address).name),), inputs.stored)
    return old - _list_members((GroupReference(change.address.name),), inputs.desired)


def _groups(recipients: Sequence[Recipient], world: World) -> set[str]:
    """Names of the groups among the recipients, nested ones too."""
    found: set[str] = set()
    waiting = list(recipients)
    while waiting:
        each = waiting.pop()
        if isinstance(each, GroupReference) and each.group not in found:
            found.add(each.group)
            waiting.extend(world.groups.get(each.group, ()))
    return found


def _list_members(recipients: Sequence[Recipient], world: World) -> set[str]:
    return {member.key for member in world.people(recipients)}


def _shortage(request: Request, names: Mapping[str, str], inputs: PlanInputs) -> str:
    """What a request would lack that lacks nothing now: ``1 of 2 needed``; empty where the change does not strand it."""
    approvers = request.current.approvers
    if not judge_reach(request, inputs.stored.people(approvers)).enough:
        return ""
    after = judge_reach(request, inputs.desired.people([_rename(each, names) for each in approvers]))
    return "" if after.enough else f"{after.possible} of {after.needed} needed"


def _rename(recipient: Recipient, names: Mapping[str, str]) -> Recipient:
    if isinstance(recipient, GroupReference):
        return GroupReference(names.get(recipient.group, recipient.group))
    return recipient


def _guard(address: Address, requests: Sequence[str]) -> Guard:
    count = "1 open request" if len(requests) == 1 else f"{len(requests)} open requests"
    more = f" and {len(requests) - _NAMED} more" if len(requests) > _NAMED else ""
    message = Sentence(
        f"{address} would lose people whom {count} cannot do without; too few could still approve: "
        f"{', '.join(requests[:_NAMED])}{more}. Decide or cancel first (",
        Do(Act.LIST_REQUESTS),
        "), or put others in their place; if it is allowed, what is stranded waits for new people or its deadline.",
    )
    return Guard(GuardId.IN_FLIGHT, address, message, numbers={"requests": len(requests)})
