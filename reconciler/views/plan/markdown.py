"""Plans as Markdown: one comment on a pull request, with what a reviewer must not miss first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change, MailDiff
from reconciler.model.configuration.control import ControlChange, Shift
from reconciler.model.configuration.guard import Guard
from reconciler.model.configuration.plan import Plan
from reconciler.model.configuration.suspension import THAW, Freeze, Suspension
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.errors import ReconcilerError
from reconciler.model.wording import Act, Do, Given, Sentence
from reconciler.views.plan.facts import describe_blocked, describe_counts, list_facts
from reconciler.views.plan.fields import list_fields
from reconciler.views.plan.markdown_text import (
    Entry,
    Part,
    cell,
    code,
    cut,
    fence,
    fit_sections,
    folded,
    html_code,
    prose,
)
from reconciler.views.plan.sections import (
    ACTION_WORDS,
    TYPICAL,
    Item,
    Kind,
    Mail,
    Note,
    Reached,
    Section,
    Where,
    group_alike,
    list_sections,
    make_fault_section,
)
from reconciler.views.writing.escape import visible_lines
from reconciler.views.writing.layout import Say, counted, list_names, moment

LIMIT = 60_000
"""Characters; the comments of the usual hosts hold 65,536."""

LINES = 150
"""Lines of one diff."""

BRIEF = 8
"""Lines of a diff on the awkward sample."""

_WHOLE_PLAN = Sentence("`", Do(Act.PLAN, given={"verbose": ""}), "` and the HTML report show all.")
_ALL_FAULTS = Sentence("`", Do(Act.VALIDATE), "` shows all.")
_SHIFTS = {Shift.WEAKER: "**weaker**", Shift.STRONGER: "stronger", Shift.DIFFERENT: "different"}


def write_plan_markdown(plan: Plan, project: str = "", *, say: Say = str) -> str:
    """The plan in at most `LIMIT` characters.

    It begins with a marker that names project and environment: a pipeline updates the one comment that has it. What is cut for
    length is counted. Nothing that came from outside becomes Markdown, HTML, a link, a mention or a marker.
    """
    where = f" for {code(plan.environment, 60)}" if plan.environment else ""
    headline = f"## Plan{where}: {describe_counts(plan) or 'no changes'}{describe_blocked(plan, ', blocked by')}"
    head = [write_marker(plan.environment, project), headline, " ".join(_list_facts(plan))]
    last = f"Digest `{plan.digest}`" if plan.empty else f"Apply makes all of it or nothing. Digest `{plan.digest}`"
    room = LIMIT - sum(len(part) + 2 for part in [*head, last])
    parts = [_part(section, say) for section in list_sections(plan) if section.sort.heading]
    return "\n\n".join([*head, *fit_sections(parts, room, say(_WHOLE_PLAN)), last])


def write_failure_markdown(
    error: ReconcilerError, environment: str | None = None, project: str = "", *, say: Say = str
) -> str:
    """Why there is no plan, under the same marker: it takes the place of the last plan's comment."""
    said = " ".join(part for part in (prose(error.detail), prose(error.hint)) if part)
    head = [
        write_marker(environment, project),
        "## No plan",
        f"**Error:** {prose(error.summary, 200)}. {said}".rstrip(),
    ]
    room = LIMIT - sum(len(part) + 2 for part in head)
    return "\n\n".join(
        [*head, *fit_sections([_part(make_fault_section(error.diagnostics), say)], room, say(_ALL_FAULTS))]
    )


def write_marker(environment: str | None, project: str = "") -> str:
    """The comment no reader sees and a pipeline finds: ``<!-- reconciler plan project=mail environment=production -->``.

    ``project`` is left out where there is no project file, hence no name.
    """
    named = f"project={_inert(project)} " if project else ""
    return f"<!-- reconciler plan {named}environment={_inert(environment or '')} -->"


def _inert(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]", lambda found: f"%{ord(found[0]):02X}", name[:100])


def _list_facts(plan: Plan) -> Iterator[str]:
    """What the counts do not say, and the digest; how far it reaches in one sentence."""
    facts = list_facts(plan)
    reached = [counted(len(each.names), each.noun, each.plural) for each in facts if each.noun and each.names]
    first = next(each for each in facts if each.noun)
    for fact in facts:
        if fact is first and reached:
            yield f"Reaches {', '.join(reached)}."
        if fact.sentence:
            yield fact.sentence.format(prose(fact.outside, fact.limit))


