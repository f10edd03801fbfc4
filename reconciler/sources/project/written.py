"""The manifests that stand in a folder, as they were written and as they are read: what an export has to fit into."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path as Folder
from pathlib import PurePosixPath
from typing import Any

from reconciler.kinds.reading.decode import Registry, decode, resource_of, spec_data
from reconciler.kinds.reading.stated_form import stated_form
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Document, Path, Record, Resource
from reconciler.model.diagnostic import has_errors
from reconciler.model.errors import InvalidManifests
from reconciler.sources.manifests import list_manifest_files, read_manifest_text, read_manifests
from reconciler.sources.project.documents import read_address, read_project_documents
from reconciler.sources.project.file import ProjectFile
from reconciler.sources.project.platform_file import PLATFORM, adjust_server
from reconciler.sources.project.variables import Variables, fill_in
from reconciler.sources.reading import Root, resolve_path
from reconciler.sources.yaml.documents import read_documents
from reconciler.sources.yaml.edit import Editor, read_data
from reconciler.sources.yaml.formatting import arrange, find_document_order, keep_breaks
from reconciler.sources.yaml.layout import lay_out, make_node
from reconciler.sources.yaml.nodes import Collection, TextDocument, TextStream, read_nodes


@dataclass(frozen=True, slots=True)
class WrittenProject:
    """``files``: names, relative to ``root``; ``written``: documents as written; ``resources``: as they are read, with
    variables and overlays."""

    root: Root
    project: ProjectFile
    files: Sequence[str]
    written: Mapping[Address, Document]
    resources: Mapping[Address, Resource[object]]

    def text(self, name: str) -> str:
        """The text of one of the files."""
        return read_manifest_text(name, partial(self.root.read, name))[0]

    def held(self, address: Address, path: Path) -> str:
        """Why what stands at the path cannot be written into the manifest; empty where it can."""
        document, written = self.resources[address].document, self.written.get(address)
        own = written is not None and _at(written.data, path) is not None
        if address == PLATFORM and self.project.platform and not own:
            base = self.project.platform.document
            says = f"{base.place(path)} says otherwise" if _at(base.data, path) is not None else "no manifest sets it"
            return f"{says}; write it into a manifest of {PLATFORM} where it shall stay"
        if document is None or written is None:
            return "no manifest says it under this name"
        place = document.place(path)
        if place.file != written.file:
            return f"{place} says it: change it there"
        return "a variable says it: change it in reconciler.yaml" if _mentions(_at(written.data, path)) else ""

    def read_back(self, text: str, address: Address, registry: Registry) -> Resource[object] | None:
        """The resource as it would be read from this text; None where it would not be."""
        documents, faults = read_documents(text, "")
        variables = Variables(self.project.variables, self.project.environment)
        for document in documents if not faults else ():
            filled, faults = fill_in(document, variables)
            if read_address(filled) == address:
                if address == PLATFORM and self.project.platform and not faults:
                    filled, faults = adjust_server(self.project.platform.document, filled, self.project.platform)
                return None if faults else decode([filled], registry)[0].get(address)
        return None


def read_standing(workspace_root: Root, folder: Folder, project: ProjectFile, registry: Registry) -> WrittenProject:
    """What stands in the folder; nothing where there is none. Overlays are laid over the project's own manifests alone.

    Raises `InvalidManifests` where a file cannot be read or a document is faulty.
    """
    inside = workspace_root.name_of(folder)
    root = Root(resolve_path(folder), workspace_root.private) if inside is None else workspace_root
    own = inside == PurePosixPath(project.manifests)
    name = project.manifests if own else str(inside or ".")
    project = project if own else replace(project, manifests=name, overlays=(), overlay_places=())
    files, diagnostics = list_manifest_files(root, name) if os.path.lexists(folder) else ([], [])
    if not files and not has_errors(diagnostics):
        return WrittenProject(root, project, (), {}, {})
    written, _ = read_manifests(root, name)
    documents, diagnostics = read_project_documents(root, project)
    resources, faults = decode(documents, registry)
    if has_errors([*diagnostics, *faults]):
        raise InvalidManifests([*diagnostics, *faults])
    by_address = {address: document for document in written if (address := read_address(document))}
    return WrittenProject(root, project, files, by_address, resources)


def _at(data: Any, path: Path) -> Any:
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _mentions(data: Any) -> bool:
    if isinstance(data, str):
        return "${vars." in data.replace("$${vars.", "")
    if isinstance(data, Mapping):
        return any(map(_mentions, data.values()))
    return isinstance(data, list) and any(map(_mentions, data))


def take_content(resource: Resource[object]) -> dict[str, Any]:
    """Metadata and spec in full."""
    return {"metadata": resource.metadata.data(), "spec": spec_data(resource)}


def write_document(record: Record, registry: Registry) -> str:
    """The text of a manifest of its own."""
    root = make_node(stated_form(record, registry))
    arrange(root, find_document_order(record.address.kind, registry))
    return lay_out(TextStream([TextDocument(root)], []))


def update_document(
    text: str, record: Record, standing: WrittenProject, registry: Registry
) -> tuple[str | None, list[tuple[Path, str]]]:
    """The text with the record's document brought to it, and what could not be written, each with the reason.

    None where no text could be found that is read back as the record.
    """
    address = record.address
    unix = text.replace("\r\n", "\n")
    stream = read_nodes(unix)
    root = next((each.root for each in stream.documents if _is(each.root, address)), None)
    if not isinstance(root, Collection):
        return None, []
    editor = Editor(lambda path: standing.held(address, path), registry[address.kind].sets)
    wanted = resource_of(record, registry)
    editor.map(root, take_content(standing.resources[address]), take_content(wanted), stated_form(record, registry), ())
    made = lay_out(stream)
    read = standing.read_back(made, address, registry)
    if standing.project.overlays or editor.refused:
        right = read is not None or bool(standing.project.overlays)
    else:
        right = read is not None and take_content(read) == take_content(wanted)
    return (keep_breaks(text, made) if right else None), editor.refused


def _is(root: Any, address: Address) -> bool:
    data = read_data(root)
    metadata = data.get("metadata") if isinstance(data, dict) else None
    return isinstance(metadata, dict) and (data.get("kind"), metadata.get("name")) == (address.kind, address.name)
