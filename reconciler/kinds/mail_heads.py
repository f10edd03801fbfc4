"""What stands above a mail: sender, recipients, where replies go; and which resources the mail hangs on.

For the preview in plans. Headers of mail that is really sent are written from the same fields when it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from reconciler.kinds.activities import Use, server_of
from reconciler.kinds.world import World, project_of
from reconciler.messages.mail import Head
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Resource
from reconciler.model.mail.mailbox import GroupReference, Recipient

_READERS = {"start": "each approver, one mail each", "completed": "the requester"}
_TO = {"start": "the approver", "completed": "the requester"}


def task_head(task: Resource, world: World) -> Head:
    """The head of an EmailTask in the context task: its recipients by name, groups as their members."""
    spec = task.spec
    server = server_of(None, spec, world)
    return Head(
        slot="task",
        keys=(str(task.address),),
        reader=", ".join(_reader(recipient, world) for recipient in spec.to),
        sender=_sender(spec, server, world),
        to=_people(spec.to, world),
        cc=_people(spec.cc, world),
        reply_to=str(spec.reply_to or ""),
        parties=(*_servers(server), *_groups((*spec.to, *spec.cc), world), *_project(world)),
    )


def approval_head(use: Use, task: Resource | None, world: World) -> Head:
    """The head of a mail of an approval: the slot decides who gets it."""
    spec, process = task.spec if task else None, use.process
    server = server_of(process.spec, spec, world)
    kind = str(use.type.address) if use.type else ""
    groups = _groups([each for stage in process.spec.stages for each in stage.approvers], world)
    about = (process.address, use.type.address) if use.type else (process.address,)
    return Head(
        slot=use.slot,
        keys=tuple(f"{event} of {process.address} for {kind}" for event in use.events),
        reader=_READERS[use.slot],
        sender=_sender(spec, server, world),
        to=(_TO[use.slot],),
        reply_to=_reply_to(spec, use.slot),
        parties=(*about, *_servers(server), *groups, *_project(world)),
    )


def idle_head(task: Resource, world: World) -> Head:
    """The head of an approval's mail that no process uses: nobody gets it."""
    server = server_of(None, task.spec, world)
    return Head(
        slot="start",
        keys=(f"{task.address}, idle",),
        reader="nobody: no approval process uses it",
        sender=_sender(task.spec, server, world),
        to=(_TO["start"],),
        reply_to=_reply_to(task.spec, "start"),
        parties=(*_servers(server), *_project(world)),
    )


def _reply_to(spec: Any, slot: str) -> str:
    own = str(spec.reply_to or "") if spec else ""
    return own or ("the requester" if slot == "start" else "")


def _sender(spec: Any, server: str | None, world: World) -> str:
    if spec and spec.sender:
        return str(spec.sender)
    carrier = world.spec("SmtpServer", server) if server else None
    return str(carrier.sender) if carrier else ""


def _servers(name: str | None) -> tuple[Address, ...]:
    return (Address("SmtpServer", name),) if name else ()


def _project(world: World) -> tuple[Address, ...]:
    project = project_of(world)
    return (project.address,) if project else ()


def _people(recipients: Sequence[Recipient], world: World) -> tuple[str, ...]:
    return tuple(str(member.mailbox) for member in world.people(recipients))


def _reader(recipient: Recipient, world: World) -> str:
    if not isinstance(recipient, GroupReference):
        return str(recipient)
    count = len(world.people((recipient,)))
    return f"{recipient} ({count} {'person' if count == 1 else 'people'})"


def _groups(recipients: Iterable[Recipient], world: World) -> tuple[Address, ...]:
    return tuple(Address("Group", name) for name in dict.fromkeys(_group_names(recipients, world)))


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
