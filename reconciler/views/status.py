"""How a state is doing, and what people stopped (suspensions, the freeze), as text and JSON."""

from __future__ import annotations

from typing import Any

from reconciler.model.condition import Status
from reconciler.model.configuration.suspension import Freeze, Suspension
from reconciler.views.deliveries import HELD_BY
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import ADDRESS, FORMAT_VERSION, MOMENT, TEXT, Key, json_moment, or_null, shape
from reconciler.views.writing.layout import Style, counted, facts, moment, wrapped


def status_text(status: Status, *, colour: bool = False, width: int = 100) -> str:
    """Healthy or not, then what needs a person, then the figures."""
    style = Style(colour)
    troubled = len(status.troubles)
    head = f"Unhealthy: {counted(troubled, 'thing')} to look at." if troubled else "Healthy."
    lines = [style.mark(head, "bold", "red" if troubled else "green")]
    for trouble in status.troubles:
        lines += wrapped(f"{visible(trouble.text)}. {visible(trouble.hint)}", width, "  ! ", "    ")
    return "\n".join([*lines, "", *facts(_list_pairs(status), width, "  ")])


def status_json(status: Status) -> dict[str, Any]:
    """``{formatVersion, healthy, at, state, lineage, serial, resources, troubles, messages, requests, servers, lock, freeze,
    suspensions}``."""
    figures = status.figures
    return {
        "formatVersion": FORMAT_VERSION,
        "healthy": status.healthy,
        "at": json_moment(status.at),
        "state": status.name,
        "lineage": status.lineage,
        "serial": status.serial,
        "resources": status.resources,
        "troubles": [{"id": each.id, "text": each.text, "hint": each.hint} for each in status.troubles],
        "messages": {
            **figures.messages,
            "failedLately": figures.failed,
            "overdue": figures.late_messages,
            "held": figures.held,
        },
        "requests": {"pending": figures.pending, "overdue": figures.late_requests},
        "servers": [
            {"server": s.server, "failures": s.failures, "fault": s.fault, "until": json_moment(s.until)}
            for s in figures.servers
        ],
        "lock": {"holder": status.lock[0], "since": json_moment(status.lock[1])} if status.lock else None,
        "freeze": or_null(FREEZE).write(status.freeze),
        "suspensions": [SUSPENSION.write(each) for each in status.suspensions],
    }


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
        *(("suspended", suspension_line(each)) for each in status.suspensions),
    ]


SUSPENSION = shape(
    Key("address", ADDRESS), Key("actor", TEXT), Key("at", MOMENT), Key("reason", TEXT), Key("until", or_null(MOMENT))
)
"""``until`` is null where only a person ends it."""

FREEZE = shape(Key("actor", TEXT), Key("operator", TEXT), Key("at", MOMENT), Key("reason", TEXT))


def freeze_line(freeze: Freeze, thaw: str) -> str:
    """Who stopped all applies, when and why, and what to do; outside text in it is as it came. ``thaw``: the command."""
    return f"{freeze.actor} stopped all applies at {moment(freeze.at)}: {freeze.reason}. {thaw_text(thaw)}"


def thaw_text(thaw: str) -> str:
    """What to do about a freeze. ``thaw``: the command that lets applies go on."""
    return f"Ask them first; then let applies go on with: {thaw}"


def suspension_line(suspension: Suspension) -> str:
    """``SmtpServer/relay: its mail waits, since 2027-03-01 09:00 UTC until resumed (sam@desk: moving house)``."""
    means = suspension.means or "it is stopped"
    until = f"until {moment(suspension.until)}" if suspension.until else "until resumed"
    who = f"{visible(suspension.actor)}: {visible(suspension.reason)}"
    return f"{visible(str(suspension.address))}: {means}, since {moment(suspension.at)} {until} ({who})"


def suspended_json(suspension: Suspension, key: str) -> dict[str, Any]:
    """``{formatVersion, KEY: {...}}``: of what was suspended, or resumed."""
    return {"formatVersion": FORMAT_VERSION, key: SUSPENSION.write(suspension)}


def frozen_json(freeze: Freeze) -> dict[str, Any]:
    """``{actor, operator, at, reason}``."""
    written: dict[str, Any] = FREEZE.write(freeze)
    return written