def _part(section: Section, say: Say) -> Part:
    sort = section.sort
    said = (
        f"Also outside, and reached before: {', '.join(map(code, section.also[:20]))}."
        if section.also
        else say(sort.intro)
    )
    entries = list(_ENTRIES[sort.kind](section.items, say))
    return Part(f"### {sort.heading}", entries, sort.noun, sort.tight, said, sort.plural)


def _block(items: Sequence[Item], say: Say) -> Iterator[Entry]:
    return (_block_entry(item.value, others, say) for item, others in group_alike(items))


def _block_entry(guard: Guard, others: Sequence[Address], say: Say) -> Entry:
    said = f"{_trip(guard, guard.trouble)}{_others(others)}"
    if not guard.allowable:
        return Entry(said)
    address = [f"  address: {guard.address}"] if guard.address else []
    entry = [f"- guard: {guard.id}", *address, "  reason: …why this is right…", "  until: YYYY-MM-DD"]
    entries = "an entry for each in" if others else "in"
    allow = code(say(Sentence(Given("allow", str(guard.allowance)))), 400)
    how = f"If this is meant: {allow}, or {entries} `acknowledgements.yaml`:"
    lines = [line for each in entry for line in visible_lines(each)]
    return Entry("\n\n".join([said, how, fence(lines, "yaml")]), said)


def _trip(guard: Guard, text: str) -> str:
    """The guard by its id, where it trips, and what it says, the address once."""
    if not guard.address:
        return f"**{guard.id}**: {prose(text)}"
    rest = text.removeprefix(f"{guard.address} ")
    return f"**{guard.id}** {code(str(guard.address))}{' ' if rest != text else ': '}{prose(rest)}"


def _others(addresses: Sequence[Address]) -> str:
    """Where else the guard trips just so."""
    if not addresses:
        return ""
    named = list_names((code(str(each)) for each in addresses), most=50)
    return f" Alike at {counted(len(addresses), 'other')}: {named}."


def _allow(items: Sequence[Item], say: Say) -> Iterator[Entry]:
    for item, others in group_alike(items):
        guard: Guard = item.value
        entry = guard.acknowledgement
        added = ", **which this very change adds**" if entry and entry.added else ""
        why = f" Reason given: {prose(entry.reason, 500)}." if entry else ""
        until = f" Until {entry.until.isoformat()}." if entry and entry.until else ""
        said = f"{_trip(guard, guard.message)}{_others(others)}"
        yield Entry(f"- {said} Allowed by {code(guard.allowed)}{added}.{why}{until}")


def _control(items: Sequence[Item], say: Say) -> list[Entry]:
    """A table; its head stands with the first row."""
    head = "| where | what | before | after | effect |\n|---|---|---|---|---|"
    first, *rest = (_control_row(item.value) for item in items)
    return [Entry(f"{head}\n{first}"), *map(Entry, rest)]


def _control_row(change: ControlChange) -> str:
    stage = f" stage {code(change.stage, 80)}" if change.stage else ""
    where = f"{code(change.type, 80)}{stage}" if change.type else code(str(change.because), 120)
    before, after = (code(text, 1500) or "none" for text in (change.before, change.after))
    shift = _SHIFTS.get(change.shift, "availability only")
    signs = [f"+ {code(each)}" for each in change.gained[:20]] + [f"- {code(each)}" for each in change.lost[:20]]
    effect = f"{shift}: {', '.join(signs)}" if signs else shift
    return "| " + " | ".join(map(cell, (where, prose(change.fact, 100), before, after, effect))) + " |"


def _delete(item: Item) -> Entry:
    change: Change = item.value
    effects = "".join(f"; then {prose(str(effect))}" for effect in change.told)
    title = f" “{code(change.title, 80)}”" if change.title else ""
    short = f"- {code(str(change.address))}{title}"
    return Entry(f"{short}: {prose(change.reason)}{_notes(item)}{effects}", short)


def _notes(item: Item) -> str:
    return "".join(f", {_note(note)}" for note in item.notes_in(Where.COMMENT))


def _note(note: Note) -> str:
    return " ".join(part for words, value in note.parts for part in (words, code(value)) if part)


def _reached(item: Item) -> Entry:
    reached: Reached = item.value
    return Entry(f"- {code(reached.domain)}: {list_names(map(code, reached.people), most=20) or 'new'}")


