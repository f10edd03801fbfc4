"""suspend, resume: a stop on one resource from outside the manifests. Applies neither put nor lift one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from reconciler.kinds.reading.decode import resource_of
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.suspension import Freeze, Suspension
from reconciler.model.errors import NotFound, Refused, UserError
from reconciler.model.journal import Entry, format_timestamp
from reconciler.model.suggestion import list_words
from reconciler.model.wording import Act, Do, Given, Sentence
from reconciler.operations.approvals.decide import read_words
from reconciler.operations.configuration.show_resources import find_address
from reconciler.operations.context.workspace import Workspace


def suspend(workspace: Workspace, word: str, reason: str, until: datetime | None = None) -> Suspension:
    """Stop the applied resource ``word`` names; what was said of it before is replaced.

    Raises `NotFound`, `Refused` for a kind that cannot be suspended and a task that approvals send, `UserError` for an
    empty reason and an end that has passed.
    """
    now = workspace.now()
    words = read_words(reason, "reason")
    if not words:
        raise _no_reason("Whoever finds it stopped wants to know why.")
    if until is not None and until <= now:
        raise UserError(
            Sentence(Given("until"), " has passed"), f"It is {now:%Y-%m-%d %H:%M} UTC now.", "Name a later time."
        )
    snapshot = workspace.state.snapshots.read()
    address = find_address(word, snapshot.resources, where="in applied state")
    _require_suspendable(workspace, snapshot.resources[address])
    suspension = _tell(workspace, Suspension(address, workspace.caller.actor, now, words, until))
    data = {"reason": words, "until": format_timestamp(until) if until else None, "operator": workspace.caller.operator}
    workspace.state.suspensions.put(suspension, _entry(workspace, "resource.suspended", address, now, data))
    return suspension


def resume(workspace: Workspace, word: str) -> Suspension:
    """Lift the suspension of the resource; the one that was lifted. Mail of a server is due at once.

    Raises `NotFound` when nothing of that name is suspended.
    """
    suspended = {each.address: each for each in read_suspensions(workspace)}
    if not suspended:
        raise NotFound("Nothing is suspended", "There is no suspension to lift.")
    address = find_address(word, suspended, where="among what is suspended")
    entry = _entry(workspace, "resource.resumed", address, workspace.now(), {"operator": workspace.caller.operator})
    workspace.state.suspensions.lift(address, entry)
    return suspended[address]


def read_suspensions(workspace: Workspace) -> list[Suspension]:
    """Everything that is suspended, or was until its end came, with what that means."""
    return [_tell(workspace, each) for each in workspace.state.suspensions.all()]


def _tell(workspace: Workspace, suspension: Suspension) -> Suspension:
    kind = workspace.registry.get(suspension.address.kind)
    return replace(suspension, means=kind.suspension) if kind else suspension


def require_running(workspace: Workspace, *addresses: Address) -> None:
    """Raises `Refused`, with who stopped it and why, when one of the addresses is suspended now."""
    for address in addresses:
        suspension = workspace.state.suspensions.get(address)
        if suspension is not None and suspension.holds(workspace.now()):
            raise Refused(
                f"{address} is suspended",
                f"{suspension.actor} suspended it at {_moment(suspension.at)}: {suspension.reason}.{_end(suspension)}",
                Sentence("Ask them, or end it with: ", Do(Act.RESUME, str(address))),
            )


def _require_suspendable(workspace: Workspace, record: Record) -> None:
    resource = resource_of(record, workspace.registry)
    address, kind = record.address, workspace.registry[record.address.kind]
    if not kind.suspension:
        can = [name for name, each in workspace.registry.items() if each.suspension]
        raise Refused(
            f"A {address.kind} cannot be suspended",
            f"Nothing runs by itself because of {address}; only {list_words(can)} can be stopped.",
            "Suspend what uses it.",
        )
    if finding := kind.unstoppable(resource):
        raise Refused(finding.summary, finding.detail, finding.hint)


def _entry(workspace: Workspace, event: str, address: Address, at: datetime, data: dict[str, str | None]) -> Entry:
    return Entry(event, str(address), workspace.caller.actor, at, data)


def _end(suspension: Suspension) -> str:
    return f" It ends by itself at {_moment(suspension.until)}." if suspension.until else ""


def _no_reason(detail: str) -> UserError:
    return UserError(Sentence(Given("reason"), " is empty"), detail, "Say why in a few words.")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def freeze_applies(workspace: Workspace, reason: str) -> Freeze:
    """Stop all applies. What runs goes on. Raises `StateFrozen` when they are stopped already, `UserError` without a reason."""
    words = read_words(reason, "reason")
    if not words:
        raise _no_reason("Whoever wants to apply wants to know why.")
    caller = workspace.caller
    freeze = Freeze(caller.actor, caller.operator, workspace.now(), words)
    data = {"reason": words, "operator": caller.operator}
    workspace.state.freezes.freeze(freeze, Entry("state.frozen", "state", caller.actor, freeze.at, data))
    return freeze


def thaw_applies(workspace: Workspace) -> None:
    """Let applies go on. Raises `NotFound` when nothing stops them."""
    caller = workspace.caller
    entry = Entry("state.thawed", "state", caller.actor, workspace.now(), {"operator": caller.operator})
    if not workspace.state.freezes.thaw(entry):
        raise NotFound("Applies are not frozen", "There is nothing to thaw.")


def require_thawed(workspace: Workspace) -> None:
    """Raises `StateFrozen`, with who and why, while applies are stopped. The commit looks again."""
    freeze = workspace.state.freezes.current()
    if freeze is not None:
        raise freeze.fault()
