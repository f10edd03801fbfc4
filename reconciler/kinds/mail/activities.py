"""Who sends what in an approval: which task gives words to an event, who reaches a task, which server carries it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.kinds.protocol.answers import Finding, Way
from reconciler.kinds.protocol.world import World, project_of
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.messages.contexts.values import is_nullable
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.declaration import Declaration
from reconciler.model.configuration.resource import Resource
from reconciler.model.suggestion import list_words

MailEvent = Literal["start", "approved", "denied", "expired", "cancelled"]
"""What happens to a request that somebody is told of: it opens, or it ends in one of four ways."""

Slot = Literal["task", "start", "completed"]
"""What a mail is for: a task of its own, asking an approver, telling the requester how it ended."""

OUTCOMES: tuple[MailEvent, ...] = ("approved", "denied", "expired", "cancelled")
EVENTS: tuple[MailEvent, ...] = ("start", *OUTCOMES)

_SLOTS: tuple[tuple[Slot, tuple[MailEvent, ...]], ...] = (("start", ("start",)), ("completed", OUTCOMES))


@dataclass(frozen=True, slots=True)
class ActivityUse:
    """A task at work for a process. ``events``: all of one slot. ``type``: None when no approval type has the process."""

    process: Resource[ApprovalProcessSpec]
    slot: Slot
    events: tuple[MailEvent, ...]
    type: Resource[ApprovalTypeSpec] | None


def activity_for(process: ApprovalProcessSpec, event: MailEvent) -> str | None:
    """Name of the EmailTask that gives words to the event; None means the built-in message."""
    name: str | None = process.start_activity if event == "start" else getattr(process.completed_activity, event)
    return name


def server_of(process: ApprovalProcessSpec | None, task: EmailTaskSpec | None, world: World) -> str | None:
    """Name of the SmtpServer that carries the mail: the process's, else the task's, the project's, else the only one.

    A task that runs by itself has no process.
    """
    for spec in (process, task):
        if spec is not None and spec.smtp_server:
            return spec.smtp_server
    project = project_of(world)
    if project and project.spec.defaults.smtp_server:
        return project.spec.defaults.smtp_server
    servers = world.of(SmtpServerSpec)
    return servers[0].address.name if len(servers) == 1 and world.complete(SmtpServerSpec) else None


def carrier_of(
    process: Resource[ApprovalProcessSpec] | None, task: Resource[EmailTaskSpec] | None, world: World
) -> Resource[SmtpServerSpec] | None:
    """The SmtpServer that `server_of` chooses, where it is there."""
    name = server_of(process.spec if process else None, task.spec if task else None, world)
    return world.get(SmtpServerSpec, name) if name else None


def way_of(
    process: Resource[ApprovalProcessSpec] | None,
    task: Resource[EmailTaskSpec] | None,
    world: World,
    event: MailEvent | None = None,
) -> Way | None:
    """The way `server_of` chooses, and which resource chooses it: the server itself where it is the only one.

    ``event``: what the process tells of; None for a task that runs by itself.
    """
    name = server_of(process.spec if process else None, task.spec if task else None, world)
    if name is None:
        return None
    server, project = Address(SmtpServerSpec.KIND, name), project_of(world)
    naming = [each.address for each in (process, task) if each and each.spec.smtp_server]
    defaults = [project.address] if project and project.spec.defaults.smtp_server else []
    return Way(server, (*naming, *defaults, server)[0], event or "", event == "start")


def no_server(world: World) -> Finding:
    """The finding for mail that no server can be chosen for."""
    return world.derived(_no_server)


def _no_server(world: World) -> Finding:
    names = [resource.address.name for resource in world.of(SmtpServerSpec)]
    if not names:
        detail = "There is no resource of kind SmtpServer, so nothing can carry this mail."
        return Finding(("spec",), "No mail server", detail, "Declare an SmtpServer.")
    detail = f"There are several mail servers ({list_words(names)}), and nothing says which one carries this mail."
    return Finding(("spec",), "No mail server chosen", detail, "Name one of them in smtpServer.")


def types_of(process: str, world: World) -> list[Resource[ApprovalTypeSpec]]:
    """Every ApprovalType that follows the process."""
    return world.derived(_types_by_process).get(process, [])


def uses_of(task: str, world: World) -> list[ActivityUse]:
    """Every use of the EmailTask in approvals: by process, slot and approval type."""
    return world.derived(_uses_by_task).get(task, [])


def uses(process: Resource[ApprovalProcessSpec], task: str | None, world: World) -> Iterator[ActivityUse]:
    """What the process uses the task for; with None, what it uses built-in messages for."""
    types: Sequence[Resource[ApprovalTypeSpec] | None] = types_of(process.address.name, world) or [None]
    for slot, events in _SLOTS:
        used = tuple(event for event in events if activity_for(process.spec, event) == task)
        if used:
            yield from (ActivityUse(process, slot, used, each) for each in types)


def tasks_of(process: ApprovalProcessSpec) -> list[str]:
    """Names of the EmailTasks the process uses, each once."""
    names = (activity_for(process, event) for event in EVENTS)
    return list(dict.fromkeys(name for name in names if name))


def _types_by_process(world: World) -> dict[str, list[Resource[ApprovalTypeSpec]]]:
    found: dict[str, list[Resource[ApprovalTypeSpec]]] = {}
    for resource in world.of(ApprovalTypeSpec):
        found.setdefault(resource.spec.process, []).append(resource)
    return found


def _uses_by_task(world: World) -> dict[str, list[ActivityUse]]:
    found: dict[str, list[ActivityUse]] = {}
    for process in world.of(ApprovalProcessSpec):
        for task in tasks_of(process.spec):
            found.setdefault(task, []).extend(uses(process, task, world))
    return found


def common_fields(types: Sequence[Resource[ApprovalTypeSpec]]) -> dict[str, Declaration]:
    """The fields every one of these approval types declares with the same type.

    One that may be missing in any of them may be missing here.
    """
    if not types:
        return {}
    first, *rest = (resource.spec.fields for resource in types)
    return {name: _weakest(name, [first, *rest]) for name in first if _shared(name, first, rest)}


def _shared(name: str, first: Mapping[str, Declaration], rest: Sequence[Mapping[str, Declaration]]) -> bool:
    return all(name in fields and fields[name].type is first[name].type for fields in rest)


def _weakest(name: str, declared: Sequence[Mapping[str, Declaration]]) -> Declaration:
    found = [fields[name] for fields in declared]
    return next((declaration for declaration in found if is_nullable(declaration)), found[0])
