"""The journal as text and JSON, and what a check of its chain showed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any

from reconciler.model.journal import JournalEntry, Verification
from reconciler.model.wording import Given, Sentence
from reconciler.views.plan.fields import describe_value
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import TEXT_OR_NULL, Key, document, list_of, or_null, shape, taken_from
from reconciler.views.writing.layout import PLAIN, Page, Say, counted, minute, table, wrapped

_HASH = re.compile(r"[0-9a-zA-Z]{64}")
_HEADERS = ("NUMBER", "WHEN (UTC)", "EVENT", "SUBJECT", "ACTOR", "WHAT")


def describe_journal(entries: Iterable[JournalEntry], page: Page = PLAIN) -> str:
    """A line for each entry, in the order given; what it holds is cut to the width, JSON has all of it."""
    rows = [_row(item) for item in entries]
    return table(_HEADERS, rows, page, cut=(3, 4, 5)) if rows else "The journal is empty: nothing was applied yet."


_ENTRY = shape(
    Key("sequence", int),
    *taken_from(
        "entry", Key("at", datetime), Key("event", str), Key("subject", str), Key("actor", str), Key("data", dict)
    ),
    Key("previous", str, "Hash of the entry before it."),
    Key("hash", str),
)

JOURNAL = document("The journal of a state", Key("entries", list_of(_ENTRY)))


_WIDTH = 100
"""Columns of what a check found."""


def describe_verification(found: Verification, say: Say = str) -> str:
    """What a check of the journal found.

    Says what the check cannot prove: without an anchor, that nothing was cut off at the end or written anew.
    """
    if found.fault:
        number, why = found.fault
        first = f"The journal is broken at entry {number}: {visible(why)}."
        proved = "Entries before it hold together." if number > 1 else ""
        return "\n".join([first, *wrapped(f"{proved} Compare with a backup before relying on it.".strip(), _WIDTH)])
    lines = ["The journal is empty."]
    if found.entries:
        lines = [f"The journal holds: {counted(found.entries, 'entry', 'entries')}, head {visible(found.head)}"]
        lines += wrapped(_proof(found.anchor, say), _WIDTH)
    if found.differences:
        lines += ["", f"The state is not what the journal says, in {counted(len(found.differences), 'place')}:"]
        for subject, words in found.differences:
            lines += wrapped(f"{visible(subject)} {visible(words)}.", _WIDTH, "  ! ", "    ")
    elif found.entries:
        lines += ["", *wrapped(_STORED, _WIDTH)]
    if found.unproved:
        lines += wrapped(f"Not provable, because it is older than its record: {'; '.join(found.unproved)}.", _WIDTH)
    return "\n".join(lines)


VERIFICATION = document(
    "What a check of the journal found",
    Key("ok", bool, take="holds"),
    Key("entries", int),
    Key("head", TEXT_OR_NULL, "SEQUENCE:HASH."),
    Key("anchor", TEXT_OR_NULL),
    Key(
        "fault",
        or_null(shape(Key("sequence", int, take=itemgetter(0)), Key("reason", str, take=itemgetter(1)))),
        "Where the chain breaks.",
    ),
    Key(
        "differences",
        list_of(shape(Key("subject", str, take=itemgetter(0)), Key("reason", str, take=itemgetter(1)))),
        "What is stored and is not what the journal says.",
    ),
    Key("notProvable", list[str], take="unproved"),
)
"""Of a `Verification`."""


_STORED = (
    "What is stored is what it says: resources, revisions, templates and files; requests, decisions and messages; suspensions "
    "and the freeze. Not told by it, and not proved: when things fall due, delivery attempts, how servers do, the lock."
)


_UNPROVED = Sentence(
    "No entry was altered, removed from the middle or reordered. Not proved: that nothing was cut off at the end, or the whole "
    "written anew. For that, note the head elsewhere and pass it later with ",
    Given("anchor"),
    ".",
)


def _proof(anchor: str, say: Say) -> str:
    if anchor:
        return (
            f"It contains {visible(anchor)}, so nothing up to there was altered, removed or written anew. What came "
            "after it is chained, but entries cut off at the end would not show."
        )
    return say(_UNPROVED)


def _row(item: JournalEntry) -> tuple[str, ...]:
    entry = item.entry
    words = (visible(entry.event), visible(entry.subject), visible(entry.actor), _data(entry.data))
    return (str(item.sequence), minute(entry.at), *words)


def _data(data: Mapping[str, Any]) -> str:
    """The plain values, without the fingerprints and the lists of details."""
    shown = {
        key: value for key, value in data.items() if not isinstance(value, list) and not _HASH.fullmatch(str(value))
    }
    return ", ".join(
        f"{visible(key)} {describe_value(value)}" for key, value in shown.items() if value not in (None, "")
    )
