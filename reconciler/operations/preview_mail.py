"""The mail diffs of a plan, rendered behind the second wall: in a forked child with limits, as `check_templates` does it."""

from __future__ import annotations

import json
import os
import select
import signal
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from enum import StrEnum

from reconciler.kinds.world import World
from reconciler.messages.samples import TYPICAL
from reconciler.model.address import Address
from reconciler.model.mail_diff import MailDiff
from reconciler.model.plan import Plan
from reconciler.model.snapshot import Snapshot
from reconciler.operations.check_templates import WALL_SECONDS, limit_memory, limit_processor, say
from reconciler.operations.desired import Desired
from reconciler.operations.workspace import Workspace
from reconciler.planning.mail_diffs import Finding, Sources, compared, noted, preview
from reconciler.planning.mail_pairs import CREATED, Pair, mail_pairs
from reconciler.planning.mail_sides import Mails
from reconciler.planning.template_edits import Edit, edits_of, unseen_edits

Found = tuple[int, Finding]


class Preview(StrEnum):
    """How much mail is shown: none, all that changes and the first `CREATED` new ones, or every one."""

    NONE = "none"
    SOME = "some"
    ALL = "all"


def preview_mail(
    workspace: Workspace, plan: Plan, desired: Desired, before: tuple[Snapshot, World], preview_of: Preview
) -> Plan:
    """The plan with its mail diffs, and with the edits of templates that these do not show.

    ``before``: what is stored, as read and decoded. Of old template sources only those are read that a changed mail needs.
    """
    if preview_of is Preview.NONE or plan.empty:
        return plan
    (snapshot, world), registry = before, workspace.registry
    # What other owners have stands in the desired world as it is stored.
    everything = {**snapshot.resources, **desired.records}
    stored, wanted = Mails(world, snapshot.resources, registry), Mails(desired.world, everything, registry)
    pairs = mail_pairs(plan, stored, wanted, created=None if preview_of is Preview.ALL else CREATED)
    edits = edits_of(plan.changes, snapshot.resources)
    sources = _sources(workspace, desired, pairs, edits)
    found: dict[int, list[Finding]] = {}
    for index, finding in _rendered(pairs, sources):
        found.setdefault(index, []).append(finding)
    findings = [(pair, found.get(index, ())) for index, pair in enumerate(pairs)]
    return replace(preview(plan, findings), edits=unseen_edits(edits, findings, sources))


def _sources(workspace: Workspace, desired: Desired, pairs: Sequence[Pair], edits: Sequence[Edit]) -> Sources:
    wanted = {digest for pair in pairs for digest in pair.digests}.union(*(edit.digests for edit in edits))
    old = workspace.state.snapshots.blobs(sorted(wanted - desired.blobs.keys()))
    blobs = {**old, **{digest: desired.blobs[digest] for digest in wanted & desired.blobs.keys()}}
    return {digest: content.decode(errors="replace") for digest, content in blobs.items()}


def _rendered(pairs: Sequence[Pair], sources: Sources) -> Iterator[Found]:
    """What became of each pair, by its index; a child that dies costs the pair it was at its diff, and no other."""
    start = 0
    while start < len(pairs):
        found, at, death = _child(pairs, sources, start)
        yield from found
        if death:
            why = f"the process that rendered it {death}."
            yield at, Finding(f"death {at}", noted(pairs[at], TYPICAL, why))
        start = at + 1


def _child(pairs: Sequence[Pair], sources: Sources, start: int) -> tuple[list[Found], int, str]:
    """One child's findings, the pair it ended at, and how it died; the last is empty for one that came to its end."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _live(pairs, sources, start, writer)
    os.close(writer)
    lines, silent = _heard(reader)
    os.close(reader)
    if silent:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    said = [json.loads(line) for line in lines]
    found = [(each["index"], _finding(each)) for each in said if "key" in each]
    at = said[-1]["index"] if said else start
    if status == 0:
        return found, len(pairs), ""
    late = silent or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU)
    return [each for each in found if each[0] != at], at, "took too long" if late else "died"


def _heard(reader: int) -> tuple[list[bytes], bool]:
    """Every whole line the child says, and whether it fell silent for too long."""
    data = bytearray()
    while True:
        ready, _, _ = select.select([reader], [], [], WALL_SECONDS)
        chunk = os.read(reader, 1 << 20) if ready else b""
        if not chunk:
            return bytes(data).split(b"\n")[:-1], not ready
        data += chunk


def _live(pairs: Sequence[Pair], sources: Sources, start: int, writer: int) -> None:
    """The child's whole life: never returns."""
    try:
        limit_memory()
        known: set[str] = set()
        for index in range(start, len(pairs)):
            say(writer, {"index": index})
            limit_processor()
            for finding in compared(pairs[index], sources, known):
                diff = asdict(finding.diff) if finding.diff else None
                cause = asdict(finding.cause) if finding.cause else None
                say(writer, {"index": index, "key": finding.key, "diff": diff, "cause": cause})
        os._exit(0)
    except BaseException:
        os._exit(1)


def _finding(said: dict[str, object]) -> Finding:
    diff, cause = said["diff"], said["cause"]
    if not isinstance(diff, dict):
        return Finding(str(said["key"]), None)
    address = Address(**diff.pop("address"))
    mail = MailDiff(address=address, **{**diff, "alike": ()})
    return Finding(str(said["key"]), mail, Address(**cause) if isinstance(cause, dict) else None)
