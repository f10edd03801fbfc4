"""Revisions as text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.model.configuration.change import Action
from reconciler.model.configuration.revision import Revised, Revision, ValueOrigin, Why
from reconciler.model.diagnostic import Place
from reconciler.planning.graph.pointer import format_pointer
from reconciler.views.plan.fields import field_name, value_text
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import FORMAT_VERSION, json_moment
from reconciler.views.writing.layout import Style, facts, minute, moment, table, wrapped

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


_WHY_HEADERS = ("FIELD", "VALUE", "FROM", "SERIAL")


def why_text(why: Why, *, colour: bool = False, width: int = 100) -> str:
    """The resource, who applied it last, and a line for each value."""
    style, last = Style(colour), why.last if why.applied else None
    pairs = [
        ("declared at", visible(str(why.declared)) if why.declared else ""),
        ("last applied", _apply(last) if why.applied else "never: no apply has made it"),
        ("commit", visible(last.origin.commit) if last else ""),
    ]
    lines = [style.mark(visible(str(why.address)), "bold"), *facts(pairs, width, "  ")]
    lines += wrapped(why.note, width, "  ") if why.note else []
    rows = [_origin_row(each, "default" if why.declared else "stored") for each in why.values]
    return "\n".join([*lines, "", table(_WHY_HEADERS, rows, width, style, cut=(0, 1, 2))])


def why_json(why: Why) -> dict[str, Any]:
    """``{formatVersion, address, declared, applied, note, last, values: [{path, value, source, serial}]}``; ``source`` is
    null for a default."""
    return {
        "formatVersion": FORMAT_VERSION,
        "address": str(why.address),
        "declared": _place(why.declared),
        "applied": why.applied,
        "note": why.note or None,
        "last": revision_json(why.last) if why.last else None,
        "values": [
            {
                "path": format_pointer(each.path),
                "value": each.value,
                "source": _place(each.place),
                "serial": each.serial,
            }
            for each in why.values
        ],
    }


def _origin_row(each: ValueOrigin, otherwise: str) -> tuple[str, ...]:
    source = visible(str(each.place)) if each.place else otherwise
    return field_name(format_pointer(each.path)), value_text(each.value), source, str(each.serial or "")


def _apply(last: Revision | None) -> str:
    if last is None:
        return "before history was kept"
    operation = "" if last.origin.operation == "apply" else f" ({last.origin.operation})"
    return visible(f"serial {last.serial}, {moment(last.at)}, by {last.actor}{operation}")


def _place(place: Place | None) -> dict[str, Any] | None:
    return {"file": place.file, "line": place.line, "column": place.column} if place else None
