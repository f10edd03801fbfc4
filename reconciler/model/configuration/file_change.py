"""Files of a project that a command writes, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileChange:
    """``name``: relative to the project, with slashes. ``before`` is None for a file that is new."""

    name: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Formatting:
    """What a run of fmt found. ``unchanged`` counts files; ``written``: whether the changes have been made."""

    changes: tuple[FileChange, ...]
    unchanged: int
    written: bool


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file that export wrote; ``new``: there was none."""

    name: str
    new: bool


@dataclass(frozen=True, slots=True)
class ExportNote:
    """What export did not write. ``subject``: an address or a file; ``text``: why, and what to do."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Exported:
    """What a run of export did. ``unchanged`` counts resources whose manifest says the same already."""

    written: tuple[ExportedFile, ...]
    notes: tuple[ExportNote, ...]
    unchanged: int
