"""Mail diffs: how the mail people get changes.

Rendering runs what a stranger wrote, so it stands apart: `compare_mail` renders one pair, and is called where it may die;
`reconciler.planning.mail.diffs.add_mail_diffs` puts what came out into the plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.messages.language.render import Rendered, RenderFailure, read_closure
from reconciler.messages.mail import SAMPLES, TYPICAL, Asked, Mail
from reconciler.messages.rehearsal import add_prefix, rehearse
from reconciler.model.canonical import digest
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import MailDiff
from reconciler.model.configuration.plan import Plan
from reconciler.model.errors import UserError
from reconciler.planning.mail.sections import NOTHING, SampleMail, list_changed_text, mail_diff_text, make_readable
from reconciler.planning.mail.sides import Pair, Side, list_texts

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


def note_uncompared(pair: Pair, sample: str, why: str) -> MailDiff:
    """What is said of a mail that cannot be shown."""
    head = pair.after.case.head
    said = f"The mail cannot be compared: {' '.join(why.split())}"
    return MailDiff(pair.after.address, sample, head.slot, head.reader, "", True, said)


def add_mail_diffs(plan: Plan, findings: Sequence[tuple[Pair, Sequence[MailFinding]]]) -> Plan:
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


def find_sources(side: Side, sources: Sources) -> dict[str, str]:
    """The sources the mail's resource holds, by name."""
    return {name: sources[digest] for name, digest in side.templates.items()}


def find_reached(side: Side, sources: Sources) -> Mapping[str, str]:
    """The sources this very mail is made of, by name; all that its resource has where they do not go together."""
    texts = find_sources(side, sources)
    names = [template.name for template in side.case.mail.templates if template.inline is None]
    try:
        return read_closure(names, texts.__getitem__).sources
    except (KeyError, UserError):
        return texts


_LETTERS = re.compile(r"[\w ,'-]{3,}\Z")


def compare_mail(pair: Pair, sources: Sources, known: set[str]) -> list[MailFinding]:
    """The pair rendered and compared: on the typical sample, and on others where other lines change there.

    ``known`` holds the keys met so far, and gets new ones: once the same templates have changed a typical mail in the same
    way, their other samples are taken as seen. Never raises for what templates do: a mail that cannot be rendered becomes
    a note in place of a diff.
    """
    found: list[MailFinding] = []
    seen: set[str] = set()
    for sample in [TYPICAL] if pair.before is None else SAMPLES:
        try:
            finding, changed = _finding(pair, sample, sources, known)
        except (RenderFailure, ValueError) as failure:
            finding, changed = (
                MailFinding(digest([str(pair.after.address), sample]), note_uncompared(pair, sample, str(failure))),
                [],
            )
        if finding is None or (sample != TYPICAL and seen.issuperset(changed)):
            continue
        found.append(finding)
        seen.update(changed, [""])
        if sample == TYPICAL and _is_repeated(pair, finding, known):
            break
    return found


def _is_repeated(pair: Pair, finding: MailFinding, known: set[str]) -> bool:
    """Whether these templates have been seen to change the typical mail just so."""
    sides = [[*list_texts(side), *side.templates.values()] for side in (pair.before, pair.after) if side]
    key = digest(["repeated", sides, finding.key])
    if key in known:
        return True
    known.add(key)
    return False


def _finding(pair: Pair, sample: str, sources: Sources, known: set[str]) -> tuple[MailFinding | None, list[str]]:
    """None for a sample on which nothing differs and nothing was edited."""
    headed = not pair.edited and pair.before is not None and _values(pair.before, sample) == _values(pair.after, sample)
    before, after = _specimens(pair, sample, sources, headed=headed)
    changed = [
        text
        for old, new in zip(before.parts if before else NOTHING, after.parts, strict=True)
        for text in ["", *list_changed_text(old, new)]
    ]
    if not any(changed) and not _edited(pair, sources):
        return None, []
    key = _key(pair, sample, changed)
    if key in known:
        return MailFinding(key, None), changed if any(changed) else []
    known.add(key)
    if headed:
        after = _specimen(pair.after, sample, sources, "new")
        if before:
            before = SampleMail(before.head, replace(after.rendered, subject=before.rendered.subject))
    diff = _diff(pair, sample, before, after, any(changed))
    return MailFinding(key, diff, _cause(pair, sample, sources)), changed if any(changed) else []


