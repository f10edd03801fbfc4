"""fmt: every YAML file of a project in its one layout."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reconciler.kinds.protocol.kind import AnyKind
from reconciler.model.configuration.file_change import FileChange, Formatting
from reconciler.model.diagnostic import Diagnostic, sort_diagnostics
from reconciler.model.errors import InvalidManifests
from reconciler.sources.manifests import read_manifest_text
from reconciler.sources.project.folders import YamlFile, read_named_files, read_project_files
from reconciler.sources.reading import ReadingTime, Root
from reconciler.sources.writing import write_files
from reconciler.sources.yaml.formatting import format_manifest


def format_files(
    project: Root, paths: tuple[Path, ...], registry: Mapping[str, AnyKind], *, write: bool = True
) -> Formatting:
    """Lay out the files and folders named, or all of the project; with ``write`` off only tell.

    Reads no state and needs no environment. Raises `InvalidManifests` for files that are not sound YAML; then none is written.
    """
    files, diagnostics = read_named_files(project, paths) if paths else read_project_files(project)
    texts: dict[str, FileChange] = {}
    time = ReadingTime()
    for name, file in files.items():
        time.check(name)
        change, faults = _format(name, file, registry, time)
        diagnostics += faults
        texts[name] = change
    if diagnostics:
        raise InvalidManifests(sort_diagnostics(diagnostics))
    changes = tuple(change for change in texts.values() if change.before != change.after)
    if write:
        write_files({files[change.name].place: change.after.encode() for change in changes}, project)
    return Formatting(changes, len(texts) - len(changes), write)


def _format(
    name: str, file: YamlFile, registry: Mapping[str, AnyKind], time: ReadingTime
) -> tuple[FileChange, list[Diagnostic]]:
    text, faults = read_manifest_text(name, file.read)
    if faults:
        return FileChange(name, text, text), faults
    made, faults = format_manifest(text, name, registry, time)
    return FileChange(name, text, made), faults
