"""Selectors: which resources a person means by ``--target``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from reconciler.model.configuration.address import parse_address
from reconciler.model.configuration.resource import Record


class SelectBy(StrEnum):
    ADDRESS = "address"
    GLOB = "glob"
    OWNER = "owner"
    LABEL = "label"


@dataclass(frozen=True, order=True, slots=True)
class Selector:
    """``word``: an address, a glob over addresses, an owner's name, or ``KEY=VALUE`` of a label."""

    by: SelectBy
    word: str

    def __str__(self) -> str:
        return f"{self.by}={self.word}" if self.by in _PREFIXED else self.word

    def hits(self, record: Record) -> bool:
        """Whether the record is among those that are meant."""
        match self.by:
            case SelectBy.OWNER:
                return record.owner == self.word
            case SelectBy.LABEL:
                return self.word in labels_of(record)
            case SelectBy.GLOB:
                return fnmatchcase(str(record.address), self.word)
            case SelectBy.ADDRESS:
                return str(record.address) == self.word


def parse_selector(text: str) -> Selector | None:
    """``EmailTask/weekly``, ``EmailTask/*``, ``owner=desk``, ``label=team=mail``; None for anything else."""
    prefix, equals, word = text.partition("=")
    if equals and prefix in _PREFIXED:
        by = SelectBy(prefix)
        whole = word.partition("=")[1] if by is SelectBy.LABEL else word
        return Selector(by, word) if whole and not word.startswith("=") else None
    if any(sign in text for sign in "*?["):
        return Selector(SelectBy.GLOB, text)
    return Selector(SelectBy.ADDRESS, text) if parse_address(text) else None


def labels_of(record: Record) -> list[str]:
    """Its labels, ``KEY=VALUE`` each."""
    return [f"{key}={value}" for key, value in record.metadata.get("labels", {}).items()]


_PREFIXED = (SelectBy.OWNER, SelectBy.LABEL)
