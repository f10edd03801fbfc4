"""Who may approve what, as text and JSON."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from reconciler.model.approvals.person import Member
from reconciler.planning.review.authority import Authority
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import FORMAT_VERSION
from reconciler.views.writing.layout import Style, cells, clipped, counted, facts

NAMED = 20
"""People of a stage who are named unless asked for more."""


def access_text(
    stages: Sequence[Authority],
    external: Collection[str],
    *,
    person: str = "",
    verbose: bool = False,
    colour: bool = False,
    width: int = 100,
) -> str:
    """A block for each approval type, its stages below it. ``person``: who was asked about, empty where it is everybody.

    ``external``: keys of people who are marked so.
    """
    style = Style(colour)
    if not stages:
        return f"{visible(person)} may approve nothing." if person else "No approval type has been applied."
    blocks: dict[str, list[str]] = {}
    for each in stages:
        lines = blocks.setdefault(each.type.address.name, _head(each, style, width))
        lines += _stage(each, _people(each, external, verbose), width)
    types = counted(len(blocks), "approval type")
    last = f"{visible(person)} may approve in {types}." if person else f"{types}."
    return "\n\n".join(["\n".join(lines) for lines in blocks.values()] + [last])


def access_json(stages: Sequence[Authority], external: Collection[str], *, serial: int) -> dict[str, Any]:
    """``{formatVersion, serial, access: [{type, title, process, stage, quorum, needed, selfApproval, approvers}]}``."""
    return {"formatVersion": FORMAT_VERSION, "serial": serial, "access": [_json(each, external) for each in stages]}


def _head(each: Authority, style: Style, width: int) -> list[str]:
    name = visible(each.type.address.name)
    title = visible(each.type.metadata.title)
    shown = f" “{clipped(title, max(20, width - cells(name) - 3))}”" if title else ""
    return [style.mark(name, "bold") + shown]


def _stage(each: Authority, people: str, width: int) -> list[str]:
    own = "may decide" if each.process.spec.self_approval else "may not decide"
    pairs = [
        ("stage", visible(each.stage)),
        ("process", visible(each.process.address.name)),
        ("needs", each.quorum_text),
        ("the requester", own),
        ("approvers", visible(people)),
    ]
    return facts(pairs, width, "  ")


def _people(each: Authority, external: Collection[str], verbose: bool) -> str:
    shown = each.people if verbose else each.people[:NAMED]
    more = len(each.people) - len(shown)
    rest = f" and {more} more (--verbose shows all)" if more else ""
    return ", ".join(_named(member, external) for member in shown) + rest


def _named(member: Member, external: Collection[str]) -> str:
    notes = ["external"] if member.key in external else []
    notes += [f"through {member.through}"] if member.through else []
    return f"{member.mailbox} ({', '.join(notes)})" if notes else str(member.mailbox)


def _json(each: Authority, external: Collection[str]) -> dict[str, Any]:
    return {
        "type": each.type.address.name,
        "title": each.type.metadata.title,
        "process": each.process.address.name,
        "stage": each.stage,
        "quorum": each.quorum,
        "needed": each.needed,
        "selfApproval": each.process.spec.self_approval,
        "approvers": [
            {
                "address": member.mailbox.address,
                "name": member.mailbox.name,
                "via": list(member.via),
                "paths": list(member.paths),
                "external": member.key in external,
            }
            for member in each.people
        ],
    }
