"""What leaves the house that did not before: secrets to hosts, mail to external domains."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.protocol.answers import NOTHING_LET_OUT, Exposure
from reconciler.kinds.protocol.kind import AnyKind
from reconciler.kinds.protocol.world import World
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.control import ControlChange, Shift
from reconciler.planning.review.approval_control import ControlInputs


def list_exposures(world: World, registry: Mapping[str, AnyKind]) -> dict[Address, Exposure]:
    """What each resource lets out; those that let out nothing are left out."""
    found = {
        address: registry[address.kind].exposure(resource, world)
        for address, resource in world.resources.items()
        if address.kind in registry
    }
    return {address: each for address, each in found.items() if each != NOTHING_LET_OUT}


def compare_exposures(
    sides: ControlInputs, stored: Mapping[Address, Exposure], desired: Mapping[Address, Exposure]
) -> Iterator[ControlChange]:
    """New secrets, secrets that go to a host they did not go to, and external domains that mail did not go to."""
    yield from _compare_secrets(stored, desired, sides)
    yield from _compare_recipient_domains(stored, desired, sides)


def _compare_secrets(
    stored: Mapping[Address, Exposure], desired: Mapping[Address, Exposure], sides: ControlInputs
) -> Iterator[ControlChange]:
    known = {use for each in stored.values() for use in each.secrets}
    names = {name for name, _ in known}
    for address, each in sorted(desired.items(), key=lambda item: item[0]):
        for name, host in each.secrets:
            if name not in names and not host:
                yield _row("secret reference", "", name, address)
            elif name in names and (name, host) not in known:
                yield _report_sent_elsewhere(name, host, (stored, desired), _doer(address, sides))


def _report_sent_elsewhere(
    name: str, host: str, exposed: tuple[Mapping[Address, Exposure], Mapping[Address, Exposure]], because: Address
) -> ControlChange:
    """The secret gets to a host it did not get to; where another server goes on using it, to that one as well."""
    before, after = (
        {to for each in side.values() for secret, to in each.secrets if secret == name} for side in exposed
    )
    old, kept = _hosts(before), _hosts(after & before)
    now = f"{name} to {_hosts({host, *(after & before)})}"
    if kept:
        clause = f"{name} would be sent to {host} too, besides {kept}"
    else:
        clause = f"{name} would be sent to {host}" + (f" instead of {old}" if old else "")
    row = _row("host a secret is sent to", old and f"{name} to {old}", now, because)
    return replace(row, clause=clause)


def _hosts(hosts: Iterable[str]) -> str:
    return ", ".join(sorted(host for host in hosts if host))


def _doer(address: Address, sides: ControlInputs) -> Address:
    """The resource itself where it changes, else what it names and that changes."""
    resource = sides.inputs.desired.resources[address]
    targets = sorted(each.target for each in sides.inputs.registry[address.kind].references(resource))
    return next((each for each in (address, *targets) if each in sides.changed), address)


def _compare_recipient_domains(
    stored: Mapping[Address, Exposure], desired: Mapping[Address, Exposure], sides: ControlInputs
) -> Iterator[ControlChange]:
    """Domains of tasks' recipients; an external approver is a shift of who decides, and shown there. Nor does one, of a
    new process say, open the domain to tasks."""
    known = _reached_domains(stored, sides.inputs.stored)
    seen: set[tuple[str, Address]] = set()
    for address, each in sorted(desired.items(), key=lambda item: item[0]):
        if address.kind == ApprovalProcessSpec.KIND:
            continue
        before = stored.get(sides.origin.get(address, address), NOTHING_LET_OUT)
        for member in sides.inputs.desired.people(each.recipients):
            domain = member.mailbox.domain
            because = sides.causes.of_person(member.key, before.recipients, each.recipients, address)
            if domain not in known and domain not in sides.home and (domain, because) not in seen:
                seen.add((domain, because))
                yield _row("external recipient domain", "", f"{domain} ({member.mailbox.address})", because)


def _reached_domains(exposed: Mapping[Address, Exposure], world: World) -> Collection[str]:
    found = (each.recipients for address, each in exposed.items() if address.kind != ApprovalProcessSpec.KIND)
    return {member.mailbox.domain for recipients in found for member in world.people(recipients)}


def _row(fact: str, before: str, after: str, because: Address) -> ControlChange:
    return ControlChange("", "", fact, before, after, Shift.WEAKER, because)
