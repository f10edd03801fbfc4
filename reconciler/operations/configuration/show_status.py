"""status: whether everything that should happen happens, and what stands in its way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.kinds.mail.activities import activity_for, server_of
from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.decode import world_of
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.model.condition import Figures, Status, Trouble
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.configuration.suspension import Freeze, Suspension
from reconciler.model.suggestion import list_words
from reconciler.model.wording import Act, Do, Sentence
from reconciler.operations.configuration.prove_state import find_changed_records, find_changed_requests
from reconciler.operations.configuration.suspend import read_suspensions
from reconciler.operations.context.applied_state import own_world
from reconciler.operations.context.workspace import Workspace
from reconciler.state.protocols import Holder

LATE = timedelta(minutes=5)
"""How long something may be due before nobody seems to be doing it."""

LATELY = timedelta(hours=24)
"""For how long a message that has failed for good counts."""

LONG = timedelta(minutes=15)
"""How long a lock may be held before something seems to hang."""


_NAMED = 3
_START = Sentence("Start a runner: ", Do(Act.RUN))


def show_status(workspace: Workspace) -> Status:
    """Look at everything once; changes nothing."""
    state, now = workspace.state, workspace.now()
    snapshot = state.snapshots.read()
    figures = state.upkeep.figures(late=now - LATE, since=now - LATELY)
    holder, freeze = state.lock.holder(), state.freezes.current()
    suspensions = tuple(each for each in read_suspensions(workspace) if each.holds(now))
    return Status(
        at=now,
        name=state.name,
        lineage=snapshot.lineage,
        serial=snapshot.serial,
        resources=len(snapshot.resources),
        figures=figures,
        lock=(_who(holder), holder.since) if holder else None,
        freeze=freeze,
        suspensions=suspensions,
        troubles=(
            *_altered(workspace, snapshot),
            *_mail(figures),
            *_requests(figures),
            *_stops(holder, freeze, now),
            *_list_stopped_servers(workspace, snapshot, suspensions),
        ),
    )


def _altered(workspace: Workspace, snapshot: Snapshot) -> Iterator[Trouble]:
    if found := [*find_changed_records(workspace, snapshot), *find_changed_requests(workspace)]:
        first = f"{found[0].subject} {found[0].words}"
        text = f"the state was changed by hand: {first}" + (f", and {len(found) - 1} more" if len(found) > 1 else "")
        yield Trouble("altered", text, Sentence("See: ", Do(Act.AUDIT)))


def _mail(figures: Figures) -> Iterator[Trouble]:
    if figures.failed:
        text = f"{figures.failed} of the messages failed for good in the last 24 hours"
        yield Trouble("failed", text, Sentence("See: ", Do(Act.LIST_DELIVERIES, given={"status": "failed"})))
    if ambiguous := figures.messages.get("ambiguous", 0):
        text = f"nobody knows of {ambiguous} of the messages whether they arrived; they are sent again"
        yield Trouble("ambiguous", text, Sentence("See: ", Do(Act.LIST_DELIVERIES, given={"status": "ambiguous"})))
    if figures.late_messages:
        text = f"{figures.late_messages} of the messages have been due for over 5 minutes and nobody sends them"
        yield Trouble("overdue-messages", text, _START)
    for server in figures.servers:
        text = f"{SmtpServerSpec.KIND}/{server.server} cannot be used ({server.failures} in a row): {server.fault.rstrip('.')}"
        yield Trouble("server-down", text, f"It is tried again at {_moment(server.until)}.")


def _requests(figures: Figures) -> Iterator[Trouble]:
    if figures.late_requests:
        text = f"{figures.late_requests} of the requests have been due for over 5 minutes and nobody moves them"
        yield Trouble("overdue-requests", text, _START)


def _stops(holder: Holder | None, freeze: Freeze | None, now: datetime) -> Iterator[Trouble]:
    if freeze:
        text = f"{freeze.actor} stopped all applies at {_moment(freeze.at)}: {freeze.reason}"
        yield Trouble("frozen", text, Sentence("Let them go on with: ", Do(Act.THAW)))
    if holder and now - holder.since >= LONG:
        text = f"{_who(holder)} has held the lock since {_moment(holder.since)}"
        hint = Sentence("If that process is gone for good: ", Do(Act.UNLOCK, holder.token))
        yield Trouble("lock-held", text, hint)


def _list_stopped_servers(
    workspace: Workspace, snapshot: Snapshot, suspensions: Sequence[Suspension]
) -> Iterator[Trouble]:
    """Suspended servers that mail waits for, or that something applied would send through: a stop of one task is what somebody
    wanted; of these, all mail waits, and whoever is on call has to know for as long as it lasts."""
    stopped = {each.address: each for each in suspensions if each.address.kind == SmtpServerSpec.KIND}
    if not stopped:
        return
    users = _list_users(own_world(workspace, world_of(snapshot.resources.values(), workspace.registry)))
    waiting = workspace.state.snapshots.needed(stopped)
    for address, each in stopped.items():
        needs = users.get(address.name, [])
        if needs or address in waiting:
            named = list_words([*needs[:_NAMED], *([f"{len(needs) - _NAMED} more"] if len(needs) > _NAMED else [])])
            why = [f"{named} {'send' if len(needs) > 1 else 'sends'} through it"] if needs else []
            why += [f"it keeps {waiting[address]} waiting"] if address in waiting else []
            text = f"{each.actor} suspended {address} at {_moment(each.at)} ({each.reason}): {'; '.join(why)}"
            yield Trouble("server-suspended", text, Sentence("End it with: ", Do(Act.RESUME, str(address))))


def _list_users(world: World) -> dict[str, list[str]]:
    """By server, what sends through it: tasks that are sent by themselves, and processes."""
    found: dict[str, list[str]] = {}
    for task in world.of(EmailTaskSpec):
        if task.spec.context == "task" and task.spec.enabled and (server := server_of(None, task.spec, world)):
            found.setdefault(server, []).append(str(task.address))
    for process in world.of(ApprovalProcessSpec):
        asking = world.spec(EmailTaskSpec, activity_for(process.spec, "start") or "")
        if server := server_of(process.spec, asking, world):
            found.setdefault(server, []).append(str(process.address))
    return found


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _who(holder: Holder) -> str:
    return f"{holder.actor} (process {holder.process} on {holder.host}, {holder.operation})"
