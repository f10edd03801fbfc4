"""A kind is one file and one line in the registry; kinds do not know each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tests.architecture.source_tree import Finding, SourceTree

REGISTRY = "kinds.registry"

SHARED = {
    "kind",
    "world",
    "fields",
    "decode",
    "registry",
    "activities",
    "declarations",
    "document_schema",
    "faults",
    "forms",
    "json_schema",
    "mail_heads",
    "mail_words",
    "manuals",
    "recipients",
    "renames",
    "request_subjects",
    "stated_form",
    "server_uri",
    "suggestion",
}
"""Files of kinds/ that are no kind: the protocol, the set of resources, field types and decoding."""


def unregistered(tree: SourceTree, shared: Collection[str] = SHARED) -> list[Finding]:
    """Files of kinds/ that are neither shared nor imported by the registry; shared names without a file."""
    files = {m.name.rpartition(".")[2] for m in tree if m.layer == "kinds" and m.name.count(".") == 2}
    registry = tree.modules[f"{tree.package}.{REGISTRY}"]
    listed = {item.target.rpartition(".")[2] for item in tree.imports(registry) if ".kinds." in item.target}
    found = [
        Finding(f"{tree.package}.kinds.{n}", 1, "is a kind without a line in the registry")
        for n in files - listed - {*shared}
    ]
    found += [
        Finding(f"{tree.package}.kinds.{n}", 1, "is said to be shared and does not exist") for n in {*shared} - files
    ]
    return sorted(found)


def acquainted(tree: SourceTree, shared: Collection[str] = SHARED) -> list[Finding]:
    """Kinds that import another kind, and shared files that import one."""
    found = []
    for module in tree:
        if module.layer != "kinds" or module.name == f"{tree.package}.{REGISTRY}":
            continue
        for item in tree.imports(module):
            below = item.target.removeprefix(f"{tree.package}.kinds.")
            if below != item.target and below.partition(".")[0] not in shared and item.target != module.name:
                found.append(Finding(module.name, item.line, f"imports the kind {below}"))
    return sorted(found)


def unlike_their_files(registry: Mapping[str, Any], files: Collection[str]) -> list[str]:
    """Kinds whose name is not that of their file (``EmailTask`` in ``email_task``), and files without a kind."""
    named = {name: type(kind).__module__.rpartition(".")[2] for name, kind in registry.items()}
    wrong = [f"{name} stands in {file}.py" for name, file in named.items() if file.replace("_", "") != name.lower()]
    return sorted(wrong + [f"{file}.py is not in the registry" for file in files if file not in named.values()])
