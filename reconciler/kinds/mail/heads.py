"""Who writes a mail to whom: one answer for what stands above a mail in a plan and for the headers of what is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.kinds.group.spec import GroupSpec
from reconciler.kinds.mail.activities import ActivityUse, Slot, carrier_of
from reconciler.kinds.protocol.world import World, project_of
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.messages.mail import Envelope, Head
from reconciler.model.approvals.person import Member
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Resource
from reconciler.model.mail.mailbox import GroupReference, Mailbox, Recipient

_READERS = {"start": "each approver, one mail each", "completed": "the requester"}

THE_APPROVER, THE_REQUESTER = Mailbox("the approver"), Mailbox("the requester")
"""Who stands in the envelope of an approval's mail before it is known who it will be."""

Addressees = tuple[Sequence[Member], Sequence[Member], Sequence[Member]]
"""Those in to, in cc and in bcc."""


def address_task(
    task: Resource[EmailTaskSpec], server: Resource[SmtpServerSpec] | None, people: Addressees
) -> Envelope:
    """Who writes to whom when the task runs. ``people``: who is in its to, cc and bcc, groups expanded."""
    to, cc, bcc = (tuple(member.mailbox for member in members) for members in people)
    return Envelope(_sender(task, server), to, cc, bcc, task.spec.reply_to)


def address_approval(
    task: Resource[EmailTaskSpec] | None,
    server: Resource[SmtpServerSpec] | None,
    slot: str,
    recipient: Mailbox,
    requester: Mailbox,
) -> Envelope:
    """Who writes to whom in an approval: answers to mail that asks go to the requester, unless the task says otherwise."""
    own = task.spec.reply_to if task else None
    return Envelope(_sender(task, server), (recipient,), reply_to=own or (requester if slot == "start" else None))


def addressees(task: Resource[EmailTaskSpec], world: World) -> Addressees:
    """Who is in to, cc and bcc of the task, groups expanded."""
    spec = task.spec
    return world.people(spec.to), world.people(spec.cc), world.people(spec.bcc)


def _sender(task: Resource[EmailTaskSpec] | None, server: Resource[SmtpServerSpec] | None) -> Mailbox | None:
    own = task.spec.sender if task else None
    return own or (server.spec.sender if server else None)


def task_head(task: Resource[EmailTaskSpec], world: World) -> Head:
    """The head of an EmailTask in the context task: its recipients by name, groups as their members."""
    spec = task.spec
    server = carrier_of(None, task, world)
    return Head(
        slot="task",
        keys=(str(task.address),),
        reader=", ".join(_reader(recipient, world) for recipient in spec.to),
        envelope=address_task(task, server, addressees(task, world)),
        parties=(*_addresses(server), *_groups((*spec.to, *spec.cc), world), *_addresses(project_of(world))),
    )


def approval_head(use: ActivityUse, task: Resource[EmailTaskSpec] | None, world: World) -> Head:
    """The head of a mail of an approval: the slot decides who gets it."""
    process = use.process
    server = carrier_of(process, task, world)
    kind = str(use.type.address) if use.type else ""
    groups = _groups([each for stage in process.spec.stages for each in stage.approvers], world)
    return Head(
        slot=use.slot,
        keys=tuple(f"{event} of {process.address} for {kind}" for event in use.events),
        reader=_READERS[use.slot],
        envelope=_to_some(task, server, use.slot),
        parties=(
            *_addresses(process, use.type, server),
            *groups,
            *_addresses(project_of(world)),
        ),
    )


def idle_head(task: Resource[EmailTaskSpec], world: World) -> Head:
    """The head of an approval's mail that no process uses: nobody gets it."""
    server = carrier_of(None, task, world)
    return Head(
        slot="start",
        keys=(f"{task.address}, idle",),
        reader="nobody: no approval process uses it",
        envelope=_to_some(task, server, "start"),
        parties=_addresses(server, project_of(world)),
    )


def _to_some(task: Resource[EmailTaskSpec] | None, server: Resource[SmtpServerSpec] | None, slot: Slot) -> Envelope:
    """The envelope to whoever it will be."""
    return address_approval(task, server, slot, THE_APPROVER if slot == "start" else THE_REQUESTER, THE_REQUESTER)


def _addresses(*resources: Resource[object] | None) -> tuple[Address, ...]:
    return tuple(each.address for each in resources if each)


def _reader(recipient: Recipient, world: World) -> str:
    if not isinstance(recipient, GroupReference):
        return str(recipient)
    count = len(world.people((recipient,)))
    return f"{recipient} ({count} {'person' if count == 1 else 'people'})"


def _groups(recipients: Iterable[Recipient], world: World) -> tuple[Address, ...]:
    return tuple(Address(GroupSpec.KIND, name) for name in dict.fromkeys(_group_names(recipients, world)))


def _group_names(recipients: Iterable[Recipient], world: World) -> Iterator[str]:
    """The groups named, and those inside them; each may come more than once, but none is entered twice."""
    seen: set[str] = set()
    waiting = [each.group for each in recipients if isinstance(each, GroupReference)]
    while waiting:
        name = waiting.pop(0)
        if name not in seen:
            seen.add(name)
            yield name
            waiting += [each.group for each in world.groups.get(name, ()) if isinstance(each, GroupReference)]
