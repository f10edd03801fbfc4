"""Applied resources as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.planning.graph.pointer import pointer
from reconciler.views.plan.fields import stated_lines
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import FORMAT_VERSION
from reconciler.views.writing.layout import Style, counted, facts, table


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
        yield pointer(path), value
