"""The JSON Schema (draft-07, which editors read) of the file acknowledgements.yaml."""

from __future__ import annotations

from typing import Any

from reconciler.model.configuration.guard import GuardId

GUARDS = tuple(guard.value for guard in GuardId if guard is not GuardId.IN_FLIGHT)


def acknowledgements_schema() -> dict[str, Any]:
    """A list of entries, each of which lets a guard pass until a day."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Acknowledgements of reconciler",
        "description": "What somebody with the right to it has allowed, in writing.",
        "type": ["array", "null"],
        "items": {
            "type": "object",
            "required": ["guard", "reason"],
            "properties": {
                "guard": {"enum": list(GUARDS), "description": "The guard that is to let the change pass."},
                "address": {
                    "type": "string",
                    "pattern": "^[^/]+/.+$",
                    "patternErrorMessage": "Write an address: Kind/name.",
                    "description": "The one resource it is about: Kind/name. Required by every guard but deletions.",
                },
                "reason": {"type": "string", "minLength": 1, "description": "Why, for those who read it later."},
                "until": {
                    "type": "string",
                    "pattern": r"^\d{4}-\d\d-\d\d$",
                    "patternErrorMessage": "Write a day: 2027-01-31.",
                    "description": "The last day on which it holds.",
                },
            },
            "additionalProperties": False,
        },
    }
