"""Which way the mail of what was applied takes: the hosts it goes through, and how well the way to them is protected."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.protocol.answers import NOTHING_LET_OUT, Exposure, Way
from reconciler.kinds.protocol.kind import AnyKind
from reconciler.kinds.protocol.world import World
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.control import ControlChange, Shift
from reconciler.planning.review.approval_control import ControlInputs

Exposed = Mapping[Address, Exposure]

_SERVER, _TYPE, _PROCESS = SmtpServerSpec.KIND, ApprovalTypeSpec.KIND, ApprovalProcessSpec.KIND


@dataclass(frozen=True, slots=True)
class _Turn:
    """One mail of what stays that leaves through another server, or through the same at another host.

    ``sender``: a task, a process, or a type, whose mail is that of the process it follows. ``old``: the stored server.
    """

    sender: Address
    decides: bool
    old: Address
    new: Address
    because: Address


@dataclass(frozen=True, slots=True)
class _Passed:
    """Hosts that mail of applied state goes through. ``deciding``: those of mail that approvers answer."""

    all: frozenset[str]
    deciding: frozenset[str]


def compare_ways(sides: ControlInputs, stored: Exposed, desired: Exposed) -> Iterator[ControlChange]:
    """Hosts that mail did not go through, and what protects the way there less than the way it took.

    A server that was merely declared vouches for no host, and mail that nobody answers vouches for none that approvals
    may take: else a harmless change would open the way to the next.
    """
    was, will = _list_ways(sides.inputs.stored, stored), _list_ways(sides.inputs.desired, desired)
    passed = _Passed(_list_hosts(was, stored), _list_hosts(was, stored, deciding=True))
    turns = list(_turns(was, will, sides))
    moved: dict[tuple[Address, str, str], list[_Turn]] = {}
    for turn in turns:
        hosts = _host(turn.old, stored), _host(turn.new, desired)
        if hosts[0] != hosts[1]:
            moved.setdefault((turn.because, *hosts), []).append(turn)
    for (because, before, after), each in moved.items():
        yield from _compare_host_rows(
            ControlChange("", "", "", before, after, Shift.DIFFERENT, because), each, passed, sides.inputs.registry
        )
    yield from _compare_unused(moved, sides, (stored, desired))
    yield from dict.fromkeys(_compare_protection(turns, sides))
    yield from _compare_new_types(will, desired, sides, passed)


def _list_ways(world: World, exposed: Exposed) -> dict[Address, tuple[Way, ...]]:
    """By task, process and type, how its mails leave."""
    found = {address: each.ways for address, each in exposed.items() if each.ways}
    for kind in world.of(ApprovalTypeSpec):
        found[kind.address] = found.get(Address(_PROCESS, kind.spec.process), ())
    return found


def _list_hosts(ways: Mapping[Address, Iterable[Way]], exposed: Exposed, *, deciding: bool = False) -> frozenset[str]:
    """A process without a type sends nothing: its types speak for it."""
    return frozenset(
        _host(way.server, exposed)
        for sender, each in ways.items()
        for way in each
        if sender.kind != _PROCESS and (way.decides or not deciding)
    )


def _host(server: Address, exposed: Exposed) -> str:
    return exposed.get(server, NOTHING_LET_OUT).host


def _turns(
    was: Mapping[Address, Iterable[Way]], will: Mapping[Address, Iterable[Way]], sides: ControlInputs
) -> Iterator[_Turn]:
    for sender, ways in will.items():
        before = {way.mail: way for way in was.get(sides.origin.get(sender, sender), ())}
        for way in ways:
            old = before.get(way.mail)
            if old and (old.server != way.server or way.server in sides.changed):
                yield _Turn(sender, way.decides, old.server, way.server, _doer(sender, old, way, sides))


def _doer(sender: Address, old: Way, new: Way, sides: ControlInputs) -> Address:
    """The server where it is the same, else what chooses another: now, before, or by naming something else that chooses."""
    inputs, origin = sides.inputs, sides.origin
    if origin.get(new.server, new.server) == old.server:
        return new.server
    holders = [new.by, old.by, sender]
    if sender.kind == _TYPE:
        will, was = _process(sender, inputs.desired), _process(origin.get(sender, sender), inputs.stored)
        holders = [*holders[:2], will] if origin.get(will, will) == was else [sender]
    return next((each for each in holders if each in sides.changed), new.server)


def _process(kind: Address, world: World) -> Address:
    """What decides on requests of the type, which is in this world."""
    followed = world.spec(ApprovalTypeSpec, kind.name)
    return Address(_PROCESS, followed.process if followed else "")


def _compare_host_rows(
    row: ControlChange, turns: Collection[_Turn], passed: _Passed, registry: Mapping[str, AnyKind]
) -> Iterator[ControlChange]:
    """For each type whose approvers are asked another way, and for all else that takes that way with it."""
    route = f"would go through {row.after} instead of {row.before}"
    asking = sorted({turn.sender for turn in turns if turn.decides and turn.sender.kind == _TYPE})
    for kind in asking:
        shift = Shift.DIFFERENT if row.after in passed.deciding else Shift.WEAKER
        yield replace(row, type=kind.name, fact=_APPROVAL_HOST, shift=shift, clause=f"mail to approvers {route}")
    senders = {turn.sender for turn in turns if turn.sender.kind != _TYPE} or {turn.sender for turn in turns}
    if not asking or any(each.kind not in (_TYPE, _PROCESS) for each in senders):
        shift = Shift.DIFFERENT if row.after in passed.all else Shift.WEAKER
        whose = "its mail" if senders == {row.because} else f"mail of {_counted(senders, registry)}"
        yield replace(row, fact=_HOST, shift=shift, clause=f"{whose} {route}")


_HOST, _APPROVAL_HOST = "mail server host", "approval mail host"


def _counted(senders: Collection[Address], registry: Mapping[str, AnyKind]) -> str:
    """``2 tasks and 1 process``."""
    counts = [(sum(each.kind == name for each in senders), kind.called) for name, kind in registry.items()]
    return " and ".join(f"{count} {forms[count > 1]}" for count, forms in counts if count)


def _compare_unused(
    moved: Collection[tuple[Address, str, str]], sides: ControlInputs, exposed: tuple[Exposed, Exposed]
) -> Iterator[ControlChange]:
    """Servers that move while no mail goes through them."""
    told = {because for because, _, _ in moved}
    for server in sorted({*sides.changed} - told):
        before, after = _host(sides.origin.get(server, server), exposed[0]), _host(server, exposed[1])
        if before and after and before != after:
            yield ControlChange("", "", _HOST, before, after, Shift.DIFFERENT, server)


def _compare_protection(turns: Iterable[_Turn], sides: ControlInputs) -> Iterator[ControlChange]:
    """Of another server than before; what a server says otherwise of itself is told where resources stay."""
    inputs = sides.inputs
    for turn in turns:
        if sides.origin.get(turn.new, turn.new) != turn.old:
            old, new = inputs.stored.resources.get(turn.old), inputs.desired.resources.get(turn.new)
            for rule in inputs.registry[_SERVER].weakenings(old, new) if old and new else ():
                yield ControlChange("", "", rule.fact, rule.before, rule.after, rule.shift, turn.because)


def _compare_new_types(
    will: Mapping[Address, Iterable[Way]], exposed: Exposed, sides: ControlInputs, passed: _Passed
) -> Iterator[ControlChange]:
    """A new type whose approvers are asked through a host that such mail did not go through: a fact of it, and shown."""
    for kind in sides.inputs.desired.of(ApprovalTypeSpec):
        if sides.origin.get(kind.address, kind.address) not in sides.inputs.stored.resources:
            hosts = {_host(way.server, exposed) for way in will[kind.address] if way.decides}
            for host in sorted(hosts - passed.deciding if passed.deciding else ()):
                yield ControlChange(kind.address.name, "", _APPROVAL_HOST, "", host, Shift.DIFFERENT, kind.address)
