"""Files that a command writes, as text and JSON."""

from __future__ import annotations

from difflib import unified_diff
from operator import itemgetter

from reconciler.model.configuration.file_change import Exported, FileChange, Formatting
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import Key, document, list_of, shape
from reconciler.views.writing.layout import PLAIN, Page, counted


def describe_formatting(found: Formatting, page: Page = PLAIN, *, diff: bool = False) -> str:
    """A line for each file that changes, or with ``diff`` its difference, and the counts."""
    lines = [line for change in found.changes for line in _show(change, diff, page)]
    return "\n".join([*lines, _summary(found)])


FORMATTED = document(
    "Files that were laid out, or would be",
    Key("written", bool),
    Key(
        "changed",
        list_of(
            shape(Key("path", str, take=itemgetter(0)), Key("diff", str, take=itemgetter(1), optional=itemgetter(1)))
        ),
    ),
    Key("unchanged", int, "A number of files."),
)
"""Of `Formatting`, and the changes: by path the difference, None where it is not asked for."""


def describe_export(found: Exported) -> str:
    """A line for each file and each note, and the counts."""
    lines = [f"{'new' if each.new else 'changed':8} {visible(each.name)}" for each in found.written]
    lines += [f"{'note':8} {visible(note.subject)} {visible(note.text)}" for note in found.notes]
    return "\n".join(
        [*lines, f"{counted(len(found.written), 'file')} written, {counted(found.unchanged, 'resource')} unchanged."]
    )


EXPORTED = document(
    "What was exported",
    Key("written", list_of(shape(Key("path", str, take="name"), Key("new", bool)))),
    Key("notes", list_of(shape(Key("subject", str), Key("text", str))), "What was not written, and why."),
    Key("unchanged", int, "A number of resources."),
)
"""Of `Exported`."""


def list_diff_lines(change: FileChange) -> list[str]:
    """The unified diff, each line without its line break; a carriage return is told as ``\\r``."""
    before, after = (_list_lines(text) for text in (change.before or "", change.after))
    return list(unified_diff(before, after, change.name, change.name, lineterm=""))


def _list_lines(text: str) -> list[str]:
    lines = text.replace("\r", "\\r").split("\n")
    if not lines[-1]:
        return lines[:-1]
    return [*lines[:-1], lines[-1] + " (no line break at the end)"]


def _show(change: FileChange, diff: bool, page: Page) -> list[str]:
    if not diff:
        return [visible(change.name)]
    return [*(page.mark_diff(visible(line), line[:1]) for line in list_diff_lines(change)), ""]


def _summary(found: Formatting) -> str:
    if not found.changes:
        return f"{counted(found.unchanged, 'file')}, all laid out already."
    done = "laid out" if found.written else "would change"
    return f"{counted(len(found.changes), 'file')} {done}, {found.unchanged} unchanged."
