"""`acknowledgements.yaml`: what somebody with the right to it has allowed, in writing."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from reconciler.kinds.reading.faults import INVALID, MISSING_FIELD, UNKNOWN_FIELD, WRONG_TYPE, described
from reconciler.model.configuration.address import Address, parse_address
from reconciler.model.configuration.guard import Acknowledgement, Allowance, GuardId
from reconciler.model.configuration.resource import Document
from reconciler.model.configuration.resource import Path as Where
from reconciler.model.diagnostic import Diagnostic, Faults, make_error
from reconciler.model.suggestion import list_words, suggest_name
from reconciler.sources.manifests import read_manifest_text
from reconciler.sources.reading import Root
from reconciler.sources.yaml.documents import read_documents

FILE = "acknowledgements.yaml"
"""Its name, in the project's folder: outside the manifests, so that other people can own it."""

_FIELDS = ("guard", "address", "reason", "until")
_FORM = "An entry is {guard: weakening, address: Kind/name, reason: why, until: 2027-01-31}."
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_GUARDS = tuple(guard.value for guard in GuardId)


def read_acknowledgements(project: Root) -> tuple[tuple[Acknowledgement, ...], list[Diagnostic]]:
    """Every entry without a fault, and every fault of the others. No file is no entry."""
    if not os.path.lexists(project.path / FILE):
        return (), []
    text, faults = read_manifest_text(FILE, partial(project.read, FILE))
    if faults:
        return (), faults
    documents, faults = read_documents(text, FILE)
    found: list[Acknowledgement] = []
    for document in documents:
        reader = _EntryReader(document)
        found += reader.entries()
        faults += reader.faults.all()
    return tuple(found), faults


class _EntryReader:
    """Reads one document and notes every fault of it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.faults = Faults()

    def entries(self) -> list[Acknowledgement]:
        data = self.document.data
        if data is None:
            return []
        if not isinstance(data, list | tuple):
            self._say((), WRONG_TYPE, f"The file is a list of entries, found {described(data)}.", _FORM)
            return []
        return [entry for index, item in enumerate(data) if (entry := self._read_entry(index, item))]

    def _read_entry(self, index: int, item: Any) -> Acknowledgement | None:
        if not isinstance(item, Mapping):
            self._say((index,), WRONG_TYPE, f"An entry is a mapping, found {described(item)}.", _FORM)
            return None
        before, unknown, room = self.faults.number, [key for key in item if key not in _FIELDS], self.faults.room
        for key in unknown[:room]:
            hint = suggest_name(key, _FIELDS, _FORM)
            self._say((index, key), UNKNOWN_FIELD, f'There is no field "{key}" here.', hint, at_key=True)
        self.faults.skip(len(unknown) - room)
        guard = self._read_guard(index, item)
        address = self._read_address(index, item, guard)
        reason = self._read_text(index, item, "reason")
        until = self._read_until(index, item)
        if self.faults.number > before or guard is None:
            return None
        return Acknowledgement(Allowance(guard, address), reason, until, self.document.place((index,)))

    def _read_guard(self, index: int, item: Mapping[str, Any]) -> GuardId | None:
        word = self._read_text(index, item, "guard")
        if word and word not in _GUARDS:
            hint = suggest_name(word, _GUARDS, f"Guards: {list_words(_GUARDS)}.")
            self._say((index, "guard"), "Unknown guard", f'There is no guard "{word}".', hint)
        return GuardId(word) if word in _GUARDS else None

    def _read_address(self, index: int, item: Mapping[str, Any], guard: GuardId | None) -> Address | None:
        """Every guard but deletions is allowed for one resource: a blanket entry would allow what nobody has seen yet."""
        if guard is GuardId.DELETIONS:
            if "address" in item:
                detail = "The guard deletions counts and names no resource; this entry would never allow anything."
                self._say((index, "address"), INVALID, detail, "Remove address.", at_key=True)
            return None
        if (
            guard is None and "address" not in item
        ):  # told already; which guard it is decides whether there is an address
            return None
        word = self._read_text(index, item, "address")
        address = parse_address(word) if word else None
        if word and address is None:
            self._say((index, "address"), INVALID, f'"{word}" is not an address.', "Write it as Kind/name.")
        return address

    def _read_until(self, index: int, item: Mapping[str, Any]) -> date | None:
        word = self._read_text(index, item, "until") if "until" in item else ""
        if not word:
            return None
        try:
            return date.fromisoformat(word if _DATE.match(word) else "")
        except ValueError:
            hint = "Write the last day it holds as YYYY-MM-DD."
            self._say((index, "until"), INVALID, "until is not a date of the calendar.", hint)
            return None

    def _read_text(self, index: int, item: Mapping[str, Any], key: str) -> str:
        if key not in item:
            self._say((index,), MISSING_FIELD, f'"{key}" is required here.', _FORM)
            return ""
        value = item[key]
        if not isinstance(value, str) or not value.strip():
            found = "nothing but blanks" if isinstance(value, str) else described(value)
            self._say((index, key), WRONG_TYPE, f"{key} expects text, found {found}.", _FORM)
            return ""
        return value.strip()

    def _say(self, path: Where, summary: str, detail: str, hint: str, *, at_key: bool = False) -> None:
        place = self.document.key_place(path) if at_key else self.document.place(path)
        self.faults.add(make_error, summary, detail, place, hint=hint)
