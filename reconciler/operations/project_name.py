"""What the project calls itself, also where its file has faults: what is said of a failure has to find its place too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reconciler.sources.manifests import manifest_text
from reconciler.sources.project_file import NAME, find_project
from reconciler.sources.yaml_documents import read_documents


def project_name(directory: Path) -> str:
    """``metadata.name`` of the project file that is nearest upward; empty without one, and where nothing of it can be read."""
    file = find_project(directory) / NAME
    if not file.is_file():
        return ""
    text, _ = manifest_text(file, NAME)
    documents, _ = read_documents(text, NAME)
    for document in documents:
        metadata = document.data.get("metadata") if isinstance(document.data, Mapping) else None
        name = metadata.get("name") if isinstance(metadata, Mapping) else None
        if isinstance(name, str):
            return name
    return ""
