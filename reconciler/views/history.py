"""Revisions as text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.model.configuration.change import Action
from reconciler.model.configuration.revision import Revised, Revision
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import FORMAT_VERSION, json_moment
from reconciler.views.writing.layout import Style, minute, table

_HEADERS = ("SERIAL", "WHEN (UTC)", "ACTOR", "COMMIT", "WHAT", "DIGEST")
_SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-", Action.NONE: ">"}


def history_text(revisions: Sequence[Revision], *, colour: bool = False, width: int = 100) -> str:
    """A line for each revision, in the order given; what does not fit is cut, JSON has all of it."""
    if not revisions:
        return "Nothing has been applied yet."
    return table(_HEADERS, [_row(revision) for revision in revisions], width, Style(colour), cut=(2, 4))


def history_json(revisions: Sequence[Revision]) -> dict[str, Any]:
    """``{formatVersion, revisions: [{serial, at, actor, operator, operation, commit, digest, summary, changes}]}``."""
    return {"formatVersion": FORMAT_VERSION, "revisions": [revision_json(revision) for revision in revisions]}


def revision_json(revision: Revision) -> dict[str, Any]:
    """One revision; ``recorded`` is False where what it replaced was not kept, so that nothing can go back behind it."""
    origin = revision.origin
    return {
        "serial": revision.serial,
        "at": json_moment(revision.at),
        "actor": revision.actor,
        "operator": origin.operator,
        "operation": origin.operation,
        "commit": origin.commit or None,
        "digest": origin.digest,
        "summary": dict(origin.summary),
        "recorded": revision.complete,
        "changes": [_change_json(change) for change in revision.changes],
    }


def changed_text(change: Revised) -> str:
    """``~ SmtpServer/relay``, ``> Group/new (was old)``."""
    was = f" (was {change.previous.name})" if change.previous else ""
    return visible(f"{_SIGNS[change.action]} {change.address}{was}")


def _row(revision: Revision) -> tuple[str, ...]:
    origin = revision.origin
    changes = ", ".join(map(changed_text, revision.changes))
    what = changes if origin.operation == "apply" else f"{visible(origin.operation)}: {changes}"
    return (
        str(revision.serial),
        minute(revision.at),
        visible(revision.actor),
        visible(origin.commit[:8]),
        what,
        visible(origin.digest[:12]),
    )


def _change_json(change: Revised) -> dict[str, Any]:
    moved = {"previousAddress": str(change.previous)} if change.previous else {}
    return {
        "address": str(change.address),
        **moved,
        "action": str(change.action),
        "before": change.before.digest if change.before else None,
        "after": change.after.digest if change.after else None,
    }
