"""What the project calls itself, also where its file has faults: what is said of a failure has to find its place too."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from reconciler.sources.manifests import manifest_text
from reconciler.sources.project.file import NAME
from reconciler.sources.reading import Root
from reconciler.sources.yaml.documents import read_documents


def project_name(root: Root) -> str:
    """``metadata.name`` of the project's file; empty without one, and where nothing of it can be read."""
    text, _ = manifest_text(NAME, partial(root.read, NAME))
    documents, _ = read_documents(text, NAME)
    for document in documents:
        metadata = document.data.get("metadata") if isinstance(document.data, Mapping) else None
        name = metadata.get("name") if isinstance(metadata, Mapping) else None
        if isinstance(name, str):
            return name
    return ""
