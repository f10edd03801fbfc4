"""Mail diffs as text: under their change, how the mail people get changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change, MailDiff, TemplateEdit
from reconciler.views.plan.fields import INDENT
from reconciler.views.writing.escape import visible, visible_lines
from reconciler.views.writing.layout import Style, clipped, counted, wrapped

LINES = 16
"""Lines of one mail diff unless more is asked for."""

SHOWN = 3
"""Mails shown with their diff for one change; of the others it is said that they change."""

SOURCE = 40
"""Lines of one edited template that no sample shows."""

BRIEF = 8
"""Lines of a new one."""

SOURCES = 30
"""Templates whose source is shown; of others the lines are counted."""

UNSEEN = "Edited, but no sample shows it"

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_MORE = "--verbose shows all"
_OPEN, _CLOSE = "“", "”"


TYPICAL = "typical"
"""The sample that reads like a real mail."""


def paired(messages: Iterable[MailDiff]) -> list[tuple[MailDiff, list[MailDiff]]]:
    """Each mail with the same mail on other samples; one that differs there alone stands by itself."""
    found: dict[tuple[Address, str], list[MailDiff]] = {}
    pairs: list[tuple[MailDiff, list[MailDiff]]] = []
    for message in messages:
        key = (message.address, message.slot)
        if message.sample != TYPICAL and key in found:
            found[key].append(message)
        else:
            found[key] = []
            pairs.append((message, found[key]))
    return pairs


def mail_lines(change: Change, style: Style, width: int, *, verbose: bool) -> list[str]:
    """What the change does to mail. Of a new mail its subject alone, unless ``verbose``; of others the diff, cut to size."""
    typical = [message for message in change.messages if verbose or message.sample == TYPICAL]
    kept = _first(typical, change)
    lines: list[str] = []
    shown = 0
    for message in kept:
        lines += _head(message, change, width)
        if not message.diff or (_is_new(message, change) and not verbose):
            continue
        shown += 1
        room = None if verbose else LINES if shown <= SHOWN else 0
        lines += _diff(message.diff, style, width, room)
    awkward = len(change.messages) - len(typical)
    if awkward:
        said = f"on the awkward sample other lines change too, in {counted(awkward, 'mail')}"
        lines += wrapped(f"{said}; {_MORE}", width, INDENT)
    return lines


def edit_blocks(edits: Sequence[TemplateEdit], style: Style, width: int, *, verbose: bool) -> list[str]:
    """What was edited of templates and no sample shows, as source, each cut to size unless ``verbose``; one block, or none."""
    lines: list[str] = []
    for number, edit in enumerate(edits):
        room = 0 if number >= SOURCES else BRIEF if edit.new else SOURCE
        lines += wrapped(edited_text(edit), width, INDENT)
        lines += _diff(edit.diff, style, width, None if verbose else room)
    return ["\n".join([style.mark(UNSEEN, "bold"), *lines])] if lines else []


def edited_text(edit: TemplateEdit) -> str:
    """``note.txt.j2, for EmailTask/a, EmailTask/b, EmailTask/c and 2 more``."""
    more = f" and {len(edit.addresses) - 3} more" if len(edit.addresses) > 3 else ""
    whose = ", ".join(visible(str(address)) for address in edit.addresses[:3])
    return f"{visible(edit.template)}{', which is new' if edit.new else ''}, for {whose}{more}"


def _first(messages: Sequence[MailDiff], change: Change) -> list[MailDiff]:
    """The mails in the order a reader needs them: those that change, then those that do not."""
    return sorted(messages, key=lambda message: not message.changed)


def _is_new(message: MailDiff, change: Change) -> bool:
    """Whether nobody got such a mail before. Every mail has headers, so those come anew only with the whole mail."""
    first = message.diff.partition("\n")[0]
    return (first.startswith("@@ -0,0 ") and first.endswith(" headers")) or (
        change.action is Action.CREATE and message.address == change.address
    )


def _head(message: MailDiff, change: Change, width: int) -> list[str]:
    return wrapped(" ".join(_said(message, change, width)), width, INDENT)


def _said(message: MailDiff, change: Change, width: int) -> Iterator[str]:
    new = _is_new(message, change)
    whose = f" of {message.address}" if message.address != change.address else ""
    sample = f", {message.sample} sample" if message.sample != TYPICAL else ""
    if message.slot == "subject":
        yield f"{'new subject' if new else 'subject'} of requests{whose}{sample}"
    else:
        yield f"{'new mail' if new else 'mail'} to {clipped(visible(message.to), 60)}{whose}{sample}"
    if message.subject:
        yield _OPEN + clipped(visible(message.subject), max(30, width - 30)) + _CLOSE
    if not message.changed:
        yield "reads as before on this sample, though a template was edited"
    if message.alike:
        yield f"and alike in {_names(message)}"


def _names(message: MailDiff) -> str:
    """``EmailTask/a``; ``5 more: EmailTask/a, EmailTask/b, EmailTask/c, …``."""
    names = ", ".join(str(address) for address in message.alike[:3])
    return f"{len(message.alike)} more: {names}, …" if len(message.alike) > 3 else names


def _diff(text: str, style: Style, width: int, room: int | None) -> list[str]:
    """``room``: the lines to show, one more where only that is left; None for all."""
    lines = [line for source in visible_lines(text) for line in _wrapped(source, style, width)]
    if room is None or (room and len(lines) <= room + 1):
        return lines
    cut = f"{INDENT}  … {counted(len(lines) - room, 'more line')}; {_MORE}"
    return [*lines[:room], style.mark(cut, "dim")]


def _wrapped(line: str, style: Style, width: int) -> list[str]:
    """One line of a diff; a long one goes on under its sign."""
    sign, words = line[:1], line[1:]
    margin = f"{INDENT}  "
    if sign not in ("+", "-", " ") or len(line) + len(margin) <= width:
        rows = [f"{margin}{line}".rstrip()]
    else:
        first, rest = margin + sign + words[: _indent(words)], f"{margin}{sign}  "
        rows = [row.rstrip() for row in wrapped(words.lstrip(), width, first, rest)]
    return [style.mark(row, _COLOURS[sign]) if sign in _COLOURS else row for row in rows]


def _indent(words: str) -> int:
    return min(len(words) - len(words.lstrip()), 20)
