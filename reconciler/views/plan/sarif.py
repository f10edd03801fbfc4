"""Faults and blocked guards as SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from reconciler.model.configuration.guard import Guard, GuardId
from reconciler.model.configuration.plan import Plan
from reconciler.model.diagnostic import Diagnostic, Place
from reconciler.model.errors import InvalidManifests, ReconcilerError
from reconciler.views.plan.findings import guard_place
from reconciler.views.plan.mail_diff import UNSEEN, edited_text
from reconciler.views.writing.escape import visible

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_GUARDS = {
    GuardId.DELETIONS: "Many resources would be deleted at once",
    GuardId.PROTECTED: "A protected resource would be deleted or lose its protection",
    GuardId.IN_FLIGHT: "Something open still needs what would be deleted",
    GuardId.WEAKENING: "Control would get weaker",
    GuardId.OWNERSHIP: "A resource would be taken over from another owner",
}


@dataclass(frozen=True, slots=True)
class _Finding:
    """One result. ``rule``: a stable id, ``title`` says it in words; ``about``: the resource, for the fingerprint."""

    rule: str
    title: str
    level: str
    text: str
    about: str
    place: Place | None


def plan_sarif(plan: Plan, version: str, folder: str = "") -> dict[str, Any]:
    """Diagnostics, blocked guards and edits that no sample shows as results.

    ``version``: ours; ``folder``: the project's, relative to the repository.
    """
    guards = [_of_guard(plan, guard) for guard in plan.guards if guard.blocks]
    edits = [
        _Finding("template/unseen", UNSEEN, "note", f"{edited_text(each)}: {each.diff}", each.template, None)
        for each in plan.edits
    ]
    return _log([*guards, *map(_of_diagnostic, plan.diagnostics), *edits], version, folder, failed="")


def failure_sarif(error: ReconcilerError, version: str, folder: str = "") -> dict[str, Any]:
    """Every fault of the manifests; another failure is a notification of the tool, without results."""
    if isinstance(error, InvalidManifests):
        return _log(list(map(_of_diagnostic, error.diagnostics)), version, folder, failed="")
    return _log([], version, folder, failed=" ".join(filter(None, (f"{error.summary}.", error.detail, error.hint))))


def _of_guard(plan: Plan, guard: Guard) -> _Finding:
    about = str(guard.address or "")
    text = guard.message if guard.message.startswith(about) else f"{about}: {guard.message}"
    return _Finding(f"guard/{guard.id}", _GUARDS[guard.id], "error", text, about, guard_place(plan, guard))


def _of_diagnostic(found: Diagnostic) -> _Finding:
    about = str(found.address or "")
    text = " ".join(filter(None, (f"{about}:" if about else "", found.detail or f"{found.summary}.", found.hint)))
    rule = "".join(letter if letter.isalnum() else "-" for letter in found.summary.lower()).strip("-")
    return _Finding(
        f"diagnostic/{visible(rule)}", visible(found.summary), str(found.severity), text, about, found.place
    )


def _log(findings: Sequence[_Finding], version: str, folder: str, *, failed: str) -> dict[str, Any]:
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
        "results": list(_results(findings, index, folder)),
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _results(findings: Iterable[_Finding], index: dict[str, int], folder: str) -> Iterable[dict[str, Any]]:
    for finding in findings:
        place = finding.place
        located = {"locations": [_location(place, folder)]} if place and place.in_file else {}
        yield {
            "ruleId": finding.rule,
            "ruleIndex": index[finding.rule],
            "level": finding.level,
            "message": _message(finding.text),
            **located,
            "partialFingerprints": {
                "reconciler/v1": visible(f"{finding.rule} {finding.about or (place and place.file)}")
            },
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
