"""Diagnostics: one error or warning about a manifest, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.address import Address


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """Where something stands. ``file`` is relative to the project; ``line`` and ``column`` count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def in_file(self) -> bool:
        """Whether there is such a file; what stands in stored state or on the command line has a name in brackets."""
        return not (self.file.startswith("(") and self.file.endswith(")"))


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault of a manifest.

    ``summary``: a constant phrase without names ("Unknown reference"), so that tools can group by it. ``detail``: full
    sentences: what exactly, why it matters. ``hint``: what to do next, or a "did you mean".
    """

    severity: Severity
    summary: str
    detail: str
    place: Place
    address: Address | None = None
    hint: str = ""


def error(summary: str, detail: str, place: Place, address: Address | None = None, hint: str = "") -> Diagnostic:
    """An error: it ends plan and apply."""
    return Diagnostic(Severity.ERROR, summary, detail, place, address, hint)


def warning(summary: str, detail: str, place: Place, address: Address | None = None, hint: str = "") -> Diagnostic:
    """A warning: shown, and nothing stops."""
    return Diagnostic(Severity.WARNING, summary, detail, place, address, hint)


def in_order(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """By place, errors before warnings at one place, each said once."""
    unique = dict.fromkeys(diagnostics)
    return sorted(unique, key=lambda d: (d.place, d.severity is Severity.WARNING, d.summary, d.detail))


def has_errors(diagnostics: list[Diagnostic]) -> bool:
    """Whether any of them ends plan and apply."""
    return any(d.severity is Severity.ERROR for d in diagnostics)
