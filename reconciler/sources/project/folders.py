"""Every YAML file a project is written in, whatever environment reads it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from reconciler.model.diagnostic import Diagnostic
from reconciler.model.errors import EnvironmentFault, UserError
from reconciler.sources.manifests import list_manifest_files, read_manifest_text
from reconciler.sources.project.acknowledgements import FILE as ACKNOWLEDGEMENTS
from reconciler.sources.project.file import NAME, NO_FILE
from reconciler.sources.reading import Root, Unreadable, read_anywhere, resolve_path
from reconciler.sources.yaml.documents import read_documents


@dataclass(frozen=True, slots=True)
class YamlFile:
    """One file to lay out: ``path`` relative to ``root``; without one, as a person named it."""

    root: Root | None
    path: Path

    def read(self, limit: int) -> bytes:
        """Its content. Raises `Unreadable`."""
        return self.root.read(str(self.path), limit) if self.root else read_anywhere(self.path, limit)

    @property
    def place(self) -> Path:
        """Where it really stands, so that a link to it stays one. Raises `EnvironmentFault` where it is gone."""
        try:
            return self.root.path / self.root.place(str(self.path)) if self.root else resolve_path(self.path)
        except Unreadable as fault:
            detail = f"{self.path}: {fault.reason}."
            raise EnvironmentFault("A file could not be written", detail, "Run the command again.") from fault


def read_project_files(project: Root) -> tuple[dict[str, YamlFile], list[Diagnostic]]:
    """Project file, acknowledgements, manifests and overlays of all environments, by the names places give them.

    Raises `UserError` where there is none of them.
    """
    found = [name for name in (NAME, ACKNOWLEDGEMENTS) if os.path.lexists(project.path / name)]
    diagnostics: list[Diagnostic] = []
    folders, faults = _folders(project) if NAME in found else ([NO_FILE.manifests], [])
    for folder in dict.fromkeys(folders):
        if os.path.lexists(project.path / folder):
            files, more = list_manifest_files(project, folder)
            found += files
            diagnostics += more
    if not found and not diagnostics and not faults:
        detail = f"{project.path} has no manifests folder with a file that ends in .yaml or .yml, and no {NAME}."
        raise UserError("No manifest files", detail, "Name files or folders, or another project with -C DIR.")
    return {name: YamlFile(project, Path(name)) for name in found}, [*faults, *diagnostics]


def read_named_files(project: Root, paths: tuple[Path, ...]) -> tuple[dict[str, YamlFile], list[Diagnostic]]:
    """The files named, and those of the folders named: in the project by its rules, elsewhere wherever a person points.

    Raises `UserError` for a path that is neither.
    """
    found: dict[str, YamlFile] = {}
    diagnostics: list[Diagnostic] = []
    for path in paths:
        if not os.path.lexists(path):
            raise UserError("No such file", f"There is no file and no folder {path}.", "Correct the path.")
        inside = project.name_of(path)
        if os.path.isdir(path):  # noqa: PTH112 - no exception for what may not be seen
            root = Root(resolve_path(path)) if inside is None else project
            files, faults = list_manifest_files(root, str(inside or "."))
            before = "" if inside else f"{path}/"
            found |= {before + name: YamlFile(root, Path(name)) for name in files}
            diagnostics += faults
        elif inside is None:
            found[str(path)] = YamlFile(None, path)
        else:
            found[str(inside)] = YamlFile(project, Path(inside))
    if not found and not diagnostics:
        detail = "The folders named hold no file that ends in .yaml or .yml."
        raise UserError("No manifest files", detail, "Name others, or none: then it is all of the project.")
    return found, diagnostics


def _folders(project: Root) -> tuple[list[str], list[Diagnostic]]:
    """The manifests folders and overlays that the project file names anywhere, however wrong the rest of it is."""
    text, faults = read_manifest_text(NAME, partial(project.read, NAME))
    if faults:
        return [], faults
    documents, faults = read_documents(text, NAME)
    data = documents[0].data if documents else None
    spec = data.get("spec") if isinstance(data, Mapping) else None
    folders = [*_list_named(spec), NO_FILE.manifests] if not _names_manifests(spec) else list(_list_named(spec))
    return folders, faults


def _names_manifests(spec: Any) -> bool:
    return isinstance(spec, Mapping) and isinstance(spec.get("manifests"), str)


def _list_named(spec: Any) -> Iterator[str]:
    if not isinstance(spec, Mapping):
        return
    if isinstance(spec.get("manifests"), str):
        yield spec["manifests"]
    overlays = spec.get("overlays")
    yield from (name for name in overlays if isinstance(name, str)) if isinstance(overlays, list) else ()
    environments = spec.get("environments")
    for keys in environments.values() if isinstance(environments, Mapping) else ():
        yield from _list_named(keys)
