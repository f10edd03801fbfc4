"""Platform mode: the mail server that an installation brings along, and what projects may add to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from reconciler.kinds.fields.spec import field_paths
from reconciler.kinds.reading.faults import UNKNOWN_FIELD, described
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Document
from reconciler.model.diagnostic import Diagnostic, make_error
from reconciler.model.errors import InvalidManifests
from reconciler.model.suggestion import list_words, suggest_name
from reconciler.sources.manifests import read_manifest_text
from reconciler.sources.project.file import Platform
from reconciler.sources.project.merge import find_misses, merge_trees
from reconciler.sources.project.trees import Tree, make_document, make_tree
from reconciler.sources.reading import read_anywhere
from reconciler.sources.yaml.documents import read_documents

VARIABLE = "RECONCILER_PLATFORM"
PLATFORM = Address(SmtpServerSpec.KIND, "platform")
"""The one mail server of an installation in platform mode."""

_SHAPE = "The file holds one document of kind SmtpServer, and beside its spec locked: [uri, tls] or the like."


def read_platform_file(path: Path) -> Platform:
    """The server in the file, under its one address. Raises `InvalidManifests` where it is not such a file."""
    text, faults = read_manifest_text(str(path), partial(read_anywhere, path))
    documents: list[Document] = []
    if not faults:
        documents, faults = read_documents(text, str(path))
    if faults:
        raise InvalidManifests(faults)
    if len(documents) != 1 or not isinstance(documents[0].data, dict) or documents[0].data.get("kind") != PLATFORM.kind:
        place = documents[0].place(("kind",)) if documents else Document(None, str(path), {}, {}).place(())
        detail = f"{VARIABLE} names this file, and it is no platform file."
        raise InvalidManifests([make_error("Not a platform file", detail, place, hint=_SHAPE)])
    document = documents[0]
    locked = _list_locked(document)
    tree = make_tree(document)
    metadata = tree.value.get("metadata", Tree({}, tree.place))
    named = Tree({**(metadata.value or {}), "name": Tree(PLATFORM.name, metadata.place)}, metadata.place, metadata.key)
    rest = {key: item for key, item in tree.value.items() if key != "locked"}
    return Platform(make_document(Tree(rest | {"metadata": named}, tree.place), str(path)), locked)


def adjust_server(base: Document, part: Document, platform: Platform) -> tuple[Document, list[Diagnostic]]:
    """The platform's server with what a manifest adds; a fault for each locked field the manifest sets."""
    found = []
    for path in platform.locked:
        at = _set_at(part.data.get("spec"), path)
        if at is not None:
            dotted = ".".join(path)
            detail = f"spec.{dotted} of {PLATFORM} is set and locked by the platform this installation runs on."
            hint = "Remove it here; whoever runs the platform can change it."
            found.append(make_error("Locked by the platform", detail, part.key_place(("spec", *at)), PLATFORM, hint))
    below, over = make_tree(base), make_tree(part)
    found += find_misses(below, over, PLATFORM)
    return make_document(merge_trees(below, over), base.file) if not found else base, found


def refuse_server(document: Document, address: Address) -> Diagnostic:
    """Any other mail server has no place where the platform brings the one there is."""
    detail = f"{address} cannot be: this installation has one mail server, {PLATFORM}, and all mail goes through it."
    hint = f"Remove it. What the platform leaves open is set in a document of {PLATFORM}."
    return make_error("Server of the platform", detail, document.place(("metadata", "name")), address, hint)


def _list_locked(document: Document) -> tuple[tuple[str, ...], ...]:
    found = document.data.get("locked", [])
    if not isinstance(found, list) or not all(isinstance(path, str) and path for path in found):
        detail = f"locked expects a list of fields, found {described(found)}." if not isinstance(found, list) else ""
        detail = detail or "locked expects the names of fields, as text."
        fault = make_error(
            "Wrong type", detail, document.place(("locked",)), PLATFORM, "Write locked: [uri, tls.mode]."
        )
        raise InvalidManifests([fault])
    paths = [path.removeprefix("spec.") for path in found]
    if unknown := list(_unknown(document, paths)):
        raise InvalidManifests(unknown)
    return tuple(tuple(path.split(".")) for path in paths)


def _unknown(document: Document, paths: Iterable[str]) -> Iterator[Diagnostic]:
    """A misspelt path would lock nothing."""
    known = list(field_paths(SmtpServerSpec))
    for index, path in enumerate(paths):
        if path not in known:
            detail = f'An SmtpServer has no field "{path}" in its spec, so nothing would be locked.'
            hint = suggest_name(path, known, f"Known: {list_words(name for name in known if '.' not in name)}.")
            yield make_error(UNKNOWN_FIELD, detail, document.place(("locked", index)), PLATFORM, hint)


def _set_at(data: Any, path: tuple[str, ...]) -> tuple[str, ...] | None:
    """How far along the path the data says something that decides it; None where it says nothing."""
    for length, step in enumerate(path, 1):
        if not isinstance(data, Mapping) or step not in data:
            return None
        data = data[step]
        if not isinstance(data, Mapping):
            return path[:length]
    return path
