"""Manuals: what `explain` tells of a kind, a shared type or a field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldManual:
    """One field. ``type`` and ``default`` in words; ``default`` is empty where the field is required or holds fields.

    ``examples`` are plain data.
    """

    name: str
    type: str
    description: str
    required: bool = False
    default: str = ""
    examples: tuple[Any, ...] = ()
    fields: tuple[FieldManual, ...] = ()


@dataclass(frozen=True, slots=True)
class Manual:
    """A kind, a type, or (with ``path``) a field of a kind: what stands at its top, and the fields below.

    ``text``: paragraphs parted by an empty line; one whose lines are indented is an example. ``note``: what more can be asked.
    """

    subject: str
    text: str
    fields: tuple[FieldManual, ...] = ()
    field: FieldManual | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """What there is to be explained: kinds, then shared types, each with what it is in a sentence."""

    kinds: tuple[tuple[str, str], ...]
    types: tuple[tuple[str, str], ...]
