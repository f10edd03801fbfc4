"""One document of a manifest brought to what is stored, everything else in the file left as it is."""

from __future__ import annotations

from typing import Any

from reconciler.kinds.reading.decode import Registry, resource_of, spec_data
from reconciler.kinds.reading.stated_form import stated_form
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Path, Record, Resource
from reconciler.sources.formatting import arrange, with_breaks_of
from reconciler.sources.key_order import document_order
from reconciler.sources.standing import Standing
from reconciler.sources.yaml_edit import Editor, data_of
from reconciler.sources.yaml_layout import laid_out
from reconciler.sources.yaml_nodes import Collection, TextDocument, TextStream, read_nodes
from reconciler.sources.yaml_values import node_of


def content(resource: Resource) -> dict[str, Any]:
    """Metadata and spec in full."""
    return {"metadata": resource.metadata.data(), "spec": spec_data(resource)}


def new_document(record: Record, registry: Registry) -> str:
    """The text of a manifest of its own."""
    root = node_of(stated_form(record, registry))
    arrange(root, document_order(record.address.kind, registry))
    return laid_out(TextStream([TextDocument(root)], []))


def updated(
    text: str, record: Record, standing: Standing, registry: Registry
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
    editor.map(root, content(standing.resources[address]), content(wanted), stated_form(record, registry), ())
    made = laid_out(stream)
    read = standing.read_back(made, address, registry)
    if standing.project.overlays or editor.refused:
        right = read is not None or bool(standing.project.overlays)
    else:
        right = read is not None and content(read) == content(wanted)
    return (with_breaks_of(text, made) if right else None), editor.refused


def _is(root: Any, address: Address) -> bool:
    data = data_of(root)
    metadata = data.get("metadata") if isinstance(data, dict) else None
    return isinstance(metadata, dict) and (data.get("kind"), metadata.get("name")) == (address.kind, address.name)
