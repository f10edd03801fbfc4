"""status: whether everything that should happen happens, and what stands in its way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from reconciler.model.condition import Figures, Status, Trouble
from reconciler.model.freeze import Freeze
from reconciler.model.snapshot import Snapshot
from reconciler.operations.prove_state import changed_records
from reconciler.operations.workspace import Workspace
from reconciler.state.protocols import Holder

LATE = timedelta(minutes=5)
"""How long something may be due before nobody seems to be doing it."""

LATELY = timedelta(hours=24)
"""For how long a message that has failed for good counts."""

LONG = timedelta(minutes=15)
"""How long a lock may be held before something seems to hang."""


def show_status(workspace: Workspace) -> Status:
    """Look at everything once; changes nothing."""
    state, now = workspace.state, workspace.now()
    snapshot = state.snapshots.read()
    figures = state.upkeep.figures(late=now - LATE, since=now - LATELY)
    holder, freeze = state.lock.holder(), state.freezes.current()
    return Status(
        at=now,
        name=state.name,
        lineage=snapshot.lineage,
        serial=snapshot.serial,
        resources=len(snapshot.resources),
        figures=figures,
        lock=(_who(holder), holder.since) if holder else None,
        freeze=freeze,
        suspensions=tuple(each for each in state.suspensions.all() if each.holds(now)),
        troubles=(*_altered(workspace, snapshot), *_mail(figures), *_requests(figures), *_stops(holder, freeze, now)),
    )


def _altered(workspace: Workspace, snapshot: Snapshot) -> Iterator[Trouble]:
    if found := changed_records(workspace, snapshot):
        first = f"{found[0].subject} {found[0].words}"
        text = f"the state was changed by hand: {first}" + (f", and {len(found) - 1} more" if len(found) > 1 else "")
        yield Trouble("altered", text, "See: reconciler audit verify")


def _mail(figures: Figures) -> Iterator[Trouble]:
    if figures.failed:
        text = f"{figures.failed} of the messages failed for good in the last 24 hours"
        yield Trouble("failed", text, "See: reconciler deliveries list --status failed")
    if ambiguous := figures.messages.get("ambiguous", 0):
        text = f"nobody knows of {ambiguous} of the messages whether they arrived; they are sent again"
        yield Trouble("ambiguous", text, "See: reconciler deliveries list --status ambiguous")
    if figures.late_messages:
        text = f"{figures.late_messages} of the messages have been due for over 5 minutes and nobody sends them"
        yield Trouble("overdue-messages", text, "Start a runner: reconciler run")
    for server in figures.servers:
        text = f"SmtpServer/{server.server} cannot be used ({server.failures} in a row): {server.fault.rstrip('.')}"
        yield Trouble("server-down", text, f"It is tried again at {_moment(server.until)}.")


def _requests(figures: Figures) -> Iterator[Trouble]:
    if figures.late_requests:
        text = f"{figures.late_requests} of the requests have been due for over 5 minutes and nobody moves them"
        yield Trouble("overdue-requests", text, "Start a runner: reconciler run")


def _stops(holder: Holder | None, freeze: Freeze | None, now: datetime) -> Iterator[Trouble]:
    if freeze:
        text = f"{freeze.actor} stopped all applies at {_moment(freeze.at)}: {freeze.reason}"
        yield Trouble("frozen", text, "Let them go on with: reconciler state thaw")
    if holder and now - holder.since >= LONG:
        text = f"{_who(holder)} has held the lock since {_moment(holder.since)}"
        hint = f"If that process is gone for good: reconciler state unlock {holder.token}"
        yield Trouble("lock-held", text, hint)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _who(holder: Holder) -> str:
    return f"{holder.actor} (process {holder.process} on {holder.host}, {holder.operation})"
