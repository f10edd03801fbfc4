"""Plans as JSON, whole whatever their length, and the JSON Schemas that are published: of such a plan (draft 2020-12), and of
acknowledgements.yaml, which lets a guard of it pass (draft-07, which editors read).

What is written and what the schema says of it are one declaration: a fact that is added here is in both.
"""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change, FieldChange
from reconciler.model.configuration.control import Shift
from reconciler.model.configuration.guard import GuardId
from reconciler.views.diagnostics import DIAGNOSTIC
from reconciler.views.plan.sections import find_declared_place
from reconciler.views.status import FREEZE, SUSPENSION
from reconciler.views.writing.json_text import (
    POSITION,
    TEXT_OR_NULL,
    Form,
    Key,
    Schema,
    document,
    itself,
    list_of,
    one_of,
    or_null,
    shape,
)


def acknowledgements_schema() -> Schema:
    """A list of entries, each of which lets a guard pass until a day."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Acknowledgements of reconciler",
        "description": "What somebody with the right to it has allowed, in writing.",
        "type": ["array", "null"],
        "items": {**_ACKNOWLEDGEMENT.schema, "additionalProperties": False},
    }


def _fields(change: Change) -> tuple[FieldChange, ...]:
    """What changes; what a created resource says beyond defaults, in the form of changes from nothing."""
    return change.fields or tuple(FieldChange(path, None, value) for path, value in change.stated.items())


_FIELD = shape(
    Key("path", str, "JSON Pointer (RFC 6901) below the resource, as in /spec/uri."),
    Key("before", object, "Null where it was absent."),
    Key("after", object, "Null where it is absent."),
    Key("added", list[object], "Of a list that is a set: what joined.", optional="added"),
    Key("removed", list[object], "Of a list that is a set: what left.", optional="removed"),
)

_MESSAGE = shape(
    Key("address", Address, "Whose words the mail has; the change above may be of what it hangs on."),
    Key("sample", str, "typical or awkward"),
    Key("slot", str, "task, start, completed; subject for that of requests"),
    Key("to", str, "Who gets it, in words."),
    Key("subject", str),
    Key("changed", bool, "False: a template was edited, and on this sample it reads the same."),
    Key("diff", str, "Unified, over headers, subject and both bodies."),
    Key("alike", list[Address], "Other resources whose mail changes in the very same way."),
)

_CHANGE = shape(
    Key("address", Address),
    Key("previousAddress", Address, "Where a move comes from.", take="previous", optional="previous"),
    Key("action", Action),
    Key("owner", str),
    Key("reason", str),
    Key(
        "lastUsed",
        datetime | None,
        "Of a delete: when a request or message last came through it.",
        take="last_use.at",
        optional="last_use",
    ),
    Key("source", or_null(shape(Key("file", str), Key("line", POSITION))), take=find_declared_place),
    Key("fields", list_of(_FIELD), "What changes; of a new resource what it says beyond the defaults.", take=_fields),
    Key("messages", list_of(_MESSAGE), "How the mail people get changes."),
)

_EDIT = shape(
    Key("template", str, "Its name in the templates folder, or builtin:NAME."),
    Key("new", bool, "Whether there was no such template before."),
    Key("addresses", list[Address], "Whose changes it comes with."),
    Key("diff", str, "Unified, of the source, without file lines."),
)

_CONTROL = shape(
    Key("type", str, "Name of the ApprovalType; empty for what is not of one."),
    Key("stage", str),
    Key("fact", str, "A constant phrase: approvers, quorum, TLS."),
    Key("before", str),
    Key("after", str),
    Key("effect", Shift, take="shift"),
    Key("because", Address),
    Key("gained", list[str], "Of people: who joined."),
    Key("lost", list[str], "Of people: who left."),
)

_GUARD = shape(
    Key("id", GuardId),
    Key("address", Address | None, "Null for what concerns them all."),
    Key("message", str),
    Key("allowed", bool, "False: it blocks the apply."),
    Key("allowedBy", str, "What lets it pass; empty when nothing does.", take="allowed"),
    Key("numbers", Form({"type": "object", "additionalProperties": {"type": "integer"}}, dict)),
)

_RELEASED = shape(
    Key("messages", int, take=lambda impact: len(impact.released)),
    Key("recipients", list[str], take="released_to"),
    description="Messages held back until now that leave after the change, and whom they go to.",
)

_IMPACT = shape(
    Key("tasks", list[Address]),
    Key("processes", list[Address]),
    Key("recipients", list[str], "Addresses that may get mail through what changes."),
    Key("externalDomains", list[str], "Of these, outside the project's domains."),
    Key("newExternalDomains", list[str], "Of these, not reached by the stored state."),
    Key("requests", list[str], "Ids of pending requests that a change touches."),
    Key("effects", list[str]),
    Key("deliver", one_of("all", "redirect", "hold"), "How the project delivers mail afterwards."),
    Key("withheld", list[str], "Addresses the mail is meant for that do not get it so."),
    Key("released", _RELEASED, take=itself),
    description="How far the changes reach.",
)

_SUMMARY = shape(
    *(Key(name, int, take=itemgetter(name)) for name in ("create", "update", "delete", "move", "unchanged")),
    description="Counts; move counts changes that have a previousAddress.",
)

PLAN = document(
    "A plan of reconciler",
    Key("lineage", str | None, "Id of this state's history; null until the first apply."),
    Key("serial", int, "Commits of resources so far."),
    Key("environment", str | None, "Null without environments."),
    Key("digest", Form({"type": "string", "pattern": "^[0-9a-f]{64}$"}), "Fingerprint of this plan."),
    Key("targets", list[str], "Selectors the plan was asked for; empty where for everything."),
    Key("leftOut", int, "Changes that no target hits."),
    Key("summary", _SUMMARY),
    Key("changes", list_of(_CHANGE), "In the order they are carried out."),
    Key("templateEdits", list_of(_EDIT), "Edited, but no sample shows it: as source, once for each template.", "edits"),
    Key("control", list_of(_CONTROL), "How who decides shifts."),
    Key("guards", list_of(_GUARD), "Guards that tripped, allowed or not."),
    Key("impact", _IMPACT),
    Key("suspensions", list_of(SUSPENSION), "Stops in force, which no apply lifts."),
    Key("freeze", or_null(FREEZE), "A person's stop on all applies; null where there is none."),
    Key("diagnostics", list_of(DIAGNOSTIC), "Warnings; with an error there is no plan."),
    when=" when the manifests are valid",
)
"""Of a `Plan`; tests hold that every field of it and of what is in it has a key."""

APPLIED = document(
    "What an apply did",
    Key("serial", int),
    Key("summary", _SUMMARY),
    Key("digest", str, "Of the plan."),
    Key("journalHead", TEXT_OR_NULL, "SEQUENCE:HASH, after it."),
)
"""Of a `Plan`, with ``serial`` and ``journalHead`` after it."""

_ACKNOWLEDGEMENT = shape(
    Key(
        "guard",
        one_of(*(guard for guard in GuardId if guard is not GuardId.IN_FLIGHT)),
        "The guard that is to let the change pass.",
    ),
    Key(
        "address",
        Form(
            {"type": "string", "pattern": "^[^/]+/.+$", "patternErrorMessage": "Write an address: Kind/name."},
        ),
        "The one resource it is about: Kind/name. Required by every guard but deletions.",
        optional="address",
    ),
    Key("reason", Form({"type": "string", "minLength": 1}), "Why, for those who read it later."),
    Key(
        "until",
        Form(
            {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$", "patternErrorMessage": "Write a day: 2027-01-31."},
        ),
        "The last day on which it holds.",
        optional="until",
    ),
)
