"""The mail diffs of a plan, rendered behind the wall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum

from reconciler.kinds.protocol.world import World
from reconciler.messages.mail import TYPICAL
from reconciler.model.configuration.plan import Plan
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.operations.configuration.desired import Desired, invent
from reconciler.operations.context.workspace import Workspace
from reconciler.operations.walled.items import Comparison
from reconciler.operations.walled.work import Death, Job, describe_death
from reconciler.planning.mail.diffs import MailFinding, Sources, add_mail_diffs, note_uncompared
from reconciler.planning.mail.pairs import CREATED, mail_pairs
from reconciler.planning.mail.sides import Mails, Pair
from reconciler.planning.mail.template_edits import Edit, list_edits, list_unseen_edits

_COMPARE = Job[Comparison, tuple[MailFinding, ...]]("compare", tuple[MailFinding, ...], apart=False)
"""One after the other: what is like a mail seen before is not told again."""


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
    invented = desired.invented or invent(desired.world, desired.records)
    stored = Mails(world, snapshot.resources, registry, invented)
    wanted = Mails(desired.world, everything, registry, invented)
    pairs = mail_pairs(plan, stored, wanted, created=None if preview_of is Preview.ALL else CREATED)
    edits = list_edits(plan.changes, snapshot.resources)
    sources = _sources(workspace, desired, pairs, edits)
    findings = list(zip(pairs, _compare(pairs, sources), strict=True))
    return replace(add_mail_diffs(plan, findings), edits=list_unseen_edits(edits, findings, sources))


def _sources(workspace: Workspace, desired: Desired, pairs: Sequence[Pair], edits: Sequence[Edit]) -> Sources:
    wanted = {digest for pair in pairs for digest in pair.digests}.union(*(edit.digests for edit in edits))
    old = workspace.state.snapshots.blobs(sorted(wanted - desired.blobs.keys()))
    blobs = {**old, **{digest: desired.blobs[digest] for digest in wanted & desired.blobs.keys()}}
    return {digest: content.decode(errors="replace") for digest, content in blobs.items()}


def _compare(pairs: Sequence[Pair], sources: Sources) -> Iterator[Sequence[MailFinding]]:
    """What became of each pair; a process that dies costs the pair it was at its diff, and no other."""
    answers = _COMPARE.all([Comparison(pair, sources) for pair in pairs])
    for pair, answer in zip(pairs, answers, strict=True):
        if isinstance(answer, Death):
            key = answer if answer is Death.LATE else f"death {pair.after.address}"
            yield [MailFinding(key, note_uncompared(pair, TYPICAL, describe_death("it", answer)))]
        else:
            yield answer