def _cause(pair: Pair, sample: str, sources: Sources) -> Address | None:
    """Of several causes the first after which alone the mail reads otherwise; None where there is none such."""
    if not pair.causes or pair.before is None:
        return None
    before = _specimen(pair.before, sample, sources, "stored").parts
    return next((cause.address for cause in pair.causes if _parts(cause.alone, sample, sources) != before), None)


def _parts(side: Side, sample: str, sources: Sources) -> tuple[Sequence[str], ...] | None:
    """None where it cannot be rendered: after one change alone words may read what only another change brings."""
    try:
        return _specimen(side, sample, sources, "new").parts
    except ValueError:
        return None


def _diff(pair: Pair, sample: str, before: SampleMail | None, after: SampleMail, changed: bool) -> MailDiff:
    head = pair.after.case.head
    return MailDiff(
        address=pair.after.address,
        sample=sample,
        slot=head.slot,
        to=head.reader,
        subject=after.rendered.subject,
        changed=changed,
        diff=mail_diff_text(before, after) if changed else "",
        html_before=make_readable(before.rendered.html) if before else "",
        html_after=make_readable(after.rendered.html),
    )


def _specimens(pair: Pair, sample: str, sources: Sources, *, headed: bool) -> tuple[SampleMail | None, SampleMail]:
    """Both rendered. ``headed``: only what stands above the mail can differ, as when a sender changes; then no bodies are."""
    old, new = pair.before, pair.after
    if old and headed:
        case = replace(new.case, mail=Mail(new.case.mail.subject), prefix="")
        bare = _specimen(replace(new, case=case), sample, sources, "new").rendered
        return _headed(old, bare), _headed(new, bare)
    return _specimen(old, sample, sources, "stored") if old else None, _specimen(new, sample, sources, "new")


def _headed(side: Side, bare: Rendered) -> SampleMail:
    """The words of both, behind what stands above the mail of this one."""
    return SampleMail(side.case.head, replace(bare, subject=add_prefix(side.case.prefix, bare.subject)))


def _values(side: Side, sample: str) -> tuple[object, Asked | None]:
    return side.case.sample(sample), side.case.asked


def _specimen(side: Side, sample: str, sources: Sources, which: str) -> SampleMail:
    try:
        rendered = rehearse(side.case, find_sources(side, sources), sample)
    except RenderFailure as failure:
        raise ValueError(f"the {which} one cannot be rendered on the {sample} sample. {failure.detail}") from None
    return SampleMail(side.case.head, rendered)


def _edited(pair: Pair, sources: Sources) -> bool:
    """Whether a template this very mail reaches differs; its resource may hold those of other mails too."""
    if pair.before is None or not pair.edited:
        return pair.before is None
    same = list_texts(pair.before) == list_texts(pair.after)
    return not same or find_reached(pair.before, sources) != find_reached(pair.after, sources)


def _key(pair: Pair, sample: str, changed: Iterable[str]) -> str:
    """Equal for mails of one slot that change by the same lines, each with its own name in them."""
    task = pair.after.case.sample(sample).get("task")
    own = [name for name in (getattr(task, "title", ""), getattr(task, "name", "")) if _LETTERS.match(name)]
    lines = list(changed)
    for name in own:
        lines = [line.replace(name, "\0") for line in lines]
    parts = pair.after.templates if not any(lines) else {}
    return digest([pair.before is None, pair.after.case.head.slot, sample, lines, parts])
