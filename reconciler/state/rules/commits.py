"""Commits of resources: the one transaction an apply is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from reconciler.model.canonical import hash_bytes, write_canonical_json
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, AskApprovers, Effect, ReleaseHeld, RetryAmbiguous
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.revision import Revised, Revision
from reconciler.model.configuration.snapshot import Commit, Committed, Snapshot
from reconciler.model.errors import Bug, Conflict
from reconciler.state.rules.journal import append
from reconciler.state.rules.mail import let_go, retry
from reconciler.state.rules.names import move, require_judged, require_unneeded
from reconciler.state.rules.stops import require_thawed
from reconciler.state.tables import Blob, Transaction


def read_snapshot(rows: Transaction) -> Snapshot:
    """All records at one serial."""
    return replace(rows.serials.current(), resources={record.address: record for record in rows.resources.all()})


def read_part(rows: Transaction, addresses: Collection[Address] = (), *, kinds: Collection[str] = ()) -> Snapshot:
    """The records of these addresses, where they are there, and those of these kinds."""
    named = [record for address in addresses if (record := rows.resources.get(address))]
    of_kinds = [record for kind in kinds for record in rows.resources.of(kind)]
    return replace(rows.serials.current(), resources={record.address: record for record in (*named, *of_kinds)})


def require_whole(commit: Commit) -> None:
    """`Bug` for a commit that does not fit together, whatever it is applied to."""
    for digest, content in commit.blobs.items():
        if hash_bytes(content) != digest:
            raise Bug("A template or file does not match its digest", f"{digest[:12]}…; this is a bug in reconciler.")
    if {new for _, new in commit.moves} - {record.address for record in commit.put}:
        raise Bug("A rename came without the record of the new name", "This is a bug in reconciler.")
    if commit.expected[0] not in (None, commit.lineage):
        raise Bug("An apply may not change the lineage of a state", "This is a bug in reconciler.")


def carry_out(rows: Transaction, commit: Commit) -> Committed:
    """All of the commit, kept as a revision.

    `StateFrozen` while a freeze stands, `Conflict` when lineage or serial moved or a request came that was not judged,
    `Refused` when what it deletes is still needed.
    """
    require_thawed(rows)
    if not rows.serials.advance(commit.expected, commit.lineage):
        raise _moved(rows, commit)
    require_unneeded(rows, commit.delete)
    if commit.judged is not None:
        require_judged(rows, commit.judged)
    serial = commit.expected[1] + 1
    rows.revisions.add(_revision(rows, commit, serial))
    _write_blobs(rows, commit)
    _write_resources(rows, commit)
    for effect in commit.effects:
        _cause(rows, effect, commit)
    head = append(rows, commit.entry)
    return Committed(serial, f"{head.sequence}:{head.hash}")


def traced(rows: Transaction, address: Address) -> list[Revision]:
    """The revisions that changed the resource, newest first, each with that change alone. At a move it goes on under the earlier
    name, before the move."""
    found, below = list[Revision](), 1 << 62
    while (revision := rows.revisions.latest(address, below)) is not None:
        found.append(revision)
        below, address = revision.serial, revision.changes[0].previous or address
    return found


def _moved(rows: Transaction, commit: Commit) -> Conflict:
    state = rows.serials.current()
    other = state.lineage != commit.expected[0] and commit.expected[0] is not None
    return Conflict(
        "The state was changed meanwhile",
        "The state is another one now: its lineage differs. Nothing was changed."
        if other
        else f"It was at serial {commit.expected[1]} when it was read and is at {state.serial} now. Nothing was changed.",
        "Plan again to see what is left to do.",
    )


def _revision(rows: Transaction, commit: Commit, serial: int) -> Revision:
    """What the commit will change, with the records as they are now: before anything is written."""
    came_from = {new: old for old, new in commit.moves}
    put = [_revised(rows, record, came_from.get(record.address)) for record in commit.put]
    deleted = [Revised(gone, Action.DELETE, rows.resources.get(gone)) for gone in commit.delete]
    return Revision(serial, commit.at, commit.entry.actor, commit.origin, (*put, *deleted))


def _revised(rows: Transaction, after: Record, previous: Address | None) -> Revised:
    before = rows.resources.get(previous or after.address)
    if before is None:
        return Revised(after.address, Action.CREATE, None, after)
    same = previous is not None and _content(before) == _content(after)
    return Revised(after.address, Action.NONE if same else Action.UPDATE, before, after, previous)


def _content(record: Record) -> str:
    """The record apart from its name and its place."""
    metadata = {key: value for key, value in record.metadata.items() if key != "name"}
    return write_canonical_json([record.owner, metadata, record.spec, record.templates, record.files])


def _write_blobs(rows: Transaction, commit: Commit) -> None:
    for digest, content in sorted(commit.blobs.items()):
        rows.blobs.add(Blob(digest, content))
    for record in commit.put:
        for name, digest in {**record.templates, **record.files}.items():
            if not rows.blobs.has(digest):
                raise Bug(
                    f"The content of {name} of {record.address} was not handed over", "This is a bug in reconciler."
                )


def _write_resources(rows: Transaction, commit: Commit) -> None:
    for address in commit.delete:
        rows.resources.delete(address)
    for old, new in commit.moves:
        move(rows, old, new)
    for record in commit.put:
        rows.resources.put(record)


def _cause(rows: Transaction, effect: Effect, commit: Commit) -> None:
    if isinstance(effect, AskApprovers):
        rows.requests.look_again(commit.at)
    elif isinstance(effect, ReleaseHeld):
        let_go(rows, rows.waiting.held(), commit.at)
    elif isinstance(effect, RetryAmbiguous):
        let_go(rows, rows.waiting.ambiguous(), commit.at)
    else:
        retry(rows, effect.server, commit.at)
