"""Samples: two contexts of each kind, the same every time, that every template is rendered with before it is applied.

``typical`` reads like a real mail: declared titles and examples. ``awkward`` holds what breaks templates: every nullable
is null, lists are empty, texts are long, hold HTML and template syntax, run right to left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.messages.contexts import NamedView, PersonView, ProcessView, TaskView
from reconciler.model.declaration import Declaration

Samples = Mapping[str, Mapping[str, Any]]
"""``{"typical": variables, "awkward": variables}``."""


@dataclass(frozen=True, slots=True)
class SampleApproval:
    """What a sample knows of the approval it shows.

    ``approvers`` empty: two are invented. ``quorum`` as declared; ``needed`` is the number it comes to. ``subject`` empty:
    one is made of the type's title and the first field.
    """

    type: NamedView
    process: ProcessView
    fields: Mapping[str, Declaration] = field(default_factory=dict)
    approvers: tuple[PersonView, ...] = ()
    quorum: str = "1"
    needed: int = 1
    subject: str = ""


def task_samples(*, task: TaskView, parameters: Mapping[str, Declaration]) -> Samples:
    """Samples of the context ``task``."""
    raise NotImplementedError


def approval_samples(
    approval: SampleApproval, *, task: TaskView, parameters: Mapping[str, Declaration], activity: str = "start"
) -> Samples:
    """Samples of the context ``approval``; ``activity`` as in `reconciler.messages.contexts.ContextApproval`."""
    raise NotImplementedError


def subject_samples(fields: Mapping[str, Declaration]) -> Samples:
    """Samples of what the subject of an approval type sees."""
    raise NotImplementedError
