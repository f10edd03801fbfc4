"""What was applied, and who may approve by it, as text and JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from operator import itemgetter
from typing import Any

from reconciler.model.approvals.person import Member
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.planning.graph.pointer import format_pointer
from reconciler.planning.review.authority import Access, Authority
from reconciler.views.plan.fields import list_stated_lines
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import QUORUM, Key, document, list_of, shape, taken_from
from reconciler.views.writing.layout import PLAIN, Page, cells, clipped, counted, facts, table


def describe_resources(snapshot: Snapshot, page: Page = PLAIN) -> str:
    """A line for each resource, by address; how many there are comes last."""
    if not snapshot.resources:
        return "Nothing has been applied yet."
    rows = [(visible(str(each.address)), visible(each.source), visible(each.title)) for each in list_records(snapshot)]
    lines = table(("ADDRESS", "DECLARED AT", "TITLE"), rows, page, cut=(2,))
    return f"{lines}\n\n{counted(len(rows), 'resource')}, serial {snapshot.serial}."


def list_records(snapshot: Snapshot) -> list[Record]:
    """By address."""
    return [snapshot.resources[address] for address in sorted(snapshot.resources)]


def describe_resource(record: Record, page: Page = PLAIN) -> str:
    """One resource with every field of its spec, defaults too."""
    pairs = [
        ("title", visible(record.title)),
        ("description", visible(str(record.metadata.get("description", "")))),
        ("labels", visible(", ".join(f"{key}={value}" for key, value in record.metadata.get("labels", {}).items()))),
        ("owner", visible(record.owner)),
        ("declared at", visible(record.source)),
        ("digest", record.digest),
    ]
    stored = [(visible(name), content) for part in (record.templates, record.files) for name, content in part.items()]
    lines = [page.mark(visible(str(record.address)), "bold"), *facts(pairs, page.width, "  "), "  spec"]
    lines += list_stated_lines(dict(_leaves(record.spec, ("spec",))), page)
    if stored:
        lines += ["  stored with it, by SHA-256", *facts(stored, max(page.width, 120), "    ")]
    return "\n".join(lines)


_RESOURCE = shape(
    Key("address", Address),
    Key("owner", str),
    Key("schemaVersion", int, "Of the kind, when it was applied."),
    Key("metadata", dict),
    Key("spec", dict, "With all defaults."),
    Key("templates", dict, "SHA-256 of each template stored with it."),
    Key("files", dict, "SHA-256 of each file stored with it."),
    Key("digest", str),
    Key("source", str, "Where it was declared, FILE:LINE."),
)

RESOURCES = document(
    "What was applied",
    Key("lineage", str | None, "Id of this state's history; null until the first apply."),
    Key("serial", int, "Commits of resources so far."),
    Key("resources", list_of(_RESOURCE), take=list_records),
)
"""Of a `Snapshot`."""


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


def describe_access(access: Access, page: Page) -> str:
    """A block for each approval type, its stages below it; people from outside are marked so."""
    person = visible(access.person)
    if not access.stages:
        return f"{person} may approve nothing." if person else "No approval type has been applied."
    blocks: dict[str, list[str]] = {}
    for each in access.stages:
        lines = blocks.setdefault(each.type.address.name, _type_lines(each, page))
        lines += _list_stage_lines(each, _people_text(each, access.external, page), page)
    types = counted(len(blocks), "approval type")
    last = f"{person} may approve in {types}." if person else f"{types}."
    return "\n\n".join(["\n".join(lines) for lines in blocks.values()] + [last])


_APPROVER = shape(
    *taken_from(
        itemgetter(0),
        Key("address", str, take="mailbox.address"),
        Key("name", str, take="mailbox.name"),
        Key("via", list[str], "Groups that the process names."),
        Key("paths", list[str], "Groups, as they lead to the person."),
    ),
    Key("external", bool, "Outside the project's domains.", take=lambda pair: pair[0].key in pair[1]),
)
"""Of a `Member`, and the keys of people from outside."""

_STAGE = shape(
    *taken_from(
        itemgetter(0),
        Key("type", str, "Name of the ApprovalType.", take="type.address.name"),
        Key("title", str, take="type.metadata.title"),
        Key("process", str, "Name of the ApprovalProcess.", take="process.address.name"),
        Key("stage", str, "Its name, else its number."),
        Key("quorum", QUORUM),
        Key("needed", int, "How many of these people."),
        Key("selfApproval", bool, "Whether the requester may decide.", take="process.spec.self_approval"),
    ),
    Key("approvers", list_of(_APPROVER), take=lambda pair: [(member, pair[1]) for member in pair[0].people]),
)
"""Of an `Authority`, and the same keys."""

ACCESS = document(
    "Who may approve what",
    Key("serial", int),
    Key("access", list_of(_STAGE), take=lambda access: [(each, access.external) for each in access.stages]),
)
"""Of `Access`."""


def _type_lines(each: Authority, page: Page) -> list[str]:
    name = visible(each.type.address.name)
    title = visible(each.type.metadata.title)
    shown = f" “{clipped(title, max(20, page.width - cells(name) - 3))}”" if title else ""
    return [page.mark(name, "bold") + shown]


def _list_stage_lines(each: Authority, people: str, page: Page) -> list[str]:
    own = "may decide" if each.process.spec.self_approval else "may not decide"
    pairs = [
        ("stage", visible(each.stage)),
        ("process", visible(each.process.address.name)),
        ("needs", each.quorum_text),
        ("the requester", own),
        ("approvers", visible(people)),
    ]
    return facts(pairs, page.width, "  ")


def _people_text(each: Authority, external: Collection[str], page: Page) -> str:
    shown = each.people if page.verbose else each.people[:NAMED]
    more = len(each.people) - len(shown)
    rest = f" and {more} more ({page.more})" if more else ""
    return ", ".join(_member_text(member, external) for member in shown) + rest


def _member_text(member: Member, external: Collection[str]) -> str:
    notes = ["external"] if member.key in external else []
    notes += [f"through {member.through}"] if member.through else []
    return f"{member.mailbox} ({', '.join(notes)})" if notes else str(member.mailbox)
