"""Suspensions and the freeze as text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.model.configuration.suspension import Freeze, Suspension
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import FORMAT_VERSION, json_moment
from reconciler.views.writing.layout import Style, counted, moment, wrapped


def suspension_blocks(suspensions: Sequence[Suspension], style: Style, width: int) -> list[str]:
    """One block that names everything that is suspended; none where nothing is."""
    if not suspensions:
        return []
    head = style.mark(
        f"Suspended: {counted(len(suspensions), 'resource')}; apply does not lift that.", "bold", "yellow"
    )
    lines = [line for each in suspensions for line in wrapped(suspension_line(each), width, "    ", "      ")]
    return ["\n".join([head, *lines])]


def freeze_blocks(freeze: Freeze | None, style: Style, width: int) -> list[str]:
    """One block that says that no apply goes through; none where any does."""
    if freeze is None:
        return []
    head = style.mark("Frozen: apply would end with exit code 5.", "bold", "red")
    return ["\n".join([head, *wrapped(visible(freeze_line(freeze)), width, "    ")])]


def freeze_line(freeze: Freeze) -> str:
    """Who stopped all applies, when and why, and what to do; outside text in it is as it came."""
    return f"{freeze.actor} stopped all applies at {moment(freeze.at)}: {freeze.reason}. {THAW}"


THAW = "Ask them first; then let applies go on with: reconciler state thaw"


def suspension_line(suspension: Suspension) -> str:
    """``SmtpServer/relay: its mail waits, since 2027-03-01 09:00 UTC until resumed (sam@desk: moving house)``."""
    means = suspension.means or "it is stopped"
    until = f"until {moment(suspension.until)}" if suspension.until else "until resumed"
    who = f"{visible(suspension.actor)}: {visible(suspension.reason)}"
    return f"{visible(str(suspension.address))}: {means}, since {moment(suspension.at)} {until} ({who})"


def suspension_json(suspension: Suspension) -> dict[str, Any]:
    """``{address, actor, at, reason, until}``; ``until`` is null where only a person ends it."""
    return {
        "address": str(suspension.address),
        "actor": suspension.actor,
        "at": json_moment(suspension.at),
        "reason": suspension.reason,
        "until": json_moment(suspension.until),
    }


def suspended_json(suspension: Suspension, key: str) -> dict[str, Any]:
    """``{formatVersion, KEY: {...}}``: what `suspend` and `resume` print."""
    return {"formatVersion": FORMAT_VERSION, key: suspension_json(suspension)}


def freeze_json(freeze: Freeze) -> dict[str, Any]:
    """``{actor, operator, at, reason}``."""
    return {
        "actor": freeze.actor,
        "operator": freeze.operator,
        "at": json_moment(freeze.at),
        "reason": freeze.reason,
    }
