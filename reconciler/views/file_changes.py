"""Files that a command writes, as text and JSON."""

from __future__ import annotations

from difflib import unified_diff
from typing import Any

from reconciler.model.configuration.file_change import Exported, FileChange, Formatting
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import FORMAT_VERSION
from reconciler.views.writing.layout import Style, counted


def formatting_text(found: Formatting, *, diff: bool = False, colour: bool = False) -> str:
    """A line for each file that changes, or with ``diff`` its difference, and the counts."""
    style = Style(colour)
    lines = [line for change in found.changes for line in _show(change, diff, style)]
    return "\n".join([*lines, _summary(found)])


def formatting_json(found: Formatting, *, diff: bool = False) -> dict[str, Any]:
    """``{formatVersion, written, changed: [{path, diff?}], unchanged}``; ``unchanged`` counts files."""
    changed = [{"path": each.name, **({"diff": "\n".join(diff_lines(each))} if diff else {})} for each in found.changes]
    return {
        "formatVersion": FORMAT_VERSION,
        "written": found.written,
        "changed": changed,
        "unchanged": found.unchanged,
    }


def exported_text(found: Exported) -> str:
    """A line for each file and each note, and the counts."""
    lines = [f"{'new' if each.new else 'changed':8} {visible(each.name)}" for each in found.written]
    lines += [f"{'note':8} {visible(note.subject)} {visible(note.text)}" for note in found.notes]
    return "\n".join(
        [*lines, f"{counted(len(found.written), 'file')} written, {counted(found.unchanged, 'resource')} unchanged."]
    )


def exported_json(found: Exported) -> dict[str, Any]:
    """``{formatVersion, written: [{path, new}], notes: [{subject, text}], unchanged}``; ``unchanged`` counts resources."""
    return {
        "formatVersion": FORMAT_VERSION,
        "written": [{"path": each.name, "new": each.new} for each in found.written],
        "notes": [{"subject": note.subject, "text": note.text} for note in found.notes],
        "unchanged": found.unchanged,
    }


def diff_lines(change: FileChange) -> list[str]:
    """The unified diff, each line without its line break; a carriage return is told as ``\\r``."""
    before, after = (_list_lines(text) for text in (change.before or "", change.after))
    return list(unified_diff(before, after, change.name, change.name, lineterm=""))


def _list_lines(text: str) -> list[str]:
    lines = text.replace("\r", "\\r").split("\n")
    if not lines[-1]:
        return lines[:-1]
    return [*lines[:-1], lines[-1] + " (no line break at the end)"]


def _show(change: FileChange, diff: bool, style: Style) -> list[str]:
    if not diff:
        return [visible(change.name)]
    colours = {"+": "green", "-": "red", "@": "cyan"}
    lines = (visible(line) for line in diff_lines(change))
    return [style.mark(line, colours[line[0]]) if line[:1] in colours else line for line in lines] + [""]


def _summary(found: Formatting) -> str:
    if not found.changes:
        return f"{counted(found.unchanged, 'file')}, all laid out already."
    done = "laid out" if found.written else "would change"
    return f"{counted(len(found.changes), 'file')} {done}, {found.unchanged} unchanged."
