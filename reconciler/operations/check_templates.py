"""Templates of mails checked and tried behind the wall, before anything is planned with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.messages.language.limits import TemplateFault
from reconciler.messages.language.render import check
from reconciler.model.errors import Bug
from reconciler.operations.walled.items import Trial
from reconciler.operations.walled.work import Death, Job, death_said

_CHECK = Job[Trial, tuple[TemplateFault, ...]]("check", tuple[TemplateFault, ...])


@dataclass(frozen=True, slots=True)
class CaseFault:
    """A fault of one trial."""

    trial: Trial
    fault: TemplateFault


def try_templates(trials: Sequence[Trial]) -> list[CaseFault]:
    """Check every trial against its context and render its samples; every fault found, in order. A death is a fault."""
    answers = zip(trials, _CHECK.all(trials), strict=True)
    return [
        CaseFault(trial, fault)
        for trial, answer in answers
        for fault in ([_death(trial, answer)] if isinstance(answer, Death) else answer)
    ]


def read_templates(trials: Sequence[Trial]) -> list[CaseFault]:
    """What can be said without rendering, here and now: for templates that came through a trial before they were stored."""
    return [
        CaseFault(trial, fault)
        for trial in trials
        for fault in check(trial.case.mail, trial.sources, trial.case.shape, compiled=False)
    ]


def _death(trial: Trial, death: Death) -> TemplateFault:
    if not trial.case.mail.templates:
        raise Bug("A mail without templates was tried; this is a bug in reconciler")
    template = max(trial.case.mail.templates, key=lambda t: len(trial.sources.get(t.name, t.inline or "")))
    hint = "Make the template smaller: fewer loops inside loops, no growing values."
    said = death_said(trial.case.label, death)
    return TemplateFault(template.name, 1, "Template cannot be rendered safely", said, hint)
