"""apply: plan again on the state as it is, have the plan confirmed, and commit it in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from reconciler.model.configuration.change import Action
from reconciler.model.configuration.guard import Acknowledgement, Allowance
from reconciler.model.configuration.plan import Plan
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.revision import Origin
from reconciler.model.configuration.selector import Selector
from reconciler.model.configuration.snapshot import Commit, Snapshot
from reconciler.model.errors import Stale
from reconciler.model.journal import Entry
from reconciler.model.wording import Act, Do, Sentence
from reconciler.operations.configuration.desired import Desired, read_against
from reconciler.operations.configuration.guarded import APPLIED, list_allowed, require_unblocked, write_acknowledgement
from reconciler.operations.configuration.hold_lock import hold_lock
from reconciler.operations.configuration.ledger import digest_records
from reconciler.operations.configuration.plan_changes import make_plan_with_facts
from reconciler.operations.configuration.preview_mail import Preview
from reconciler.operations.configuration.prove_state import RECORDS, require_sound
from reconciler.operations.configuration.suspend import require_thawed
from reconciler.operations.context.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did. ``serial`` and ``head`` (of the journal) are those after it; ``head`` is empty before any entry.

    ``committed`` is False when there was nothing to do or the plan was not confirmed.
    """

    plan: Plan
    committed: bool
    serial: int
    head: str


def _unseen(plan: Plan) -> None:
    """Shows nothing."""


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """``show`` gets the plan, if it has changes, before anything is asked; ``confirm`` says whether to go on; ``notice``
    hears what a person waiting should know. ``allowed``: the guards that `--allow` names. ``expected``: the digest the plan
    must have, empty where any will do.
    ``review`` raises for a plan that is not the one wanted. ``operation``: what history and lock call it.
    ``preview``: how much mail the plan shown has. ``mends``: records that were changed by hand may be what it changes."""

    confirm: Callable[[Plan], bool]
    notice: Callable[[str], None]
    lock_timeout: timedelta = timedelta(0)
    preview: Preview = Preview.NONE
    show: Callable[[Plan], None] = _unseen
    allowed: tuple[Allowance, ...] = ()
    expected: str = ""
    review: Callable[[Plan], None] = _unseen
    operation: str = "apply"
    mends: bool = False


def apply_changes(workspace: Workspace, options: ApplyOptions, targets: tuple[Selector, ...] = ()) -> Applied:
    """Make stored state what the manifests ask for. Raises `InvalidManifests`, and what `apply_desired` raises."""
    desired = read_against(workspace).require_valid()
    return apply_desired(workspace, replace(desired, targets=targets), options)


def apply_desired(workspace: Workspace, desired: Desired, options: ApplyOptions) -> Applied:
    """Make stored state what is desired, wherever that comes from.

    The lock is held only while committing, not while a person reads: what was confirmed is compared, by digest, with a
    plan made under the lock. Raises `Blocked` (a guard that nobody allowed), `StateLocked`, `StateFrozen`, `Stale` (not the
    expected plan, or the state moved while it was being read), `Refused` (a deletion something open still needs), `Conflict`.
    """
    require_thawed(workspace)
    snapshot = workspace.state.snapshots.read()
    if not options.mends:
        require_sound(workspace, snapshot)
    plan = make_plan_with_facts(workspace, desired, snapshot, options.allowed, preview=options.preview)
    options.review(plan)
    if options.expected and plan.digest != options.expected:
        require_unapplied(workspace, options.expected)
        raise _unexpected(plan, options.expected)
    if plan.empty:
        return Applied(plan, False, snapshot.serial, _head(workspace))
    options.show(plan)
    require_unblocked(plan)
    if not options.confirm(plan):
        return Applied(plan, False, snapshot.serial, _head(workspace))
    with hold_lock(workspace, options.operation, wait=options.lock_timeout, notice=options.notice):
        snapshot = workspace.state.snapshots.read()
        again = make_plan_with_facts(workspace, desired, snapshot, options.allowed, preview=Preview.NONE)
        if again.digest != plan.digest:
            raise _moved(plan, again)
        require_unblocked(again)
        mended = {
            each for change in again.changes for each in (change.address, change.previous) if each and options.mends
        }
        require_sound(workspace, snapshot, mended=mended)
        committed = workspace.state.snapshots.commit(_commit(workspace, desired, snapshot, again, options.operation))
    return Applied(again, True, committed.serial, committed.head)


