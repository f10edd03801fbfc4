"""The JSON Schema (draft 2020-12) of the JSON plan, for pipelines that read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.configuration.change import Action
from reconciler.model.configuration.control import Shift
from reconciler.model.configuration.guard import GuardId
from reconciler.model.diagnostic import Severity

Schema = dict[str, Any]


def plan_schema() -> Schema:
    """What `plan_json` gives. Unknown keys are allowed everywhere: a larger minor version only adds keys."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A plan of reconciler",
        "description": "What `reconciler plan --format json` prints when the manifests are valid.",
        **_object(
            {
                "formatVersion": {
                    "type": "string",
                    "pattern": r"^1\.\d+$",
                    "description": "A larger minor part adds keys.",
                },
                "lineage": _or_null(_TEXT, "Id of this state's history; null until the first apply."),
                "serial": {**_COUNT, "description": "Commits of resources so far."},
                "environment": _or_null(_TEXT, "Null without environments."),
                "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "Fingerprint of this plan."},
                "targets": _list(_TEXT, "Selectors the plan was asked for; empty where for everything."),
                "leftOut": {**_COUNT, "description": "Changes that no target hits."},
                "summary": _SUMMARY,
                "changes": _list(_CHANGE, "In the order they are carried out."),
                "templateEdits": _list(_EDIT, "Edited, but no sample shows it: as source, once for each template."),
                "control": _list(_CONTROL, "How who decides shifts."),
                "guards": _list(_GUARD, "Guards that tripped, allowed or not."),
                "impact": _IMPACT,
                "suspensions": _list(_SUSPENSION, "Stops in force, which no apply lifts."),
                "freeze": {**_FREEZE, "description": "A person's stop on all applies; null where there is none."},
                "diagnostics": _list(_DIAGNOSTIC, "Warnings; with an error there is no plan."),
            }
        ),
    }


_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_ADDRESS: Schema = {"type": "string", "pattern": "^[^/]+/.+$", "description": "Kind/name"}
_MOMENT: Schema = {"type": "string", "format": "date-time", "description": "UTC"}


def _object(properties: Mapping[str, Schema], *, optional: tuple[str, ...] = (), description: str = "") -> Schema:
    """An object whose properties are required but for those named."""
    said = {"description": description} if description else {}
    required = [name for name in properties if name not in optional]
    return {"type": "object", **said, "required": required, "properties": dict(properties)}


def _list(items: Schema, description: str = "") -> Schema:
    return {"type": "array", **({"description": description} if description else {}), "items": items}


def _or_null(schema: Schema, description: str = "") -> Schema:
    return {**schema, "type": [schema["type"], "null"], **({"description": description} if description else {})}


def _one_of(*values: str) -> Schema:
    return {"enum": [str(value) for value in values]}


_SUMMARY = _object(
    dict.fromkeys(("create", "update", "delete", "move", "unchanged"), _COUNT),
    description="Counts; move counts changes that have a previousAddress.",
)

_FIELD = _object(
    {
        "path": {"type": "string", "description": "JSON Pointer (RFC 6901) below the resource, as in /spec/uri."},
        "before": {"description": "Null where it was absent."},
        "after": {"description": "Null where it is absent."},
        "added": _list({}, "Of a list that is a set: what joined."),
        "removed": _list({}, "Of a list that is a set: what left."),
    },
    optional=("added", "removed"),
)

_MESSAGE = _object(
    {
        "address": {
            **_ADDRESS,
            "description": "Whose words the mail has; the change above may be of what it hangs on.",
        },
        "sample": {"type": "string", "description": "typical or awkward"},
        "slot": {"type": "string", "description": "task, start, completed; subject for that of requests"},
        "to": {"type": "string", "description": "Who gets it, in words."},
        "subject": _TEXT,
        "changed": {
            "type": "boolean",
            "description": "False: a template was edited, and on this sample it reads the same.",
        },
        "diff": {"type": "string", "description": "Unified, over headers, subject and both bodies."},
        "alike": _list(_ADDRESS, "Other resources whose mail changes in the very same way."),
    }
)

_CHANGE = _object(
    {
        "address": _ADDRESS,
        "previousAddress": {**_ADDRESS, "description": "Where a move comes from."},
        "action": _one_of(*Action),
        "owner": _TEXT,
        "reason": _TEXT,
        "lastUsed": {
            **_or_null(_MOMENT),
            "description": "Of a delete: when a request or message last came through it.",
        },
        "source": _or_null(_object({"file": _TEXT, "line": {"type": "integer", "minimum": 1}})),
        "fields": _list(_FIELD, "What changes; of a new resource what it says beyond the defaults."),
        "messages": _list(_MESSAGE, "How the mail people get changes."),
    },
    optional=("previousAddress", "lastUsed"),
)

_EDIT = _object(
    {
        "template": {"type": "string", "description": "Its name in the templates folder, or builtin:NAME."},
        "new": {"type": "boolean", "description": "Whether there was no such template before."},
        "addresses": _list(_ADDRESS, "Whose changes it comes with."),
        "diff": {"type": "string", "description": "Unified, of the source, without file lines."},
    }
)

_CONTROL = _object(
    {
        "type": {"type": "string", "description": "Name of the ApprovalType; empty for what is not of one."},
        "stage": _TEXT,
        "fact": {"type": "string", "description": "A constant phrase: approvers, quorum, TLS."},
        "before": _TEXT,
        "after": _TEXT,
        "effect": _one_of(*Shift),
        "because": _ADDRESS,
        "gained": _list(_TEXT, "Of people: who joined."),
        "lost": _list(_TEXT, "Of people: who left."),
    }
)

_GUARD = _object(
    {
        "id": _one_of(*GuardId),
        "address": _or_null(_ADDRESS, "Null for what concerns them all."),
        "message": _TEXT,
        "allowed": {"type": "boolean", "description": "False: it blocks the apply."},
        "allowedBy": {"type": "string", "description": "What lets it pass; empty when nothing does."},
        "numbers": {"type": "object", "additionalProperties": {"type": "integer"}},
    }
)

_IMPACT = _object(
    {
        "tasks": _list(_ADDRESS),
        "processes": _list(_ADDRESS),
        "recipients": _list(_TEXT, "Addresses that may get mail through what changes."),
        "externalDomains": _list(_TEXT, "Of these, outside the project's domains."),
        "newExternalDomains": _list(_TEXT, "Of these, not reached by the stored state."),
        "requests": _list(_TEXT, "Ids of pending requests that a change touches."),
        "effects": _list(_TEXT),
        "deliver": {**_one_of("all", "redirect", "hold"), "description": "How the project delivers mail afterwards."},
        "withheld": _list(_TEXT, "Addresses the mail is meant for that do not get it so."),
        "released": _object(
            {"messages": _COUNT, "recipients": _list(_TEXT)},
            description="Messages held back until now that leave after the change, and whom they go to.",
        ),
    },
    description="How far the changes reach.",
)

_SUSPENSION = _object({"address": _ADDRESS, "actor": _TEXT, "at": _MOMENT, "reason": _TEXT, "until": _or_null(_MOMENT)})

_FREEZE = _or_null(_object({"actor": _TEXT, "operator": _TEXT, "at": _MOMENT, "reason": _TEXT}))

_DIAGNOSTIC = _object(
    {
        "severity": _one_of(*Severity),
        "summary": _TEXT,
        "detail": _TEXT,
        "address": _or_null(_ADDRESS),
        "file": _TEXT,
        "line": {"type": "integer", "minimum": 1},
        "column": {"type": "integer", "minimum": 1},
        "hint": _TEXT,
    }
)
