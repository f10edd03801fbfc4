"""What was applied, and who may approve by it, as text and JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from reconciler.model.approvals.person import Member
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.planning.graph.pointer import format_pointer
from reconciler.planning.review.authority import Authority
from reconciler.views.plan.fields import stated_lines
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import FORMAT_VERSION
from reconciler.views.writing.layout import Page, Style, cells, clipped, counted, facts, table


def resources_text(snapshot: Snapshot, *, colour: bool = False, width: int = 100) -> str:
    """A line for each resource, by address; how many there are comes last."""
    if not snapshot.resources:
        return "Nothing has been applied yet."
    records = [snapshot.resources[address] for address in sorted(snapshot.resources)]
    rows = [(visible(str(r.address)), visible(r.source), visible(str(r.metadata.get("title", "")))) for r in records]
    lines = table(("ADDRESS", "DECLARED AT", "TITLE"), rows, width, Style(colour), cut=(2,))
    return f"{lines}\n\n{counted(len(rows), 'resource')}, serial {snapshot.serial}."


def resource_text(record: Record, *, colour: bool = False, width: int = 100) -> str:
    """One resource with every field of its spec, defaults too."""
    pairs = [
        ("title", visible(str(record.metadata.get("title", "")))),
        ("description", visible(str(record.metadata.get("description", "")))),
        ("labels", visible(", ".join(f"{key}={value}" for key, value in record.metadata.get("labels", {}).items()))),
        ("owner", visible(record.owner)),
        ("declared at", visible(record.source)),
        ("digest", record.digest),
    ]
    stored = [(visible(name), content) for part in (record.templates, record.files) for name, content in part.items()]
    lines = [Style(colour).mark(visible(str(record.address)), "bold"), *facts(pairs, width, "  "), "  spec"]
    lines += stated_lines(dict(_leaves(record.spec, ("spec",))), width)
    if stored:
        lines += ["  stored with it, by SHA-256", *facts(stored, max(width, 120), "    ")]
    return "\n".join(lines)


def resources_json(snapshot: Snapshot, only: Address | None = None) -> dict[str, Any]:
    """``{formatVersion, lineage, serial, resources}``, resources by address; with ``only`` that one."""
    wanted = sorted(snapshot.resources) if only is None else [only]
    return {
        "formatVersion": FORMAT_VERSION,
        "lineage": snapshot.lineage,
        "serial": snapshot.serial,
        "resources": [_resource_json(snapshot.resources[address]) for address in wanted],
    }


def _resource_json(record: Record) -> dict[str, Any]:
    return {
        "address": str(record.address),
        "owner": record.owner,
        "schemaVersion": record.schema_version,
        "metadata": record.metadata,
        "spec": record.spec,
        "templates": record.templates,
        "files": record.files,
        "digest": record.digest,
        "source": record.source,
    }


def _leaves(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str, Any]]:
    """Every field by JSON Pointer; a list whole, but for one of maps with several keys."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list | tuple) and value and all(isinstance(i, Mapping) and len(i) > 1 for i in value):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield format_pointer(path), value


NAMED = 20
"""People of a stage who are named unless asked for more."""


def access_text(stages: Sequence[Authority], external: Collection[str], page: Page, *, person: str = "") -> str:
    """A block for each approval type, its stages below it. ``person``: who was asked about, empty where it is everybody.

    ``external``: keys of people who are marked so.
    """
    if not stages:
        return f"{visible(person)} may approve nothing." if person else "No approval type has been applied."
    blocks: dict[str, list[str]] = {}
    for each in stages:
        lines = blocks.setdefault(each.type.address.name, _type_lines(each, page.style, page.width))
        lines += _list_stage_lines(each, _people_text(each, external, page), page.width)
    types = counted(len(blocks), "approval type")
    last = f"{visible(person)} may approve in {types}." if person else f"{types}."
    return "\n\n".join(["\n".join(lines) for lines in blocks.values()] + [last])


def access_json(stages: Sequence[Authority], external: Collection[str], *, serial: int) -> dict[str, Any]:
    """``{formatVersion, serial, access: [{type, title, process, stage, quorum, needed, selfApproval, approvers}]}``."""
    return {
        "formatVersion": FORMAT_VERSION,
        "serial": serial,
        "access": [_authority_json(each, external) for each in stages],
    }


def _type_lines(each: Authority, style: Style, width: int) -> list[str]:
    name = visible(each.type.address.name)
    title = visible(each.type.metadata.title)
    shown = f" “{clipped(title, max(20, width - cells(name) - 3))}”" if title else ""
    return [style.mark(name, "bold") + shown]


def _list_stage_lines(each: Authority, people: str, width: int) -> list[str]:
    own = "may decide" if each.process.spec.self_approval else "may not decide"
    pairs = [
        ("stage", visible(each.stage)),
        ("process", visible(each.process.address.name)),
        ("needs", each.quorum_text),
        ("the requester", own),
        ("approvers", visible(people)),
    ]
    return facts(pairs, width, "  ")


def _people_text(each: Authority, external: Collection[str], page: Page) -> str:
    shown = each.people if page.verbose else each.people[:NAMED]
    more = len(each.people) - len(shown)
    rest = f" and {more} more ({page.hints.more})" if more else ""
    return ", ".join(_member_text(member, external) for member in shown) + rest


def _member_text(member: Member, external: Collection[str]) -> str:
    notes = ["external"] if member.key in external else []
    notes += [f"through {member.through}"] if member.through else []
    return f"{member.mailbox} ({', '.join(notes)})" if notes else str(member.mailbox)


def _authority_json(each: Authority, external: Collection[str]) -> dict[str, Any]:
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
