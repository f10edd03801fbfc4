"""send: one run of an e-mail task by hand, from what was applied."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.kinds.fields.declarations import declarations
from reconciler.kinds.mail.build_context import build_task_context, run_by_hand
from reconciler.kinds.mail.heads import Addressees, address_task, addressees
from reconciler.kinds.mail.words import surroundings, task_view
from reconciler.kinds.protocol.world import World
from reconciler.model.canonical import hash_bytes
from reconciler.model.configuration.address import Address, parse_address
from reconciler.model.configuration.declaration import Declaration, Value, check_value, read_value
from reconciler.model.configuration.resource import Resource
from reconciler.model.errors import Refused, UserError
from reconciler.model.journal import Entry
from reconciler.model.mail.message import Message
from reconciler.model.suggestion import list_words, suggest_name
from reconciler.model.wording import Act, Do, Given, Sentence
from reconciler.operations.approvals.decide import read_person
from reconciler.operations.configuration.show_resources import find_address
from reconciler.operations.configuration.suspend import require_running
from reconciler.operations.context.applied_state import AppliedState, read_applied
from reconciler.operations.context.workspace import Workspace
from reconciler.operations.mail.deliver import deliver_due
from reconciler.operations.mail.write_mail import MailUnwritable, Posting, server_for, words_of, write_mail


@dataclass(frozen=True, slots=True)
class Sending:
    """What a person asked to send. ``to`` empty: the task's own recipients; else these instead of to, cc and bcc."""

    task: str
    to: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()


def write_task(workspace: Workspace, sending: Sending) -> Message:
    """The message the task makes now, not stored anywhere.

    Raises `NotFound`, `Refused` for a task that is disabled, suspended or no task of its own, `UserError` for parameters that do
    not fit (all faults together), `MailUnwritable`.
    """
    applied = read_applied(workspace)
    task = _task(applied.world, sending.task)
    _require_sendable(task)
    require_running(workspace, task.address)
    declared = declarations(task.spec.parameters)
    values = _list_values(task, declared, dict(sending.parameters))
    server, people = server_for(applied, None, task), _recipients(applied, task, sending.to)
    now, id = workspace.now(), workspace.new_id("msg")
    envelope, give_up = address_task(task, server, people), now + task.spec.expire_after.elapsed
    run, around = run_by_hand(id, now, workspace.caller.actor), surroundings(applied.world, applied.settings)
    context = build_task_context(
        task_view(task, "task"), values, [each for some in people for each in some], run, around
    )
    posting = Posting(envelope, id, f"manual:{id}", now, give_up)
    return write_mail(server, words_of(applied, task, "task"), context, posting, applied.settings.mail)


def read_as_text(message: Message) -> str:
    """What its text part says."""
    part = email.message_from_bytes(message.data, policy=email.policy.default).get_body(("plain",))
    return str(part.get_content()).rstrip() if part else ""


def send_task(workspace: Workspace, sending: Sending, notice: Callable[[str], None]) -> Message:
    """Write the task's message, store it, and try to deliver it at once; the message as that left it.

    Whatever happens to the delivery, the message is in the outbox: what could not be delivered now is tried again by
    `run`. Raises what `write_task` raises; a mail that cannot be written is a failed run, with a journal entry.
    """
    try:
        message = write_task(workspace, sending)
    except MailUnwritable as failure:
        _fail(workspace, sending.task, failure)
        raise
    data = {
        "key": message.key,
        "recipients": [fate.address for fate in message.fates],
        "server": message.server,
        "bytes": hash_bytes(message.data),
    }
    entry = Entry("task.sent", message.task, workspace.caller.actor, message.created, {"message": message.id, **data})
    workspace.state.outbox.add([message], entry)
    deliver_due(workspace, only=message.id, notice=notice)
    return workspace.state.outbox.get(message.id) or message


def _fail(workspace: Workspace, word: str, failure: MailUnwritable) -> None:
    """The run has failed, and the journal says so: who looks for its mail finds why there is none."""
    task = word if "/" in word else f"{EmailTaskSpec.KIND}/{word}"
    why = f"{failure.summary}: {failure.detail}"
    workspace.state.outbox.add([], Entry("task.failed", task, workspace.caller.actor, workspace.now(), {"error": why}))


def _task(world: World, word: str) -> Resource[EmailTaskSpec]:
    """The task ``word`` means; where none has exactly this name, all names are looked at. Raises `NotFound`."""
    named = parse_address(word) or Address(EmailTaskSpec.KIND, word)
    task = world.get(EmailTaskSpec, named.name) if named.kind == EmailTaskSpec.KIND else None
    if task is None:
        tasks = {each.address: each for each in world.of(EmailTaskSpec)}
        see = Sentence("No EmailTask is applied; what is: ", Do(Act.SHOW)) if world.resources and not tasks else ""
        task = tasks[find_address(word, tasks, where="in applied state", kind=EmailTaskSpec.KIND, see=see)]
    return task


def _require_sendable(task: Resource[EmailTaskSpec]) -> None:
    if task.spec.context != "task":
        raise Refused(
            "Not a task of its own",
            f"{task.address} has the context {task.spec.context}: it is sent by approvals, to whom the slot decides.",
            Sentence("Make a request to see it, or look at it with: ", Do(Act.RENDER, task.address.name)),
        )
    if not task.spec.enabled:
        raise Refused("Task is disabled", f"{task.address} has enabled: false.", "Set enabled: true and apply.")


def _list_values(
    task: Resource[EmailTaskSpec], declared: Mapping[str, Declaration], given: Mapping[str, str]
) -> dict[str, Value | None]:
    """Every parameter's value. All that is wrong with the given ones is said together."""
    faults: list[str] = []
    values: dict[str, Value | None] = {}
    for name in given:
        if name not in declared:
            hint = suggest_name(name, declared) or (f"It has: {list_words(declared)}." if declared else "It has none.")
            faults.append(f"{task.address} has no parameter “{name}”. {hint}")
    for name, declaration in declared.items():
        locked = not isinstance(task.spec.parameters[name], Declaration)
        try:
            values[name] = _value(declaration, given.get(name), locked=locked)
        except ValueError as fault:
            faults.append(f"{name}: {fault}.")
    if faults:
        raise UserError(
            "Parameters do not fit", " ".join(faults), Sentence("Pass each as ", Given("param", "NAME=VALUE"), ".")
        )
    return values


def _value(declaration: Declaration, text: str | None, *, locked: bool) -> Value | None:
    if text is None:
        if declaration.required and declaration.default is None:
            raise ValueError("it is required and not given")
        return declaration.default
    if locked:
        raise ValueError("its value is fixed in the manifest, so it cannot be given here")
    value = read_value(declaration.type, text, from_text=True)
    check_value(declaration, value)
    return value


def _recipients(applied: AppliedState, task: Resource[EmailTaskSpec], instead: Sequence[str]) -> Addressees:
    if instead:
        return applied.world.people([read_person(text, "to") for text in instead]), (), ()
    people = addressees(task, applied.world)
    if not people[0]:
        raise Refused("Nobody to write to", f"The groups in to of {task.address} have no members.")
    return people
