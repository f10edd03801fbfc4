"""plan --out and apply PLANFILE: a plan with everything it needs, kept so that exactly this is applied later or nothing."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from reconciler.kinds.reading.decode import world_of
from reconciler.model.canonical import hash_bytes, write_exact_json
from reconciler.model.configuration.address import Address, parse_address
from reconciler.model.configuration.guard import Acknowledgement, Allowance, GuardId
from reconciler.model.configuration.plan import Plan
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.selector import Selector, parse_selector
from reconciler.model.diagnostic import Diagnostic, Place, Severity
from reconciler.model.errors import Stale, StateFault
from reconciler.model.wording import Given, Sentence
from reconciler.model.written import ODD, fitting, read_back
from reconciler.operations.configuration.apply_changes import Applied, ApplyOptions, apply_desired, require_unapplied
from reconciler.operations.configuration.desired import Desired, read_against, read_others
from reconciler.operations.configuration.guarded import write_acknowledgement
from reconciler.operations.configuration.plan_changes import make_plan_with_facts
from reconciler.operations.configuration.preview_mail import Preview
from reconciler.operations.configuration.prove_state import require_sound
from reconciler.operations.configuration.target_changes import TargetMissed
from reconciler.operations.context.workspace import Workspace
from reconciler.sources.plan_files import read_plan_file, seal, unseal, write_plan_file
from reconciler.views.plan.json import PLAN

_AGAIN = "Plan again and have the new plan reviewed. Nothing was changed."


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What a plan file holds. ``lineage`` is None where the plan was made before the first apply."""

    desired: Desired
    lineage: str | None
    environment: str | None
    digest: str
    allowed: tuple[Allowance, ...]


def plan_to_file(
    workspace: Workspace,
    path: Path,
    allowed: tuple[Allowance, ...] = (),
    *,
    preview: Preview = Preview.SOME,
    targets: tuple[Selector, ...] = (),
) -> Plan:
    """The plan for the manifests as they are now, kept in a file unless a guard blocks it: it could not be applied.

    Writes the file and, where there is none, the key beside the state; nothing else.
    """
    desired = replace(read_against(workspace).require_valid(), targets=targets)
    snapshot = workspace.state.snapshots.read()
    require_sound(workspace, snapshot)
    plan = make_plan_with_facts(workspace, desired, snapshot, allowed, preview=preview)
    if not plan.blocked:
        body = write_exact_json(_body(desired, plan, allowed)).encode()
        write_plan_file(path, seal(body, workspace.plan_keys.made()), workspace.root)
    return plan


def apply_file(workspace: Workspace, path: Path, options: ApplyOptions) -> Applied:
    """Apply what the file holds, whatever the manifests on the disk say by now; see `apply_desired`.

    Raises `Stale`, in its own words each, for a file that is altered, cut short, of another key, project, environment or
    format, and where the plan for it is another one now.
    """
    saved = read_saved(workspace, path)
    stored = workspace.state.snapshots.read()
    if saved.lineage != stored.lineage:
        require_unapplied(workspace, saved.digest)
        raise _other_state(saved.lineage, stored.lineage)
    options = replace(options, allowed=saved.allowed, review=lambda plan: _require_same(workspace, saved, plan))
    try:
        return apply_desired(workspace, saved.desired, options)
    except TargetMissed as fault:
        raise Stale("The plan file is stale", f"{fault.detail} When it was made, it did.", _AGAIN) from fault


def read_saved(workspace: Workspace, path: Path) -> SavedPlan:
    """What the file holds, checked."""
    body = unseal(read_plan_file(path), workspace.plan_keys.existing())
    workspace.plan_keys.narrow(path)
    try:
        saved = _read_saved(workspace, read_back(body.decode()))
        if not fitting(SavedPlan)(saved):
            raise ValueError("something in it is of another type")
        return saved
    except (StateFault, *ODD) as fault:
        detail = "It is whole and authentic, but does not hold what this version of reconciler needs."
        raise Stale("The plan file is of another version", detail, "Apply it with the version that made it.") from fault


def _require_same(workspace: Workspace, saved: SavedPlan, plan: Plan) -> None:
    if saved.environment != plan.environment:
        raise Stale(
            "The plan file is of another environment",
            f"It was made for {saved.environment or 'no environment'}; this is {plan.environment or 'none'}.",
            Sentence("Apply it with the ", Given("env"), " it was made with. Nothing was changed."),
        )
    if saved.digest != plan.digest:
        require_unapplied(workspace, saved.digest)
        raise Stale(
            "The plan file is stale",
            f"It has digest {saved.digest}; on the state as it is now its plan would be {plan.digest}: what it changes, or "
            "what that refers to, was changed since it was made, or what allowed it has expired.",
            _AGAIN,
        )


