"""The journal: append-only, hash-chained entries, one per transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reconciler.model.canonical import hash_bytes, write_canonical_json

GENESIS = "0" * 64
"""What the first entry names as its predecessor."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a transaction says of itself before it has a place in the chain.

    ``event``: ``config.applied``, ``approval.requested``… ``subject``: an address, a request's or a message's id.
    ``actor``: as claimed. ``data``: plain data without floats and without secrets.
    """

    event: str
    subject: str
    actor: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An entry in its place. ``text`` is the canonical JSON of sequence, previous hash and entry; ``hash`` its SHA-256."""

    sequence: int
    previous: str
    hash: str
    text: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the journal found. ``entries`` and ``head`` (``SEQUENCE:HASH``, empty for an empty journal) of what was
    read; ``fault``: the first sequence number at which something does not hold, and what. ``anchor``: a head noted earlier.
    ``differences``: what is stored and is not what the journal says, by subject; looked for where the chain holds.
    ``unproved``: what is older than what would prove it.
    """

    entries: int
    head: str
    fault: tuple[int, str] | None
    anchor: str = ""
    differences: tuple[tuple[str, str], ...] = ()
    unproved: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return self.fault is None and not self.differences


def chain_entry(entry: Entry, sequence: int, previous: str) -> JournalEntry:
    """The entry as number ``sequence`` (from 1) after the one whose hash is ``previous``."""
    text = write_canonical_json(
        {
            "sequence": sequence,
            "previous": previous,
            "at": format_timestamp(entry.at),
            "event": entry.event,
            "subject": entry.subject,
            "actor": entry.actor,
            "data": entry.data,
        }
    )
    return JournalEntry(sequence, previous, hash_bytes(text.encode()), text, entry)


def find_first_break(entries: Iterable[JournalEntry]) -> tuple[int, str] | None:
    """The first sequence number at which the chain does not hold and why; None when it holds.

    Proves that no kept entry was altered, removed from the middle or reordered. Cannot prove that nothing was cut off at
    the end or that the whole was not rewritten: that needs a hash noted elsewhere.
    """
    expected, previous = 1, GENESIS
    for item in entries:
        if item.sequence != expected:
            return expected, f"entry {expected} is missing"
        if item.previous != previous:
            return expected, "it does not name the entry before it"
        if hash_bytes(item.text.encode()) != item.hash:
            return expected, "its text does not match its hash"
        if chain_entry(item.entry, item.sequence, item.previous).text != item.text:
            return expected, "its columns do not match its text"
        expected, previous = expected + 1, item.hash
    return None


def format_timestamp(at: datetime) -> str:
    """UTC, ISO 8601 with microseconds and ``Z``: fixed width, so that text order is time order."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def read_timestamp(text: str) -> datetime:
    """The inverse of `format_timestamp`. Raises `ValueError` or `TypeError` for anything that it does not write."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is not UTC or format_timestamp(at) != text:
        raise ValueError("not a time as it is written")
    return at
