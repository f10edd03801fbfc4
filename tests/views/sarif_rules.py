"""What SARIF 2.1.0 (OASIS Standard, 27 March 2020) asks of the parts we write: a schema of our own words, closed, so that
no property slips in that the standard does not have, and the rules a schema cannot say."""

from __future__ import annotations

import re
from typing import Any


def _closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


_TEXT = {"type": "string", "minLength": 1}
_MESSAGE = _closed({"text": _TEXT}, "text")  # 3.11
_LEVEL = {"enum": ["none", "note", "warning", "error"]}  # 3.27.10
_NUMBER = {"type": "integer", "minimum": 1}
_REGION = _closed({"startLine": _NUMBER, "startColumn": _NUMBER}, "startLine")  # 3.30
_ARTIFACT = _closed({"uri": _TEXT}, "uri")  # 3.4
_LOCATION = _closed(
    {"physicalLocation": _closed({"artifactLocation": _ARTIFACT, "region": _REGION}, "artifactLocation")}
)
_RESULT = _closed(  # 3.27
    {
        "ruleId": _TEXT,
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": _LEVEL,
        "message": _MESSAGE,
        "locations": {"type": "array", "items": _LOCATION, "minItems": 1},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "ruleId",
    "message",
)
_RULE = _closed({"id": _TEXT, "shortDescription": _MESSAGE}, "id")  # 3.49
_DRIVER = _closed(
    {"name": _TEXT, "version": _TEXT, "rules": {"type": "array", "items": _RULE, "uniqueItems": True}}, "name"
)
_NOTIFICATION = _closed({"level": _LEVEL, "message": _MESSAGE}, "message")
_INVOCATION = _closed(
    {
        "executionSuccessful": {"type": "boolean"},
        "toolExecutionNotifications": {"type": "array", "items": _NOTIFICATION},
    },
    "executionSuccessful",
)
_RUN = _closed(
    {
        "tool": _closed({"driver": _DRIVER}, "driver"),
        "invocations": {"type": "array", "items": _INVOCATION},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "results": {"type": "array", "items": _RESULT},
    },
    "tool",
)
SARIF = _closed(
    {"$schema": _TEXT, "version": {"const": "2.1.0"}, "runs": {"type": "array", "items": _RUN}}, "version", "runs"
)

_URI = re.compile(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+\Z")


def faults(log: Any) -> list[str]:
    """Rules about how the parts fit together."""
    found = []
    for run in log["runs"]:
        ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        found += [] if len(ids) == len(set(ids)) else ["a rule is there twice"]
        for result in run["results"]:
            if ids[result["ruleIndex"]] != result["ruleId"]:
                found.append("3.27.6: the index names another rule")
            for location in result.get("locations", ()):
                uri = location["physicalLocation"]["artifactLocation"]["uri"]
                found += [] if _URI.match(uri) else [f"RFC 3986: {uri}"]
            if re.search(r"(?<!\\)(?:\\\\)*\[[^\]]*(?<!\\)(?:\\\\)*\]\(", result["message"]["text"]):
                found.append("3.11.6: a message has a link")
    return found
