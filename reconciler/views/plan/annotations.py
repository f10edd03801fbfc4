"""The findings of a plan beside the lines they are about: as workflow commands of GitHub Actions, and for code scanning as SARIF
2.1.0 (OASIS)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from reconciler.model.configuration.guard import Guard, GuardId
from reconciler.model.configuration.plan import Plan
from reconciler.model.diagnostic import Diagnostic, Place
from reconciler.model.errors import ReconcilerError
from reconciler.views.plan.facts import describe_summary, describe_targets
from reconciler.views.plan.markdown_text import cut
from reconciler.views.plan.sections import UNSEEN, Item, Kind, Section, list_ranked, make_fault_section
from reconciler.views.status import describe_freeze
from reconciler.views.writing.escape import visible, without_commands
from reconciler.views.writing.layout import Say

LONGEST = 4000
"""Characters of one message; GitHub cuts without a word at some point beyond it."""

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def write_plan_annotations(plan: Plan, folder: str = "", *, say: Say = str) -> str:
    """One annotation a line: blocked guards, then diagnostics, edits no sample shows, and a notice with counts and digest.

    ``folder``: the project's, relative to the repository, so that annotations stand beside its files.
    """
    part = f"{describe_targets(plan)} " if plan.targets else ""
    stop = f"Applies are frozen: {describe_freeze(plan.freeze, say)}. " if plan.freeze else ""
    notice = _command("notice", None, "", f"Plan: {describe_summary(plan)}", f"{stop}{part}Digest {plan.digest}")
    return "\n".join([*_list_annotations(_list_findings(list_ranked(plan)), folder), notice])


def write_failure_annotations(error: ReconcilerError, folder: str = "") -> str:
    """Every fault of the manifests; of another failure its own words."""
    if error.diagnostics:
        return "\n".join(_list_annotations(_list_findings([make_fault_section(error.diagnostics)]), folder))
    return _command("error", None, folder, error.summary, " ".join(filter(None, (error.detail, error.hint))))


def write_plan_sarif(plan: Plan, version: str, folder: str = "") -> dict[str, Any]:
    """The same findings as results. ``version``: ours; ``folder``: the project's, relative to the repository."""
    return _log(_list_findings(list_ranked(plan)), version, folder)


def write_failure_sarif(error: ReconcilerError, version: str, folder: str = "") -> dict[str, Any]:
    """Every fault of the manifests; another failure is a notification of the tool, without results."""
    if error.diagnostics:
        return _log(_list_findings([make_fault_section(error.diagnostics)]), version, folder)
    return _log([], version, folder, failed=" ".join(filter(None, (f"{error.summary}.", error.detail, error.hint))))


_GUARDS = {
    GuardId.DELETIONS: "Many resources would be deleted at once",
    GuardId.PROTECTED: "A protected resource would be deleted or lose its protection",
    GuardId.IN_FLIGHT: "Something open still needs what would be deleted",
    GuardId.WEAKENING: "Control would get weaker",
    GuardId.OWNERSHIP: "A resource would be taken over from another owner",
}


@dataclass(frozen=True, slots=True)
class _Finding:
    """``level``: error, warning or note. ``rule``: a stable id, ``title`` says it in words. ``headline`` and ``message``: of an
    annotation; ``text``: where nothing stands above it. ``about``: the resource, for the fingerprint."""

    level: str
    rule: str
    title: str
    headline: str
    message: str
    text: str
    about: str
    place: Place | None = None


def _guard_finding(item: Item) -> _Finding:
    guard: Guard = item.value
    about = str(guard.address or "")
    text = guard.message if guard.message.startswith(about) else f"{about}: {guard.message}"
    headline = f"Blocked: {guard.id}" + (f" {about}" if guard.address else "")
    return _Finding("error", f"guard/{guard.id}", _GUARDS[guard.id], headline, item.text, text, about, item.place)


def _diagnostic_finding(item: Item) -> _Finding:
    found: Diagnostic = item.value
    about = str(found.address or "")
    lead = f"{about}:" if about else ""
    message = " ".join(filter(None, (f"{lead} {found.detail}" if lead else found.detail, found.hint)))
    text = " ".join(filter(None, (lead, found.detail or f"{found.summary}.", found.hint)))
    rule = "".join(letter if letter.isalnum() else "-" for letter in found.summary.lower()).strip("-")
    return _Finding(
        str(found.severity),
        f"diagnostic/{visible(rule)}",
        visible(found.summary),
        found.summary,
        message,
        text,
        about,
        item.place,
    )


def _edit_finding(item: Item) -> _Finding:
    text = f"{item.text}: {item.value.diff}"
    return _Finding("note", "template/unseen", UNSEEN, UNSEEN, text, text, item.value.template)


_FINDINGS: Mapping[Kind, Callable[[Item], _Finding]] = {
    Kind.BLOCKED: _guard_finding,
    Kind.DIAGNOSTICS: _diagnostic_finding,
    Kind.UNSEEN: _edit_finding,
}
"""What is worth an annotation."""


def _list_findings(sections: Iterable[Section]) -> list[_Finding]:
    """In the order of the text."""
    makers = ((_FINDINGS[each.sort.kind], each.items) for each in sections if each.sort.kind in _FINDINGS)
    return [maker(item) for maker, items in makers for item in items]


def _list_annotations(findings: Iterable[_Finding], folder: str) -> Iterator[str]:
    for each in findings:
        place = each.place if each.place and each.place.in_file else None
        note = each.level == "note"
        message = cut(each.message, LONGEST - 40) if note else each.message
        yield _command("notice" if note else each.level, place, folder, each.headline, message)


def _command(level: str, place: Place | None, folder: str, title: str, message: str) -> str:
    """``::error file=…,line=…,col=…,title=…::message``: on one line, whatever the texts hold."""
    file = [f"file={_property(folder + place.file)}", f"line={place.line}", f"col={place.column}"] if place else []
    properties = ",".join([*file, f"title={_property(title)}"])
    return f"::{level} {properties}::{_data(message[:LONGEST] or title)}"


def _data(text: str) -> str:
    return without_commands(visible(text)).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _log(findings: Sequence[_Finding], version: str, folder: str, *, failed: str = "") -> dict[str, Any]:
    rules = sorted({finding.rule: finding.title for finding in findings}.items())
    index = {rule: number for number, (rule, _) in enumerate(rules)}
    driver = {
        "name": "reconciler",
        "version": version,
        "rules": [{"id": rule, "shortDescription": {"text": title}} for rule, title in rules],
    }
    notes = [{"level": "error", "message": _message(failed)}] if failed else []
    invocation = {"executionSuccessful": not failed, **({"toolExecutionNotifications": notes} if notes else {})}
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, index, folder) for finding in findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(finding: _Finding, index: dict[str, int], folder: str) -> dict[str, Any]:
    place = finding.place
    located = {"locations": [_location(place, folder)]} if place and place.in_file else {}
    about = finding.about or (place and place.file)
    return {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": finding.level,
        "message": _message(finding.text),
        **located,
        "partialFingerprints": {"reconciler/v1": visible(f"{finding.rule} {about}")},
    }


def _location(place: Place, folder: str) -> dict[str, Any]:
    uri = quote(folder + place.file, errors="replace")
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri},
            "region": {"startLine": max(1, place.line), "startColumn": max(1, place.column)},
        }
    }


def _message(text: str) -> dict[str, str]:
    """Plain text: brackets would be links to whoever reads a message as SARIF's own (3.11.6 of the standard)."""
    return {"text": visible(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")}
