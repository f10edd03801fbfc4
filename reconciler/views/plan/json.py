"""Plans as JSON: everything, whatever the length. `plan_schema` says the same as a JSON Schema."""

from __future__ import annotations

from typing import Any

from reconciler.model.configuration.change import Change, FieldChange, MailDiff, TemplateEdit
from reconciler.model.configuration.control import ControlChange
from reconciler.model.configuration.guard import Guard
from reconciler.model.configuration.plan import Impact, Plan
from reconciler.views.diagnostics import diagnostics_json
from reconciler.views.suspensions import freeze_json, suspension_json
from reconciler.views.writing.json_text import FORMAT_VERSION, json_moment


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan as commands print it with ``--format json``."""
    return {
        "formatVersion": FORMAT_VERSION,
        "lineage": plan.lineage,
        "serial": plan.serial,
        "environment": plan.environment,
        "digest": plan.digest,
        "targets": list(plan.targets),
        "leftOut": plan.left_out,
        "summary": plan.summary,
        "changes": [_change_json(change) for change in plan.changes],
        "templateEdits": [_edit_json(edit) for edit in plan.edits],
        "control": [_control_json(change) for change in plan.control],
        "guards": [_guard_json(guard) for guard in plan.guards],
        "impact": _impact_json(plan.impact),
        "suspensions": [suspension_json(suspension) for suspension in plan.suspensions],
        "freeze": freeze_json(plan.freeze) if plan.freeze else None,
        "diagnostics": diagnostics_json(plan.diagnostics),
    }


def _change_json(change: Change) -> dict[str, Any]:
    record = change.after or change.before
    file, _, line = (record.source if record else "").rpartition(":")
    moved = {"previousAddress": str(change.previous)} if change.previous else {}
    return {
        "address": str(change.address),
        **moved,
        "action": str(change.action),
        "owner": change.owner,
        "reason": change.reason,
        **({"lastUsed": json_moment(change.last_use.at)} if change.last_use else {}),
        "source": {"file": file, "line": int(line)} if file and line.isdecimal() and line.isascii() else None,
        "fields": [_field_json(field) for field in change.fields] or _stated_json(change),
        "messages": [_message_json(message) for message in change.messages],
    }


def _stated_json(change: Change) -> list[dict[str, Any]]:
    """What a created resource says beyond defaults, in the form of changes from nothing."""
    return [{"path": path, "before": None, "after": value} for path, value in change.stated.items()]


def _field_json(field: FieldChange) -> dict[str, Any]:
    shown = {"path": field.path, "before": field.before, "after": field.after}
    if field.added is not None:
        shown["added"] = list(field.added)
    if field.removed is not None:
        shown["removed"] = list(field.removed)
    return shown


def _message_json(message: MailDiff) -> dict[str, Any]:
    return {
        "address": str(message.address),
        "sample": message.sample,
        "slot": message.slot,
        "to": message.to,
        "subject": message.subject,
        "changed": message.changed,
        "diff": message.diff,
        "alike": [str(address) for address in message.alike],
    }


def _edit_json(edit: TemplateEdit) -> dict[str, Any]:
    return {
        "template": edit.template,
        "new": edit.new,
        "addresses": [str(address) for address in edit.addresses],
        "diff": edit.diff,
    }


def _control_json(change: ControlChange) -> dict[str, Any]:
    return {
        "type": change.type,
        "stage": change.stage,
        "fact": change.fact,
        "before": change.before,
        "after": change.after,
        "effect": str(change.shift),
        "because": str(change.because),
        "gained": list(change.gained),
        "lost": list(change.lost),
    }


def _guard_json(guard: Guard) -> dict[str, Any]:
    return {
        "id": str(guard.id),
        "address": str(guard.address) if guard.address else None,
        "message": guard.message,
        "allowed": bool(guard.allowed),
        "allowedBy": guard.allowed,
        "numbers": dict(guard.numbers),
    }


def _impact_json(impact: Impact) -> dict[str, Any]:
    return {
        "tasks": [str(address) for address in impact.tasks],
        "processes": [str(address) for address in impact.processes],
        "recipients": list(impact.recipients),
        "externalDomains": list(impact.external_domains),
        "newExternalDomains": list(impact.new_external_domains),
        "requests": list(impact.requests),
        "effects": list(impact.effects),
        "deliver": impact.deliver,
        "withheld": list(impact.withheld),
        "released": {"messages": len(impact.released), "recipients": list(impact.released_to)},
    }
