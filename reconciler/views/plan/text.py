"""Plans as text: the summary first, then every change, then the digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.model.configuration.change import Action, Change
from reconciler.model.configuration.plan import Plan
from reconciler.model.configuration.resource import Record
from reconciler.views.diagnostics import blocks
from reconciler.views.plan.control import control_section
from reconciler.views.plan.fields import INDENT, change_lines, created_lines, last_use_text
from reconciler.views.plan.findings import DONE, counts, targeted
from reconciler.views.plan.guards import guard_blocks
from reconciler.views.plan.impact import impact_section
from reconciler.views.plan.mail_diff import edit_blocks, mail_lines
from reconciler.views.suspensions import freeze_blocks, suspension_blocks
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import FORMAT_VERSION
from reconciler.views.writing.layout import Style, cells, clipped, counted, wrapped

DETAILED = 40
"""Changes whose details are shown unless asked for more."""

LINES = 16
"""Lines of detail for each of them."""

LISTED = 100
"""Created resources that are named; updates and deletes always are."""

_SIGNS = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.DELETE: ("-", "red"),
    Action.NONE: (">", "cyan"),
}
_MORE = "--verbose shows all"


@dataclass(frozen=True, slots=True)
class _Page:
    """What a text is laid out for."""

    style: Style
    width: int
    verbose: bool


def plan_text(plan: Plan, *, verbose: bool = False, colour: bool = False, width: int = 100) -> str:
    """The whole plan for a person. Unless ``verbose``, long details and long lists of new resources are cut, and say so.

    Every update and every delete is named whatever the length. The last lines say what apply would do and have the digest.
    """
    page = _Page(Style(colour), width, verbose)
    parts = [_headline(plan, page), *guard_blocks(plan, page.style, width, verbose=verbose)]
    parts += blocks(plan.diagnostics, {}, page.style, width)
    parts += freeze_blocks(plan.freeze, page.style, width)
    parts += suspension_blocks(plan.suspensions, page.style, width)
    parts += control_section(plan.control, verbose=verbose, style=page.style, width=width)
    parts += impact_section(plan.impact, verbose=verbose, style=page.style, width=width)
    parts += _change_blocks(plan.changes, page)
    parts += edit_blocks(plan.edits, page.style, width, verbose=verbose)
    return "\n\n".join([*parts, _last_lines(plan)])


def applied_text(plan: Plan, serial: int, head: str) -> str:
    """What an apply did. ``serial`` and ``head`` (``SEQUENCE:HASH`` of the journal) are those after it."""
    return f"Applied: {counts(plan, DONE) or 'nothing'}. Serial {serial}.\nJournal head {visible(head)}"


def applied_json(plan: Plan, serial: int, head: str) -> dict[str, Any]:
    """``{formatVersion, serial, summary, digest, journalHead}``."""
    return {
        "formatVersion": FORMAT_VERSION,
        "serial": serial,
        "summary": plan.summary,
        "digest": plan.digest,
        "journalHead": head or None,
    }


def _headline(plan: Plan, page: _Page) -> str:
    rest = f"; {plan.unchanged} unchanged" if plan.unchanged else ""
    same = f"No changes. Stored state holds what the manifests declare: {counted(plan.unchanged, 'resource')}."
    if plan.targets:
        same = "No changes: what the targets hit is stored as the manifests declare it."
    lines = wrapped(same if plan.empty else f"Plan: {counts(plan)}{rest}.", page.width)
    where = wrapped(f"Environment: {visible(plan.environment)}", page.width) if plan.environment else []
    part = wrapped(visible(targeted(plan)), page.width) if plan.targets else []
    return "\n".join([*(page.style.mark(line, "bold") for line in lines), *where, *part])


def _last_lines(plan: Plan) -> str:
    these = "this change" if len(plan.changes) == 1 else f"these {len(plan.changes)} changes, all or none"
    does = "change nothing" if plan.empty else f"make {these}"
    return f"Apply would {does}.\nDigest {plan.digest}"


def _change_blocks(changes: Sequence[Change], page: _Page) -> Iterator[str]:
    """A block for each change with details, then the rest a line each, then what is only counted."""
    detailed = len(changes) if page.verbose else DETAILED
    for change in changes[:detailed]:
        yield "\n".join([*_head(change, page), *_details(change, page)])
    rest = changes[detailed:]
    room = max(0, LISTED - sum(change.action is Action.CREATE for change in changes[:detailed]))
    named, counts = _named(rest, room)
    lines = [line for change in named for line in _head(change, page)]
    if counts:
        kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(counts.items()))
        lines.append(f"+ {counts.total()} more to create: {kinds}")
    if rest:
        yield "\n".join([*lines, f"Without details: {counted(len(rest), 'change')}; {_MORE}."])


def _named(changes: Sequence[Change], room: int) -> tuple[list[Change], Counter[str]]:
    """The changes that get a line, and how many new resources of each kind do not."""
    named: list[Change] = []
    counts: Counter[str] = Counter()
    for change in changes:
        if change.action is not Action.CREATE:
            named.append(change)
        elif room > 0:
            named.append(change)
            room -= 1
        else:
            counts[change.address.kind] += 1
    return named, counts


def _head(change: Change, page: _Page) -> list[str]:
    """Sign, address, title and reason, on one line where they fit."""
    sign, colour = _SIGNS[change.action]
    address, reason = visible(str(change.address)), visible(change.reason)
    title = _title(change.after or change.before, page.width - cells(address) - 6)
    said = f"{sign} {address}{title}"
    deleted = "deleted, because " if change.action is Action.DELETE else ""
    bold = page.style.mark(f"{sign} {address}", "bold", colour) + title
    if cells(said) + 2 + cells(deleted + reason) <= page.width:
        return [f"{bold}: {deleted}{reason}"]
    return [f"{bold}:", *wrapped(deleted + reason, page.width, INDENT)]


def _title(record: Record | None, room: int) -> str:
    title = str(record.metadata.get("title", "")) if record else ""
    return f" “{clipped(visible(title), max(20, min(60, room)))}”" if title else ""


def _details(change: Change, page: _Page) -> list[str]:
    """Fields, cut to size; then mail, which has a measure of its own; then effects."""
    lines, effects = _content(change, page), _effects(change, page)
    mail = mail_lines(change, page.style, page.width, verbose=page.verbose)
    if page.verbose or len(lines) + len(effects) <= LINES + 1:
        return [*lines, *mail, *effects]
    kept = lines[: max(1, LINES - len(effects))]
    hidden = counted(len(lines) - len(kept), "more line")
    return [*kept, page.style.mark(f"{INDENT}… {hidden}; {_MORE}", "dim"), *mail, *effects]


def _content(change: Change, page: _Page) -> list[str]:
    lines = change_lines(change.fields, page.style, page.width)
    if change.after:
        kept = {"/templates": list(change.after.templates), "/files": list(change.after.files)}
        lines += created_lines(change, page.width, {path: names for path, names in kept.items() if names})
    record = change.after or change.before
    if record and record.source and (page.verbose or change.action is Action.DELETE):
        word = "last declared at" if change.action is Action.DELETE else "declared at"
        lines.append(page.style.mark(f"{INDENT}{word} {visible(record.source)}", "dim"))
    if change.last_use:
        lines.append(page.style.mark(f"{INDENT}{last_use_text(change.last_use)}", "dim"))
    return lines


def _effects(change: Change, page: _Page) -> list[str]:
    return [line for effect in change.told for line in wrapped(visible(f"then {effect}"), page.width, INDENT)]
