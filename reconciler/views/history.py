"""Revisions as text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action
from reconciler.model.configuration.revision import Revised, Revision, Why
from reconciler.planning.graph.pointer import format_pointer
from reconciler.views.diagnostics import PLACE
from reconciler.views.plan.fields import describe_value, name_field
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import COUNTS, TEXT_OR_NULL, Key, document, list_of, or_null, shape
from reconciler.views.writing.layout import PLAIN, Page, facts, minute, moment, table, wrapped

_HEADERS = ("SERIAL", "WHEN (UTC)", "ACTOR", "COMMIT", "WHAT", "DIGEST")
_SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-", Action.NONE: ">"}


def describe_history(revisions: Sequence[Revision], page: Page = PLAIN) -> str:
    """A line for each revision, in the order given; what does not fit is cut, JSON has all of it."""
    if not revisions:
        return "Nothing has been applied yet."
    return table(_HEADERS, [_row(revision) for revision in revisions], page, cut=(2, 4))


_CHANGE = shape(
    Key("address", Address),
    Key("previousAddress", Address, "Where a move comes from.", take="previous", optional="previous"),
    Key("action", Action),
    Key("before", str | None, "Digest of the record; null where there was none.", take="before.digest"),
    Key("after", str | None, "Digest of the record; null where there is none.", take="after.digest"),
)

_REVISION = shape(
    Key("serial", int),
    Key("at", datetime),
    Key("actor", str, "As claimed."),
    Key("operator", str, "OS user and host.", take="origin.operator"),
    Key("operation", str, take="origin.operation"),
    Key("commit", TEXT_OR_NULL, "Of version control.", take="origin.commit"),
    Key("digest", str, "Of the plan.", take="origin.digest"),
    Key("summary", COUNTS, take="origin.summary"),
    Key("recorded", bool, "False where what it replaced was not kept: nothing can go back behind it.", take="complete"),
    Key("changes", list_of(_CHANGE)),
)

HISTORY = document("Revisions of a state", Key("revisions", list_of(_REVISION)))


def describe_revised(change: Revised) -> str:
    """``~ SmtpServer/relay``, ``> Group/new (was old)``."""
    was = f" (was {change.previous.name})" if change.previous else ""
    return visible(f"{_SIGNS[change.action]} {change.address}{was}")


def _row(revision: Revision) -> tuple[str, ...]:
    origin = revision.origin
    changes = ", ".join(map(describe_revised, revision.changes))
    what = changes if origin.operation == "apply" else f"{visible(origin.operation)}: {changes}"
    return (
        str(revision.serial),
        minute(revision.at),
        visible(revision.actor),
        visible(origin.commit[:8]),
        what,
        visible(origin.digest[:12]),
    )


_WHY_HEADERS = ("FIELD", "VALUE", "FROM", "SERIAL")


def describe_why(why: Why, page: Page = PLAIN) -> str:
    """The resource, who applied it last, and a line for each value."""
    last = why.last if why.applied else None
    pairs = [
        ("declared at", visible(str(why.declared)) if why.declared else ""),
        ("last applied", _apply(last) if why.applied else "never: no apply has made it"),
        ("commit", visible(last.origin.commit) if last else ""),
    ]
    lines = [page.mark(visible(str(why.address)), "bold"), *facts(pairs, page.width, "  ")]
    lines += wrapped(why.note, page.width, "  ") if why.note else []
    otherwise = "default" if why.declared else "stored"
    rows = [
        (
            name_field(format_pointer(each.path)),
            describe_value(each.value),
            visible(str(each.place)) if each.place else otherwise,
            str(each.serial or ""),
        )
        for each in why.values
    ]
    return "\n".join([*lines, "", table(_WHY_HEADERS, rows, page, cut=(0, 1, 2))])


_VALUE = shape(
    Key("path", str, "JSON Pointer.", take=lambda each: format_pointer(each.path)),
    Key("value", object),
    Key("source", or_null(PLACE), "Null for a default.", take="place"),
    Key("serial", int | None, "The revision that changed it last; null where not known."),
)

WHY = document(
    "Where the values of a resource come from",
    Key("address", Address),
    Key("declared", or_null(PLACE)),
    Key("applied", bool),
    Key("note", TEXT_OR_NULL),
    Key("last", or_null(_REVISION), "The revision that changed it last."),
    Key("values", list_of(_VALUE)),
)
"""Of `Why`."""


def _apply(last: Revision | None) -> str:
    if last is None:
        return "before history was kept"
    operation = "" if last.origin.operation == "apply" else f" ({last.origin.operation})"
    return visible(f"serial {last.serial}, {moment(last.at)}, by {last.actor}{operation}")
