"""Changes as text: fields, mail people get, effects; the first ones in detail, every update and delete named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reconciler.model.configuration.change import Action, Change, MailDiff
from reconciler.views.plan.fields import INDENT, list_change_lines, list_created_lines
from reconciler.views.plan.sections import TYPICAL, Item, Where
from reconciler.views.writing.escape import visible, visible_lines
from reconciler.views.writing.layout import Page, cells, clipped, counted, wrapped

DETAILED = 40
"""Changes whose details are shown unless asked for more."""

LINES = 16
"""Lines of detail for each of them, and of one mail diff."""

LISTED = 100
"""Created resources that are named; updates and deletes always are."""

SHOWN = 3
"""Mails shown with their diff for one change; of the others it is said that they change."""

_SIGNS = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.DELETE: ("-", "red"),
    Action.NONE: (">", "cyan"),
}


def list_change_blocks(items: Sequence[Item], page: Page) -> Iterator[str]:
    """A block for each change with details, then the rest a line each, then what is only counted."""
    detailed = len(items) if page.verbose else DETAILED
    for item in items[:detailed]:
        yield "\n".join([*_list_head_lines(item.value, page), *_list_detail_lines(item, page)])
    rest = [item.value for item in items[detailed:]]
    room = max(0, LISTED - sum(item.value.action is Action.CREATE for item in items[:detailed]))
    named, counts = _list_named(rest, room)
    lines = [line for change in named for line in _list_head_lines(change, page)]
    if counts:
        kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(counts.items()))
        lines.append(f"+ {counts.total()} more to create: {kinds}")
    if rest:
        yield "\n".join([*lines, f"Without details: {counted(len(rest), 'change')}; {page.more}."])


def _list_named(changes: Sequence[Change], room: int) -> tuple[list[Change], Counter[str]]:
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


def _list_head_lines(change: Change, page: Page) -> list[str]:
    """Sign, address, title and reason, on one line where they fit."""
    sign, colour = _SIGNS[change.action]
    address, reason = visible(str(change.address)), visible(change.reason)
    room = max(20, min(60, page.width - cells(address) - 6))
    title = f" “{clipped(visible(change.title), room)}”" if change.title else ""
    said = f"{sign} {address}{title}"
    deleted = "deleted, because " if change.action is Action.DELETE else ""
    bold = page.mark(f"{sign} {address}", "bold", colour) + title
    if cells(said) + 2 + cells(deleted + reason) <= page.width:
        return [f"{bold}: {deleted}{reason}"]
    return [f"{bold}:", *wrapped(deleted + reason, page.width, INDENT)]


def _list_detail_lines(item: Item, page: Page) -> list[str]:
    """Fields and notes, cut to size; then mail, which has a measure of its own; then effects."""
    notes = item.notes_in(Where.VERBOSE if page.verbose else Where.TEXT)
    lines = _list_field_lines(item.value, page)
    lines += [page.mark(f"{INDENT}{visible(str(note))}", "dim") for note in notes]
    told = (visible(f"then {effect}") for effect in item.value.told)
    effects = [line for text in told for line in wrapped(text, page.width, INDENT)]
    mail = list_mail_lines(item.value, page)
    if page.verbose or len(lines) + len(effects) <= LINES + 1:
        return [*lines, *mail, *effects]
    kept = lines[: max(1, LINES - len(effects))]
    hidden = counted(len(lines) - len(kept), "more line")
    return [*kept, page.mark(f"{INDENT}… {hidden}; {page.more}", "dim"), *mail, *effects]


def _list_field_lines(change: Change, page: Page) -> list[str]:
    lines = list_change_lines(change.fields, page)
    if change.after:
        kept = {"/templates": list(change.after.templates), "/files": list(change.after.files)}
        lines += list_created_lines(change, page, {path: names for path, names in kept.items() if names})
    return lines


def list_mail_lines(change: Change, page: Page) -> list[str]:
    """What the change does to mail. Of a new mail its subject alone, unless all is shown; of others the diff, cut to size."""
    typical = [message for message in change.messages if page.verbose or message.sample == TYPICAL]
    kept = sorted(typical, key=lambda message: not message.changed)
    lines: list[str] = []
    shown = 0
    for message in kept:
        lines += wrapped(" ".join(_mail_parts(message, change, page)), page.width, INDENT)
        if not message.diff or (_is_new(message, change) and not page.verbose):
            continue
        shown += 1
        room = None if page.verbose else LINES if shown <= SHOWN else 0
        lines += list_diff_lines(message.diff, page, room)
    awkward = len(change.messages) - len(typical)
    if awkward:
        said = f"on the awkward sample other lines change too, in {counted(awkward, 'mail')}"
        lines += wrapped(f"{said}; {page.more}", page.width, INDENT)
    return lines


def _is_new(message: MailDiff, change: Change) -> bool:
    """Whether nobody got such a mail before. Every mail has headers, so those come anew only with the whole mail."""
    first = message.diff.partition("\n")[0]
    return (first.startswith("@@ -0,0 ") and first.endswith(" headers")) or (
        change.action is Action.CREATE and message.address == change.address
    )


def _mail_parts(message: MailDiff, change: Change, page: Page) -> Iterator[str]:
    new = _is_new(message, change)
    whose = f" of {message.address}" if message.address != change.address else ""
    sample = f", {message.sample} sample" if message.sample != TYPICAL else ""
    if message.slot == "subject":
        yield f"{'new subject' if new else 'subject'} of requests{whose}{sample}"
    else:
        yield f"{'new mail' if new else 'mail'} to {clipped(visible(message.to), 60)}{whose}{sample}"
    if message.subject:
        yield f"“{clipped(visible(message.subject), max(30, page.width - 30))}”"
    if not message.changed:
        yield "reads as before on this sample, though a template was edited"
    if message.alike:
        yield f"and alike in {_alike_text(message)}"


def _alike_text(message: MailDiff) -> str:
    """``EmailTask/a``; ``5 more: EmailTask/a, EmailTask/b, EmailTask/c, …``."""
    names = ", ".join(str(address) for address in message.alike[:3])
    return f"{len(message.alike)} more: {names}, …" if len(message.alike) > 3 else names


def list_diff_lines(text: str, page: Page, room: int | None) -> list[str]:
    """The lines of a diff. ``room``: how many to show, one more where only that is left; None for all."""
    lines = [line for source in visible_lines(text) for line in _wrap_line(source, page)]
    if room is None or (room and len(lines) <= room + 1):
        return lines
    cut = f"{INDENT}  … {counted(len(lines) - room, 'more line')}; {page.more}"
    return [*lines[:room], page.mark(cut, "dim")]


def _wrap_line(line: str, page: Page) -> list[str]:
    """One line of a diff; a long one goes on under its sign."""
    sign, words = line[:1], line[1:]
    margin = f"{INDENT}  "
    if sign not in ("+", "-", " ") or len(line) + len(margin) <= page.width:
        rows = [f"{margin}{line}".rstrip()]
    else:
        indent = min(len(words) - len(words.lstrip()), 20)
        first, rest = margin + sign + words[:indent], f"{margin}{sign}  "
        rows = [row.rstrip() for row in wrapped(words.lstrip(), page.width, first, rest)]
    return [page.mark_diff(row, sign) for row in rows]
