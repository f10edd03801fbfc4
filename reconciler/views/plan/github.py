"""Workflow commands of GitHub Actions: faults and blocked guards beside the lines they are about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.configuration.plan import Plan
from reconciler.model.diagnostic import Diagnostic, Place
from reconciler.model.errors import InvalidManifests, ReconcilerError
from reconciler.views.plan.findings import guard_place, summed_up, targeted
from reconciler.views.plan.guards import predicate
from reconciler.views.plan.mail_diff import UNSEEN, edited_text
from reconciler.views.plan.markdown_text import cut
from reconciler.views.suspensions import freeze_line
from reconciler.views.writing.escape import visible, without_commands

LONGEST = 4000
"""Characters of one message; GitHub cuts without a word at some point beyond it."""


def plan_github(plan: Plan, folder: str = "") -> str:
    """One annotation a line: blocked guards, then diagnostics, edits no sample shows, and a notice with counts and digest.

    ``folder``: the project's, relative to the repository, so that annotations stand beside its files.
    """
    return "\n".join([*_guards(plan, folder), *_diagnostics(plan.diagnostics, folder), *_edits(plan), _notice(plan)])


def failure_github(error: ReconcilerError, folder: str = "") -> str:
    """Every fault of the manifests; of another failure its own words."""
    if isinstance(error, InvalidManifests):
        return "\n".join(_diagnostics(error.diagnostics, folder))
    return _command("error", None, folder, error.summary, " ".join(filter(None, (error.detail, error.hint))))


def _guards(plan: Plan, folder: str) -> Iterator[str]:
    for guard in plan.guards:
        if guard.blocks:
            where = f" {guard.address}" if guard.address else ""
            message = predicate(guard, guard.message)
            yield _command("error", guard_place(plan, guard), folder, f"Blocked: {guard.id}{where}", message)


def _diagnostics(found: Sequence[Diagnostic], folder: str) -> Iterator[str]:
    for each in found:
        about = f"{each.address}: " if each.address else ""
        message = " ".join(filter(None, (about + each.detail, each.hint)))
        yield _command(str(each.severity), each.place if each.place.in_file else None, folder, each.summary, message)


def _edits(plan: Plan) -> Iterator[str]:
    for edit in plan.edits:
        yield _command("notice", None, "", UNSEEN, cut(f"{edited_text(edit)}: {edit.diff}", LONGEST - 40))


def _notice(plan: Plan) -> str:
    part = f"{targeted(plan)} " if plan.targets else ""
    stop = f"Applies are frozen: {freeze_line(plan.freeze)}. " if plan.freeze else ""
    return _command("notice", None, "", summed_up(plan), f"{stop}{part}Digest {plan.digest}")


def _command(level: str, place: Place | None, folder: str, title: str, message: str) -> str:
    """``::error file=…,line=…,col=…,title=…::message``: on one line, whatever the texts hold."""
    file = [f"file={_property(folder + place.file)}", f"line={place.line}", f"col={place.column}"] if place else []
    properties = ",".join([*file, f"title={_property(title)}"])
    return f"::{level} {properties}::{_data(message[:LONGEST] or title)}"


def _data(text: str) -> str:
    return without_commands(visible(text)).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
