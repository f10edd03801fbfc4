"""How a state is doing, and what people stopped (suspensions, the freeze), as text and JSON."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter

from reconciler.model.condition import Status
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.suspension import THAW, Freeze, Suspension
from reconciler.views.deliveries import HELD_BY
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import COUNTS, Form, Key, document, itself, list_of, or_null, shape
from reconciler.views.writing.layout import PLAIN, Page, Say, counted, facts, moment, wrapped


def describe_status(status: Status, page: Page = PLAIN) -> str:
    """Healthy or not, then what needs a person, then the figures."""
    troubled = len(status.troubles)
    head = f"Unhealthy: {counted(troubled, 'thing')} to look at." if troubled else "Healthy."
    lines = [page.mark(head, "bold", "red" if troubled else "green")]
    for trouble in status.troubles:
        lines += wrapped(f"{visible(trouble.text)}. {visible(trouble.hint)}", page.width, "  ! ", "    ")
    return "\n".join([*lines, "", *facts(_list_pairs(status), page.width, "  ")])


def _list_pairs(status: Status) -> list[tuple[str, str]]:
    figures = status.figures
    messages = ", ".join(f"{number} {visible(state)}" for state, number in figures.messages.items())
    applied = f"serial {status.serial}, {counted(status.resources, 'resource')}" if status.serial else "nothing yet"
    return [
        ("state", visible(status.name)),
        ("applied", applied),
        ("messages", messages or "none"),
        ("held back", f"{counted(figures.held, 'message')}, because {HELD_BY}" if figures.held else ""),
        ("requests", f"{figures.pending} pending"),
        ("lock", f"held by {visible(status.lock[0])} since {moment(status.lock[1])}" if status.lock else "free"),
        *(("suspended", describe_suspension(each)) for each in status.suspensions),
    ]


SUSPENSION = shape(
    Key("address", Address), Key("actor", str), Key("at", datetime), Key("reason", str), Key("until", datetime | None)
)
"""``until`` is null where only a person ends it."""

FREEZE = shape(Key("actor", str), Key("operator", str), Key("at", datetime), Key("reason", str))


def describe_freeze(freeze: Freeze, say: Say) -> str:
    """Who stopped all applies, when and why, and what to do; outside text in it is as it came."""
    return f"{freeze.actor} stopped all applies at {moment(freeze.at)}: {freeze.reason}. {say(THAW)}"


def describe_suspension(suspension: Suspension) -> str:
    """``SmtpServer/relay: its mail waits, since 2027-03-01 09:00 UTC until resumed (sam@desk: moving house)``."""
    means = suspension.means or "it is stopped"
    until = f"until {moment(suspension.until)}" if suspension.until else "until resumed"
    who = f"{visible(suspension.actor)}: {visible(suspension.reason)}"
    return f"{visible(str(suspension.address))}: {means}, since {moment(suspension.at)} {until} ({who})"


_MESSAGES = Form(
    COUNTS.schema,
    lambda figures: {
        **figures.messages,
        "failedLately": figures.failed,
        "overdue": figures.late_messages,
        "held": figures.held,
    },
)

STATUS = document(
    "How a state is doing",
    Key("healthy", bool),
    Key("at", datetime),
    Key("state", str, take="name"),
    Key("lineage", str | None),
    Key("serial", int),
    Key("resources", int),
    Key("troubles", list_of(shape(Key("id", str), Key("text", str), Key("hint", str))), "What needs a person."),
    Key("messages", _MESSAGES, "By state; and of them, whatever their state, some figures.", take="figures"),
    Key(
        "requests",
        shape(Key("pending", int), Key("overdue", int, take="late_requests")),
        take="figures",
    ),
    Key(
        "servers",
        list_of(shape(Key("server", str), Key("failures", int), Key("fault", str), Key("until", datetime))),
        "Those that could not be used when last tried.",
        take="figures.servers",
    ),
    Key("lock", or_null(shape(Key("holder", str, take=itemgetter(0)), Key("since", datetime, take=itemgetter(1))))),
    Key("freeze", or_null(FREEZE)),
    Key("suspensions", list_of(SUSPENSION)),
)
"""Of a `Status`."""

SUSPENDED = document("What was suspended", Key("suspended", SUSPENSION, take=itself))
RESUMED = document("What was resumed", Key("resumed", SUSPENSION, take=itself))
FROZEN = document("A stop on all applies", Key("freeze", or_null(FREEZE), "Null after it was lifted."))