def _edit(item: Item) -> Entry:
    said, diff = prose(item.text), item.value.diff
    return Entry(f"{said}\n\n{_diff(diff)}", f"- {said}: {counted(len(diff.splitlines()), 'line')}")


def _mail(item: Item) -> Entry:
    """Folded. Of the same mail on another sample, where other lines change too, a part: long ones nobody reads."""
    mail: Mail = item.value
    message = mail.message
    names = f"{html_code(str(message.address))}{_alike(message)}"
    summary = f"{names}, {html_code(message.slot, 40)} to {html_code(message.to)}: {html_code(message.subject)}"
    alike = list_names((code(str(each)) for each in message.alike), most=50)
    diff = _diff(message.diff) if message.sample == TYPICAL else _brief(message.diff)
    parts = [f"Sample {code(message.sample, 40)}.", *([f"Alike: {alike}"] if alike else []), diff]
    for each in mail.others:
        parts += [f"On the {code(each.sample, 40)} sample other lines change too, shown in part:", _brief(each.diff)]
    return Entry(folded(summary, parts), f"- {_mail_name(message)}")


def _mail_name(message: MailDiff) -> str:
    place = f"{code(message.slot, 40)}, sample {code(message.sample, 40)}"
    return f"{code(str(message.address))}{_alike(message)}, {place}"


def _alike(message: MailDiff) -> str:
    return f" and {counted(len(message.alike), 'other')} alike" if message.alike else ""


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


def _frozen(items: Sequence[Item], say: Say) -> Iterator[Entry]:
    for item in items:
        freeze: Freeze = item.value
        who = f"{code(freeze.actor)} stopped all applies at {moment(freeze.at)}: {prose(freeze.reason, 500)}."
        yield Entry(f"**Apply would end with exit code 5.** {who} {say(THAW)}")


def _suspend(item: Item) -> Entry:
    suspension: Suspension = item.value
    until = f"until {moment(suspension.until)}" if suspension.until else "until somebody resumes it"
    who = f"by {code(suspension.actor)} at {moment(suspension.at)}, {until}"
    return Entry(f"- {code(str(suspension.address))} {who}: {prose(suspension.reason, 500)}")


def _diagnostic(item: Item) -> Entry:
    found: Diagnostic = item.value
    address = f" {code(str(found.address))}" if found.address else ""
    name = "error" if found.severity is Severity.ERROR else "warning"
    short = f"- {code(str(found.place))} {name}: **{prose(found.summary, 100)}**{address}"
    said = [prose(part) for part in (found.detail, found.hint) if part]
    return Entry(" ".join([short, *said]), short)


def _change(item: Item) -> Entry:
    change: Change = item.value
    moved = f", before {code(str(change.previous))}" if change.previous else ""
    title = f" “{code(change.title, 80)}”" if change.title else ""
    name = f"**{ACTION_WORDS[change.action]}** {code(str(change.address))}{title}{moved}"
    why = f": {prose(change.reason)}" if change.action is Action.UPDATE else ""
    lines = list_fields(change)
    body = [fence(_clipped(lines))] if lines else []
    short = f"{name}{_notes(item)}{why}"
    return Entry("\n\n".join([short, *body]), short)


_Entries = Callable[[Sequence[Item], Say], Iterator[Entry] | list[Entry]]


def _each(entry: Callable[[Any], Entry]) -> _Entries:
    """Entries that are made of one item each."""
    return lambda items, say: [entry(item) for item in items]


_ENTRIES: Mapping[Kind, _Entries] = {
    Kind.BLOCKED: _block,
    Kind.ALLOWED: _allow,
    Kind.FROZEN: _frozen,
    Kind.CONTROL: _control,
    Kind.DELETED: _each(_delete),
    Kind.DOMAINS: _each(_reached),
    Kind.MAIL: _each(_mail),
    Kind.UNSEEN: _each(_edit),
    Kind.SAME: _each(lambda item: Entry(f"- {_mail_name(item.value)}")),
    Kind.REQUESTS: _each(lambda item: Entry(f"- {code(item.value)}")),
    Kind.SUSPENDED: _each(_suspend),
    Kind.DIAGNOSTICS: _each(_diagnostic),
    Kind.CHANGES: _each(_change),
    Kind.EFFECTS: _each(lambda item: Entry(f"- {prose(item.value)}")),
}
"""How the items of each section are written; in which order they come is the sections' to say."""
