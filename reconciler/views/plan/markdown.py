"""Plans as Markdown: one comment on a pull request, with what a reviewer must not miss first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change, MailDiff, TemplateEdit
from reconciler.model.configuration.control import ControlChange, Shift
from reconciler.model.configuration.guard import Guard
from reconciler.model.configuration.plan import Impact, Plan
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.suspension import Freeze, Suspension
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.errors import InvalidManifests, ReconcilerError
from reconciler.views.plan.fields import change_lines, created_lines, last_use_text
from reconciler.views.plan.findings import counts, targeted
from reconciler.views.plan.guards import Alike, alike, predicate
from reconciler.views.plan.impact import released_text, withheld_text
from reconciler.views.plan.mail_diff import TYPICAL, UNSEEN, edited_text, paired
from reconciler.views.plan.markdown_budget import Item, Section, within
from reconciler.views.plan.markdown_text import cell, code, cut, fence, folded, html_code, prose
from reconciler.views.suspensions import THAW
from reconciler.views.writing.escape import visible_lines
from reconciler.views.writing.layout import Style, counted, moment

LIMIT = 60_000
"""Characters; the comments of the usual hosts hold 65,536."""

LINES = 150
"""Lines of one diff."""

BRIEF = 8
"""Lines of a diff on the awkward sample."""

_SEE = "`reconciler plan --verbose` and the HTML report show all."
_SHIFTS = {Shift.WEAKER: "**weaker**", Shift.STRONGER: "stronger", Shift.DIFFERENT: "different"}
_ACTIONS = {Action.CREATE: "new", Action.UPDATE: "changed", Action.DELETE: "deleted", Action.NONE: "renamed"}


def plan_markdown(plan: Plan, project: str = "") -> str:
    """The plan in at most `LIMIT` characters.

    It begins with a marker that names project and environment: a pipeline updates the one comment that has it. What is cut for
    length is counted. Nothing that came from outside becomes Markdown, HTML, a link, a mention or a marker.
    """
    head = [marker(plan.environment, project), f"## {_headline(plan)}", _facts(plan)]
    last = f"Digest `{plan.digest}`" if plan.empty else f"Apply makes all of it or nothing. Digest `{plan.digest}`"
    room = LIMIT - sum(len(part) + 2 for part in [*head, last])
    return "\n\n".join([*head, *within(list(_sections(plan)), room, _SEE), last])


def failure_markdown(error: ReconcilerError, environment: str | None = None, project: str = "") -> str:
    """Why there is no plan, under the same marker: it takes the place of the last plan's comment."""
    found = error.diagnostics if isinstance(error, InvalidManifests) else ()
    said = " ".join(part for part in (prose(error.detail), prose(error.hint)) if part)
    head = [marker(environment, project), "## No plan", f"**Error:** {prose(error.summary, 200)}. {said}".rstrip()]
    room = LIMIT - sum(len(part) + 2 for part in head)
    return "\n\n".join([*head, *within([_diagnostics("### Faults", found)], room, "`reconciler validate` shows all.")])


def marker(environment: str | None, project: str = "") -> str:
    """The comment no reader sees and a pipeline finds: ``<!-- reconciler plan project=mail environment=production -->``.

    ``project`` is left out where there is no project file, hence no name.
    """
    named = f"project={_inert(project)} " if project else ""
    return f"<!-- reconciler plan {named}environment={_inert(environment or '')} -->"


def _inert(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]", lambda found: f"%{ord(found[0]):02X}", name[:100])


def _headline(plan: Plan) -> str:
    where = f" for {code(plan.environment, 60)}" if plan.environment else ""
    blocked = sum(guard.blocks for guard in plan.guards)
    stop = f", blocked by {counted(blocked, 'guard')}" if blocked else ""
    return f"Plan{where}: {counts(plan) or 'no changes'}{stop}"


