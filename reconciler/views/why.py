"""Where the values of a resource come from, as text and JSON."""

from __future__ import annotations

from typing import Any

from reconciler.model.configuration.revision import Revision, ValueOrigin, Why
from reconciler.model.diagnostic import Place
from reconciler.planning.graph.pointer import pointer
from reconciler.views.history import revision_json
from reconciler.views.plan.fields import field_name, value_text
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import FORMAT_VERSION
from reconciler.views.writing.layout import Style, facts, moment, table, wrapped

_HEADERS = ("FIELD", "VALUE", "FROM", "SERIAL")


def why_text(why: Why, *, colour: bool = False, width: int = 100) -> str:
    """The resource, who applied it last, and a line for each value."""
    style, last = Style(colour), why.last if why.applied else None
    pairs = [
        ("declared at", visible(str(why.declared)) if why.declared else ""),
        ("last applied", _applied(last) if why.applied else "never: no apply has made it"),
        ("commit", visible(last.origin.commit) if last else ""),
    ]
    lines = [style.mark(visible(str(why.address)), "bold"), *facts(pairs, width, "  ")]
    lines += wrapped(why.note, width, "  ") if why.note else []
    rows = [_row(each, "default" if why.declared else "stored") for each in why.values]
    return "\n".join([*lines, "", table(_HEADERS, rows, width, style, cut=(0, 1, 2))])


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
            {"path": pointer(each.path), "value": each.value, "source": _place(each.place), "serial": each.serial}
            for each in why.values
        ],
    }


def _row(each: ValueOrigin, otherwise: str) -> tuple[str, ...]:
    source = visible(str(each.place)) if each.place else otherwise
    return field_name(pointer(each.path)), value_text(each.value), source, str(each.serial or "")


def _applied(last: Revision | None) -> str:
    if last is None:
        return "before history was kept"
    operation = "" if last.origin.operation == "apply" else f" ({last.origin.operation})"
    return visible(f"serial {last.serial}, {moment(last.at)}, by {last.actor}{operation}")


def _place(place: Place | None) -> dict[str, Any] | None:
    return {"file": place.file, "line": place.line, "column": place.column} if place else None
