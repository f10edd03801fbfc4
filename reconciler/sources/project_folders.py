"""Every YAML file a project is written in, whatever environment reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reconciler.model.diagnostic import Diagnostic
from reconciler.model.errors import UserError
from reconciler.sources.acknowledgements import FILE as ACKNOWLEDGEMENTS
from reconciler.sources.manifests import manifest_files, manifest_text
from reconciler.sources.project_file import NAME, NO_FILE
from reconciler.sources.yaml_documents import read_documents


def project_files(project: Path) -> tuple[dict[str, Path], list[Diagnostic]]:
    """Project file, acknowledgements, manifests and overlays of all environments, by the names places give them.

    Raises `UserError` where there is none of them.
    """
    found = {name: project / name for name in (NAME, ACKNOWLEDGEMENTS) if (project / name).is_file()}
    diagnostics: list[Diagnostic] = []
    folders, faults = _folders(found.get(NAME))
    for folder in dict.fromkeys(folders):
        if (project / folder).is_dir():
            files, more = manifest_files(project, project / folder)
            found |= files
            diagnostics += more
    if not found and not diagnostics and not faults:
        detail = f"{project} has no manifests folder with a file that ends in .yaml or .yml, and no {NAME}."
        raise UserError("No manifest files", detail, "Name files or folders, or another project with -C DIR.")
    return found, [*faults, *diagnostics]


def named_files(project: Path, paths: tuple[Path, ...]) -> tuple[dict[str, Path], list[Diagnostic]]:
    """The files named, and those of the folders named. Raises `UserError` for a path that is neither."""
    found: dict[str, Path] = {}
    diagnostics: list[Diagnostic] = []
    for path in paths:
        if path.is_dir():
            real = path.resolve()
            files, faults = manifest_files(project if real.is_relative_to(project) else real, real)
            found |= files
            diagnostics += faults
        elif path.is_file():
            # The name stays that of a link: what it leads to is written, and it remains a link.
            place = path.parent.resolve() / path.name
            found[place.relative_to(project).as_posix() if place.is_relative_to(project) else str(path)] = place
        else:
            raise UserError("No such file", f"There is no file and no folder {path}.", "Correct the path.")
    if not found and not diagnostics:
        detail = "The folders named hold no file that ends in .yaml or .yml."
        raise UserError("No manifest files", detail, "Name others, or none: then it is all of the project.")
    return found, diagnostics


def _folders(file: Path | None) -> tuple[list[str], list[Diagnostic]]:
    """The manifests folders and overlays that the project file names anywhere, however wrong the rest of it is."""
    if file is None:
        return [NO_FILE.manifests], []
    text, faults = manifest_text(file, NAME)
    if faults:
        return [], faults
    documents, faults = read_documents(text, NAME)
    data = documents[0].data if documents else None
    spec = data.get("spec") if isinstance(data, Mapping) else None
    folders = [*_named(spec), NO_FILE.manifests] if not _names_manifests(spec) else list(_named(spec))
    return folders, faults


def _names_manifests(spec: Any) -> bool:
    return isinstance(spec, Mapping) and isinstance(spec.get("manifests"), str)


def _named(spec: Any) -> Iterator[str]:
    if not isinstance(spec, Mapping):
        return
    if isinstance(spec.get("manifests"), str):
        yield spec["manifests"]
    overlays = spec.get("overlays")
    yield from (name for name in overlays if isinstance(name, str)) if isinstance(overlays, list) else ()
    environments = spec.get("environments")
    for keys in environments.values() if isinstance(environments, Mapping) else ():
        yield from _named(keys)