def _facts(plan: Plan) -> str:
    """What the counts do not say, and the digest."""
    impact, weaker = plan.impact, sum(change.shift is Shift.WEAKER for change in plan.control)
    reached = [
        counted(len(each), noun, plural)
        for each, noun, plural in (
            (impact.tasks, "task", ""),
            (impact.processes, "process", "processes"),
            (impact.recipients, "recipient", ""),
            (impact.requests, "request in flight", "requests in flight"),
        )
        if each
    ]
    said = [f"**{prose(targeted(plan), 1000)}**"] if plan.targets else []
    said += [f"{plan.unchanged} unchanged."] if plan.unchanged else []
    said += [f"Reaches {', '.join(reached)}."] if reached else []
    said += [f"{withheld_text(impact).capitalize()}."] if impact.withheld else []
    said += [f"**Held mail is let go: {prose(released_text(impact))}.**"] if impact.released else []
    said += [f"**Control gets weaker in {counted(weaker, 'way')}.**"] if weaker else []
    return " ".join([*said, f"Digest `{plan.digest}`"])


def _sections(plan: Plan) -> Iterator[Section]:
    """In the order a reviewer needs them."""
    blocked = [guard for guard in plan.guards if guard.blocks]
    allowed = [guard for guard in plan.guards if not guard.blocks]
    yield Section("### Blocked", [_blocked(each) for each in alike(blocked)], "guard")
    yield Section(
        "### Allowed although a guard trips", [_allowed(each) for each in alike(allowed)], "guard", tight=True
    )
    yield Section("### Frozen", [_frozen(plan.freeze)] if plan.freeze else [], "stop")
    yield _control(plan.control)
    deleted = [change for change in plan.changes if change.action is Action.DELETE]
    yield Section("### Deleted", [_deleted(change) for change in deleted], "deletion", tight=True)
    yield _new_domains(plan.impact)
    yield _mails(plan.changes)
    yield Section(f"### {UNSEEN}", [_edit(edit) for edit in plan.edits], "template")
    yield _unchanged(plan.changes)
    yield _requests(plan.impact)
    yield Section("### Suspended, and stays so", [_suspended(each) for each in plan.suspensions], "stop", tight=True)
    yield _diagnostics("### Warnings", plan.diagnostics)
    rest = [change for change in plan.changes if change.action is not Action.DELETE]
    yield Section("### Changes", [_change(change) for change in rest], "change")
    yield Section("### Then", [Item(f"- {prose(each)}") for each in plan.impact.effects], "effect", tight=True)


def _blocked(each: Alike) -> Item:
    guard = each.guard
    said = f"{_tripped(guard, guard.trouble)}{_others(each.others)}"
    if not guard.allowable:
        return Item(said)
    address = [f"  address: {guard.address}"] if guard.address else []
    entry = [f"- guard: {guard.id}", *address, "  reason: …why this is right…", "  until: YYYY-MM-DD"]
    entries = "an entry for each in" if each.others else "in"
    how = f"If this is meant: {code(f'--allow {guard.allowance}', 400)}, or {entries} `acknowledgements.yaml`:"
    return Item("\n\n".join([said, how, fence([line for each in entry for line in visible_lines(each)], "yaml")]), said)


def _tripped(guard: Guard, text: str) -> str:
    """The guard by its id, where it trips, and what it says, the address once."""
    if not guard.address:
        return f"**{guard.id}**: {prose(text)}"
    rest = predicate(guard, text)
    return f"**{guard.id}** {code(str(guard.address))}{' ' if rest != text else ': '}{prose(rest)}"


def _others(addresses: Sequence[Address]) -> str:
    """Where else the guard trips just so."""
    if not addresses:
        return ""
    named = ", ".join(code(str(each)) for each in addresses[:50])
    more = f" and {len(addresses) - 50} more" if len(addresses) > 50 else ""
    return f" Alike at {counted(len(addresses), 'other')}: {named}{more}."


def _allowed(each: Alike) -> Item:
    guard = each.guard
    entry = guard.acknowledgement
    added = ", **which this very change adds**" if entry and entry.added else ""
    why = f" Reason given: {prose(entry.reason, 500)}." if entry else ""
    until = f" Until {entry.until.isoformat()}." if entry and entry.until else ""
    said = f"{_tripped(guard, guard.message)}{_others(each.others)}"
    return Item(f"- {said} Allowed by {code(guard.allowed)}{added}.{why}{until}")


