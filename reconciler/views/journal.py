"""The journal as text and JSON, and what a check of its chain showed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.model.journal import JournalEntry
from reconciler.views.plan.fields import value_text
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import FORMAT_VERSION, json_moment
from reconciler.views.writing.layout import Style, counted, minute, table, wrapped

_HEADERS = ("NUMBER", "WHEN (UTC)", "EVENT", "SUBJECT", "ACTOR", "WHAT")


def journal_text(entries: Iterable[JournalEntry], *, colour: bool = False, width: int = 100) -> str:
    """A line for each entry, in the order given; what it holds is cut to the width, JSON has all of it."""
    rows = [_row(item) for item in entries]
    return (
        table(_HEADERS, rows, width, Style(colour), cut=(3, 4, 5))
        if rows
        else "The journal is empty: nothing was applied yet."
    )


def journal_json(entries: Iterable[JournalEntry]) -> dict[str, Any]:
    """``{formatVersion, entries: [{sequence, at, event, subject, actor, data, previous, hash}]}``."""
    return {
        "formatVersion": FORMAT_VERSION,
        "entries": [
            {
                "sequence": item.sequence,
                "at": json_moment(item.entry.at),
                "event": item.entry.event,
                "subject": item.entry.subject,
                "actor": item.entry.actor,
                "data": item.entry.data,
                "previous": item.previous,
                "hash": item.hash,
            }
            for item in entries
        ],
    }


_WIDTH = 100
"""Columns of what a check found."""

Differences = Sequence[tuple[str, str]]
"""What is stored and is not what the journal says: a subject, and words that follow it in a sentence."""


def verification_text(
    entries: int,
    head: str,
    fault: tuple[int, str] | None,
    *,
    anchor: str = "",
    stored: tuple[Differences, Sequence[str]] = ((), ()),
    option: str,
) -> str:
    """What a check of the journal found. ``head``, ``anchor``: ``SEQUENCE:HASH``; ``fault``: where the chain breaks and why.
    ``stored``: how the state differs from the journal, and what of it is older than what would prove it.
    ``option``: what an anchor is passed with.

    Says what the check cannot prove: without an anchor, that nothing was cut off at the end or written anew.
    """
    if fault:
        number, why = fault
        first = f"The journal is broken at entry {number}: {visible(why)}."
        proved = "Entries before it hold together." if number > 1 else ""
        return "\n".join([first, *wrapped(f"{proved} Compare with a backup before relying on it.".strip(), _WIDTH)])
    differences, unproved = stored
    lines = [f"The journal holds: {counted(entries, 'entry', 'entries')}, head {visible(head)}"] if entries else []
    lines += wrapped(_proof(anchor, option), _WIDTH) if entries else ["The journal is empty."]
    if differences:
        lines += ["", f"The state is not what the journal says, in {counted(len(differences), 'place')}:"]
        for subject, words in differences:
            lines += wrapped(f"{visible(subject)} {visible(words)}.", _WIDTH, "  ! ", "    ")
    elif entries:
        lines += ["", *wrapped(_STORED, _WIDTH)]
    if unproved:
        lines += wrapped(f"Not provable, because it is older than its record: {'; '.join(unproved)}.", _WIDTH)
    return "\n".join(lines)


def verification_json(
    entries: int,
    head: str,
    fault: tuple[int, str] | None,
    *,
    anchor: str = "",
    stored: tuple[Differences, Sequence[str]] = ((), ()),
) -> dict[str, Any]:
    """``{formatVersion, ok, entries, head, anchor, fault: {sequence, reason}, differences: [{subject, reason}], notProvable}``;
    ``anchor`` and ``fault`` may be null."""
    differences, unproved = stored
    return {
        "formatVersion": FORMAT_VERSION,
        "ok": fault is None and not differences,
        "entries": entries,
        "head": head or None,
        "anchor": anchor or None,
        "fault": {"sequence": fault[0], "reason": fault[1]} if fault else None,
        "differences": [{"subject": subject, "reason": words} for subject, words in differences],
        "notProvable": list(unproved),
    }


_STORED = (
    "What is stored is what it says: resources, revisions, templates and files; requests, decisions and messages; suspensions "
    "and the freeze. Not told by it, and not proved: when things fall due, delivery attempts, how servers do, the lock."
)


def _proof(anchor: str, option: str) -> str:
    if anchor:
        return (
            f"It contains {visible(anchor)}, so nothing up to there was altered, removed or written anew. What came "
            "after it is chained, but entries cut off at the end would not show."
        )
    return (
        "No entry was altered, removed from the middle or reordered. Not proved: that nothing was cut off at the end, or "
        f"the whole written anew. For that, note the head elsewhere and pass it later with {option}."
    )


def _row(item: JournalEntry) -> tuple[str, ...]:
    entry = item.entry
    words = (visible(entry.event), visible(entry.subject), visible(entry.actor), _data(entry.data))
    return (str(item.sequence), minute(entry.at), *words)


def _data(data: Mapping[str, Any]) -> str:
    """The plain values, without the fingerprints and the lists of details."""
    shown = {key: value for key, value in data.items() if not isinstance(value, list) and not _is_hash(value)}
    return ", ".join(f"{visible(key)} {value_text(value)}" for key, value in shown.items() if value not in (None, ""))


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 64 and value.isalnum()