_RECENT = 100
"""Revisions among which a plan that was applied already is looked for."""


def require_unapplied(workspace: Workspace, digest: str) -> None:
    """Raises `Stale` where a plan of this digest was applied already: no plan on the state that it left has it again."""
    for revision in workspace.state.history.revisions(limit=_RECENT):
        if revision.origin.digest == digest:
            raise Stale(
                "This plan was applied already",
                f"{revision.actor} applied it at {revision.at:%Y-%m-%d %H:%M} UTC, as serial {revision.serial}. "
                "Nothing was changed.",
                Sentence("Nothing is left to do. Whether anything has changed since: ", Do(Act.PLAN)),
            )


def _unexpected(plan: Plan, expected: str) -> Stale:
    return Stale(
        "This is not the plan that was reviewed",
        f"The digest expected is {expected}; the plan for what is desired now, on the state as it is now, has {plan.digest}. "
        "Nothing was changed.",
        "Either the manifests, the allowed guards or the state (something these changes touch) differ from what was "
        "reviewed. Plan again, have that reviewed, and pass its digest.",
    )


def _moved(plan: Plan, again: Plan) -> Stale:
    return Stale(
        "The state has changed since the plan was made",
        f"The plan shown had digest {plan.digest}; on the state as it is now it would be {again.digest}. "
        "Nothing was changed.",
        "Run apply again and read the new plan.",
    )


def _commit(workspace: Workspace, desired: Desired, snapshot: Snapshot, plan: Plan, operation: str) -> Commit:
    at = workspace.now()
    lineage = snapshot.lineage or workspace.new_id("lineage")
    put = tuple(change.after for change in plan.changes if change.after is not None)
    wanted = {digest for record in put for digest in (*record.templates.values(), *record.files.values())}
    return Commit(
        expected=(snapshot.lineage, snapshot.serial),
        lineage=lineage,
        put=put,
        delete=tuple(change.address for change in plan.changes if change.action is Action.DELETE),
        blobs={digest: desired.blobs[digest] for digest in sorted(wanted)},
        effects=tuple(effect for change in plan.changes for effect in change.effects),
        entry=_entry(workspace, snapshot, plan, desired.acknowledgements),
        at=at,
        moves=tuple((change.previous, change.address) for change in plan.changes if change.previous),
        origin=Origin(operation, workspace.caller.operator, workspace.caller.commit, plan.digest, plan.summary),
        judged=plan.judged,
    )


def _entry(
    workspace: Workspace, snapshot: Snapshot, plan: Plan, acknowledgements: tuple[Acknowledgement, ...]
) -> Entry:
    """What the journal keeps of the apply: every address with what happened to it, its digests, and what was allowed."""
    changes = [
        {
            "address": str(change.address),
            **({"previousAddress": str(change.previous)} if change.previous else {}),
            "action": str(change.action),
            "before": change.before.digest if change.before else None,
            "after": change.after.digest if change.after else None,
        }
        for change in plan.changes
    ]
    data: dict[str, Any] = {
        "serial": snapshot.serial + 1,
        "digest": plan.digest,
        "summary": plan.summary,
        "changes": changes,
        "operator": workspace.caller.operator,
        RECORDS: digest_records(_list_left(snapshot, plan)),
    }
    if plan.targets:
        data["targets"] = list(plan.targets)
    if allowed := list_allowed(plan):
        data["allowed"] = allowed
    if acknowledgements:
        data["acknowledgements"] = [write_acknowledgement(entry) for entry in acknowledgements]
    return Entry(APPLIED, f"serial {snapshot.serial + 1}", workspace.caller.actor, workspace.now(), data)


def _list_left(snapshot: Snapshot, plan: Plan) -> Iterable[Record]:
    """The records as the plan leaves them."""
    gone = {each for change in plan.changes for each in (change.address, change.previous)}
    kept = [record for address, record in snapshot.resources.items() if address not in gone]
    return [*kept, *(change.after for change in plan.changes if change.after)]


def _head(workspace: Workspace) -> str:
    head = workspace.state.journal.head()
    return f"{head.sequence}:{head.hash}" if head else ""