def _control(changes: Sequence[ControlChange]) -> Section:
    order = list(Shift)
    rows = [_control_row(change) for change in sorted(changes, key=lambda change: order.index(change.shift))]
    head = "| where | what | before | after | effect |\n|---|---|---|---|---|"
    items = [Item(f"{head}\n{rows[0].full}"), *rows[1:]] if rows else []
    return Section(
        "### Who may approve, and under which rules", items, "shift of control", tight=True, plural="shifts of control"
    )


def _control_row(change: ControlChange) -> Item:
    stage = f" stage {code(change.stage, 80)}" if change.stage else ""
    where = f"{code(change.type, 80)}{stage}" if change.type else code(str(change.because), 120)
    before, after = (code(text, 1500) or "none" for text in (change.before, change.after))
    shift = _SHIFTS.get(change.shift, "availability only")
    signs = [f"+ {code(each)}" for each in change.gained[:20]] + [f"- {code(each)}" for each in change.lost[:20]]
    effect = f"{shift}: {', '.join(signs)}" if signs else shift
    return Item("| " + " | ".join(map(cell, (where, prose(change.fact, 100), before, after, effect))) + " |")


def _deleted(change: Change) -> Item:
    source = change.before.source if change.before else ""
    declared = f", last declared at {code(source)}" if source else ""
    used = f", {last_use_text(change.last_use)}" if change.last_use else ""
    effects = "".join(f"; then {prose(str(effect))}" for effect in change.told)
    short = f"- {code(str(change.address))}{_title(change.before)}"
    return Item(f"{short}: {prose(change.reason)}{declared}{used}{effects}", short)


def _title(record: Record | None) -> str:
    title = str(record.metadata.get("title") or "") if record else ""
    return f" “{code(title, 80)}”" if title else ""


def _new_domains(impact: Impact) -> Section:
    new = set(impact.new_external_domains)
    items = [
        Item(f"- {code(domain)}: {_people([each for each in impact.recipients if _domain(each) == domain])}")
        for domain in impact.new_external_domains
    ]
    known = [domain for domain in impact.external_domains if domain not in new]
    told = f"Also outside, and reached before: {', '.join(code(each) for each in known[:20])}."
    return Section("### New external recipients", items, "domain", tight=True, intro=told if known else "")


def _domain(address: str) -> str:
    return address.rpartition("@")[2].rstrip(">").lower()


def _people(addresses: Sequence[str]) -> str:
    named = ", ".join(code(each) for each in addresses[:20])
    more = f" and {len(addresses) - 20} more" if len(addresses) > 20 else ""
    return (named or "new") + more


def _mails(changes: Iterable[Change]) -> Section:
    found = [message for change in changes for message in change.messages]
    changed = [_mail(*pair) for pair in paired(message for message in found if message.changed)]
    return Section("### Mail that changes", changed, "mail")


def _unchanged(changes: Iterable[Change]) -> Section:
    same = [Item(f"- {_mail_name(each)}") for change in changes for each in change.messages if not each.changed]
    told = "A template was edited, and these mails read as before on their samples:"
    return Section("### Mail that reads as before", same, "mail", tight=True, intro=told)


def _edit(edit: TemplateEdit) -> Item:
    said = prose(edited_text(edit))
    return Item(f"{said}\n\n{_diff(edit.diff)}", f"- {said}: {counted(len(edit.diff.splitlines()), 'line')}")