def _other_state(saved: str | None, stored: str | None) -> Stale:
    if saved is None:
        detail = "It was made before anything had been applied; since then something has."
        return Stale("The plan file is stale", detail, _AGAIN)
    detail = f"It was made for the state with lineage {saved}; this one has {stored or 'none, for nothing is applied'}."
    return Stale(
        "The plan file is of another state",
        detail,
        Sentence("Apply it with the ", Given("state"), " it was made with."),
    )


def _body(desired: Desired, plan: Plan, allowed: tuple[Allowance, ...]) -> dict[str, Any]:
    return {
        "lineage": plan.lineage,
        "environment": plan.environment,
        "digest": plan.digest,
        "allowed": [_allowance_data(each) for each in allowed],
        "targets": list(plan.targets),
        "acknowledgements": [
            {**write_acknowledgement(entry), "place": _place_data(entry.place)} for entry in desired.acknowledgements
        ],
        "diagnostics": [_diagnostic_data(each) for each in desired.diagnostics],
        "records": [_record_data(record) for _, record in sorted(desired.records.items())],
        "blobs": {digest: b64encode(content).decode() for digest, content in sorted(desired.blobs.items())},
        "plan": PLAN.write(plan),
    }


def _read_saved(workspace: Workspace, data: Mapping[str, Any]) -> SavedPlan:
    records = {record.address: record for record in map(_record_from, data["records"])}
    desired = Desired(
        world=world_of(records.values(), workspace.registry),
        records=records,
        blobs={digest: _content(digest, content) for digest, content in data["blobs"].items()},
        diagnostics=tuple(map(_diagnostic_from, data["diagnostics"])),
        acknowledgements=tuple(map(_acknowledgement_from, data["acknowledgements"])),
        targets=tuple(map(_selector_from, data["targets"])),
    )
    allowed = tuple(map(_allowance_from, data["allowed"]))
    return SavedPlan(
        desired.beside(read_others(workspace)), data["lineage"], data["environment"], data["digest"], allowed
    )


def _record_data(record: Record) -> dict[str, Any]:
    """Every field by its own name: what a record gains later is kept without a word here."""
    named = {field.name: getattr(record, field.name) for field in fields(record) if field.init}
    return {**named, "address": str(record.address)}


def _record_from(data: Mapping[str, Any]) -> Record:
    return Record(**{**data, "address": _address_from(data["address"])})


def _allowance_data(allowance: Allowance) -> dict[str, Any]:
    return {
        "guard": str(allowance.guard),
        "address": str(allowance.address) if allowance.address else None,
    }


def _allowance_from(data: Mapping[str, Any]) -> Allowance:
    return Allowance(GuardId(data["guard"]), _address_from(data["address"]) if data["address"] else None)


def _acknowledgement_from(data: Mapping[str, Any]) -> Acknowledgement:
    until = date.fromisoformat(data["until"]) if data["until"] else None
    return Acknowledgement(_allowance_from(data), data["reason"], until, _place_from(data["place"]))


def _diagnostic_data(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "severity": str(diagnostic.severity),
        "summary": diagnostic.summary,
        "detail": diagnostic.detail,
        "place": _place_data(diagnostic.place),
        "address": str(diagnostic.address) if diagnostic.address else None,
        "hint": diagnostic.hint,
        "more": diagnostic.more,
    }


def _diagnostic_from(data: Mapping[str, Any]) -> Diagnostic:
    address = _address_from(data["address"]) if data["address"] else None
    place = _place_from(data["place"])
    severity, more = Severity(data["severity"]), data.get("more", 0)
    return Diagnostic(severity, data["summary"], data["detail"], place, address, data["hint"], more)


def _place_data(place: Place) -> list[Any]:
    return [place.file, place.line, place.column]


def _place_from(data: list[Any]) -> Place:
    return Place(data[0], data[1], data[2])


def _content(digest: str, text: str) -> bytes:
    content = b64decode(text)
    if hash_bytes(content) != digest:
        raise ValueError("a content is not what its digest says")
    return content


def _selector_from(text: str) -> Selector:
    selector = parse_selector(text)
    if selector is None:
        raise ValueError(f"{text} is no selector")
    return selector


def _address_from(text: str) -> Address:
    address = parse_address(text)
    if address is None:
        raise ValueError(f"{text} is no address")
    return address
