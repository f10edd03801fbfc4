"""Which effects of a plan can be felt now: what a reviewer is told of. All of them are carried out all the same, for a
request may be made while the plan is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconciler.model.configuration.address import Address, parse_address
from reconciler.model.configuration.change import Change
from reconciler.model.configuration.effect import AskApprovers, Effect, RetryMessages
from reconciler.model.mail.mailbox import GroupReference
from reconciler.planning.cause import groups_reached
from reconciler.planning.ground import Ground

_SERVER = "SmtpServer"


def with_told(changes: Sequence[Change], ground: Ground) -> tuple[Change, ...]:
    """The changes, each with the effects it can have as things are."""
    renamed = {change.previous: change.address for change in changes if change.previous}
    servers = {each.name for each in ground.stored.resources if each.kind == _SERVER}
    servers |= {address.name for address in renamed.values() if address.kind == _SERVER}
    asked = _asked(ground)

    def felt(effect: Effect) -> bool:
        if isinstance(effect, AskApprovers):
            group = parse_address(effect.because)
            return group in asked and _differs(group, renamed.get(group, group), ground)
        return not isinstance(effect, RetryMessages) or effect.server in servers

    return tuple(replace(change, told=tuple(filter(felt, change.effects))) for change in changes)


def _asked(ground: Ground) -> frozenset[Address]:
    """The groups that pending requests ask, nested ones too, as they are and as they will be."""
    recipients = [
        recipient for request in ground.facts.requests for stage in request.stages for recipient in stage.approvers
    ]
    return frozenset(_groups(groups_reached(recipients, ground.stored.groups))) | frozenset(
        _groups(groups_reached(recipients, ground.desired.groups))
    )


def _groups(names: Iterable[str]) -> Iterable[Address]:
    return (Address("Group", name) for name in names)


def _differs(before: Address, after: Address, ground: Ground) -> bool:
    """Whether other people are in the group, nested groups included."""
    old = ground.stored.people((GroupReference(before.name),))
    new = ground.desired.people((GroupReference(after.name),))
    return {member.key for member in old} != {member.key for member in new}
