"""What a walled process does: for every item one answer, in JSON's values, in order. Runs in the child alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from reconciler.messages.compose.mime import compose, inline_css, make_text
from reconciler.messages.language.render import RenderFailure, TemplateFault, check, render
from reconciler.messages.mail import SAMPLES
from reconciler.messages.rehearsal import add_prefix, rehearse, request_subject
from reconciler.operations.walled.items import Comparison, Exhibit, Letter, Question, Trial
from reconciler.planning.mail.diffs import compare_mail

Answers = Iterator[object]


def check_trials(trials: Iterable[Trial]) -> Answers:
    """What is wrong with each mail, as `TemplateFault`."""
    for trial in trials:
        yield [asdict(fault) for fault in list_faults(trial)]


def compare_pairs(comparisons: Iterable[Comparison]) -> Answers:
    """What becomes of each pair, as `reconciler.planning.mail.diffs.MailFinding`."""
    known: set[str] = set()
    for each in comparisons:
        yield [asdict(finding) for finding in compare_mail(each.pair, each.sources, known)]


def write_letters(letters: Iterable[Letter]) -> Answers:
    """Each letter, as `WrittenLetter`."""
    for letter in letters:
        try:
            rendered = render(letter.mail, letter.sources, letter.context)
            rendered = replace(rendered, subject=add_prefix(letter.prefix, rendered.subject))
            yield {"subject": rendered.subject, "data": compose(rendered, letter.headers).decode("ascii")}
        except RenderFailure as failure:
            yield {"fault": asdict(failure.fault)}
        except ValueError as refusal:
            yield {"refusal": str(refusal)}


def show_exhibits(exhibits: Iterable[Exhibit]) -> Answers:
    """Each exhibit, as `ShownMail`."""
    for each in exhibits:
        rendered = rehearse(each.case, each.sources, each.sample)
        html = inline_css(rendered.html) if rendered.html is not None else None
        text = rendered.text if rendered.text is not None else make_text(html or "")
        data = compose(rendered, each.headers).decode("ascii")
        yield {"subject": rendered.subject, "text": text, "html": html, "data": data}


def title_questions(questions: Iterable[Question]) -> Answers:
    """The subject of each request, as `Titled`."""
    for each in questions:
        subject = request_subject(each.asked, each.requester, each.reason, each.fields)
        yield {"text": subject.text, "fault": asdict(subject.failure.fault) if subject.failure else None}


JOBS: Mapping[str, Callable[[Iterable[Any]], Answers]] = {
    "check": check_trials,
    "compare": compare_pairs,
    "write": write_letters,
    "show": show_exhibits,
    "title": title_questions,
}
"""Everything a walled process can be asked for."""


def list_faults(trial: Trial) -> list[TemplateFault]:
    """What is wrong with one mail: faults of the check and, unless one is an error, those of rendering its samples."""
    mail = trial.case.mail
    faults = list(check(mail, trial.sources, trial.case.shape))
    if not all(fault.warning for fault in faults):
        return faults
    for name in SAMPLES if trial.case.sampling else ():
        fault = _sample_fault(trial, name)
        if fault is not None:
            detail = f"{fault.detail} It happens with the {name} sample."
            return [*faults, TemplateFault(fault.template, fault.line, fault.summary, detail, fault.hint)]
    return faults


def _sample_fault(trial: Trial, sample: str) -> TemplateFault | None:
    """What keeps the sample from becoming a mail: rendering, or the HTML that comes out of it."""
    mail = trial.case.mail
    try:
        rendered = rehearse(trial.case, trial.sources, sample)
        if mail.html and rendered.html is not None:
            html = inline_css(rendered.html)
            if rendered.text is None:
                make_text(html)
    except RenderFailure as failure:
        return failure.fault
    except ValueError as unusable:
        assert mail.html is not None
        said = f"It cannot be used as it comes out: {unusable}."
        hint = "Correct the HTML or the CSS of this template."
        return TemplateFault(mail.html.name, 1, "HTML cannot be mailed", said, hint)
    return None