def _mail(message: MailDiff, awkward: Sequence[MailDiff]) -> Item:
    """Folded. ``awkward``: the same mail on the other sample, where other lines change too: long ones that nobody reads."""
    alike = f" and {counted(len(message.alike), 'other')} alike" if message.alike else ""
    names = f"{html_code(str(message.address))}{alike}"
    summary = f"{names}, {html_code(message.slot, 40)} to {html_code(message.to)}: {html_code(message.subject)}"
    also = [f"Alike: {', '.join(code(str(each)) for each in message.alike[:50])}"] if message.alike else []
    more = [f"and {len(message.alike) - 50} more"] if len(message.alike) > 50 else []
    diff = _diff(message.diff) if message.sample == TYPICAL else _brief(message.diff)
    parts = [f"Sample {code(message.sample, 40)}.", *[" ".join(also + more)][: len(also)], diff]
    for each in awkward:
        parts += [f"On the {code(each.sample, 40)} sample other lines change too, shown in part:", _brief(each.diff)]
    return Item(folded(summary, parts), f"- {_mail_name(message)}")


def _mail_name(message: MailDiff) -> str:
    alike = f" and {counted(len(message.alike), 'other')} alike" if message.alike else ""
    return f"{code(str(message.address))}{alike}, {code(message.slot, 40)}, sample {code(message.sample, 40)}"


def _diff(text: str) -> str:
    return fence(_clipped(visible_lines(text.rstrip("\n"))), "diff")


def _brief(text: str) -> str:
    """The first lines that change, and not all of each."""
    changed = [line for line in visible_lines(text.rstrip("\n")) if line[:1] in ("+", "-")]
    more = [f"… {counted(len(changed) - BRIEF, 'more line')}"] if len(changed) > BRIEF else []
    return fence([*(cut(line, 120) for line in changed[:BRIEF]), *more], "diff")


def _clipped(lines: Sequence[str]) -> list[str]:
    """So many lines, none too long; how many more there are comes last."""
    kept = [cut(line, 400) for line in lines[:LINES]]
    return [*kept, f"… {len(lines) - LINES} more lines"] if len(lines) > LINES else kept


def _requests(impact: Impact) -> Section:
    items = [Item(f"- {code(each)}") for each in impact.requests]
    told = "These pending requests are touched; `reconciler approvals show ID` tells what each asks for."
    return Section("### Requests in flight", items, "request", tight=True, intro=told)


def _frozen(freeze: Freeze) -> Item:
    who = f"{code(freeze.actor)} stopped all applies at {moment(freeze.at)}: {prose(freeze.reason, 500)}."
    return Item(f"**Apply would end with exit code 5.** {who} {THAW}")


def _suspended(suspension: Suspension) -> Item:
    until = f"until {moment(suspension.until)}" if suspension.until else "until somebody resumes it"
    who = f"by {code(suspension.actor)} at {moment(suspension.at)}, {until}"
    return Item(f"- {code(str(suspension.address))} {who}: {prose(suspension.reason, 500)}")


def _diagnostics(heading: str, found: Sequence[Diagnostic]) -> Section:
    return Section(heading, [_diagnostic(each) for each in found], "diagnostic", tight=True)


def _diagnostic(found: Diagnostic) -> Item:
    address = f" {code(str(found.address))}" if found.address else ""
    name = "error" if found.severity is Severity.ERROR else "warning"
    short = f"- {code(str(found.place))} {name}: **{prose(found.summary, 100)}**{address}"
    said = [prose(part) for part in (found.detail, found.hint) if part]
    return Item(" ".join([short, *said]), short)


def _change(change: Change) -> Item:
    moved = f", before {code(str(change.previous))}" if change.previous else ""
    owner = _new_owner(change)
    name = f"**{_ACTIONS[change.action]}** {code(str(change.address))}{_title(change.after or change.before)}{moved}"
    why = f": {prose(change.reason)}" if change.action is Action.UPDATE else ""
    lines = [*change_lines(change.fields, Style(), 100), *created_lines(change, 100)]
    body = [fence(_clipped([line.removeprefix("    ") for line in lines]))] if lines else []
    return Item("\n\n".join([f"{name}{owner}{why}", *body]), f"{name}{owner}{why}")


def _new_owner(change: Change) -> str:
    before, after = change.before, change.after
    if before is None or after is None or before.owner == after.owner:
        return ""
    return f", taken over from owner {code(before.owner)} by {code(after.owner)}"
