"""What came of comparing mails, and how it is put into the plan: each change of words told once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.messages.language.render import closure
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.plan import Plan
from reconciler.model.errors import UserError
from reconciler.model.mail.mail_diff import MailDiff
from reconciler.planning.mail.sides import Pair, Side

Sources = Mapping[str, str]
"""Template texts by SHA-256."""


@dataclass(frozen=True, slots=True)
class MailFinding:
    """What became of one pair on one sample. Findings with one ``key`` are alike; ``diff`` is None for a known key.

    ``cause``: the change it is told under, where that is not the pair's.
    """

    key: str
    diff: MailDiff | None
    cause: Address | None = None


def noted(pair: Pair, sample: str, why: str) -> MailDiff:
    """What is said of a mail that cannot be shown."""
    head = pair.after.case.head
    said = f"The mail cannot be compared: {' '.join(why.split())}"
    return MailDiff(pair.after.address, sample, head.slot, head.reader, "", True, said)


def preview(plan: Plan, findings: Sequence[tuple[Pair, Sequence[MailFinding]]]) -> Plan:
    """The plan with mail diffs in its changes; one for each key, with everybody whose mail changes alike."""
    diffs: dict[str, tuple[Address, MailDiff]] = {}
    alike: dict[str, dict[Address, None]] = {}
    for pair, found in findings:
        for finding in found:
            if finding.key not in diffs and finding.diff is not None:
                diffs[finding.key] = (finding.cause or pair.cause, finding.diff)
            alike.setdefault(finding.key, {}).update(dict.fromkeys((pair.after.address, *pair.alike)))
    told: dict[Address, list[MailDiff]] = {}
    for key, (cause, diff) in diffs.items():
        others = tuple(address for address in alike[key] if address != diff.address)
        told.setdefault(cause, []).append(replace(diff, alike=others))
    changes = (replace(change, messages=tuple(told.get(change.address, ()))) for change in plan.changes)
    return replace(plan, changes=tuple(changes))


def sources_of(side: Side, sources: Sources) -> dict[str, str]:
    """The sources the mail's resource holds, by name."""
    return {name: sources[digest] for name, digest in side.templates.items()}


def reached(side: Side, sources: Sources) -> Mapping[str, str]:
    """The sources this very mail is made of, by name; all that its resource has where they do not go together."""
    texts = sources_of(side, sources)
    names = [template.name for template in side.case.mail.templates if template.inline is None]
    try:
        return closure(names, texts.__getitem__).sources
    except (KeyError, UserError):
        return texts
