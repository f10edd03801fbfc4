"""export: the resources of applied state as manifests, into what stands there already."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from reconciler.kinds.project.spec import ProjectSpec
from reconciler.kinds.reading.decode import Registry, resource_of
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.file_change import Exported, ExportedFile, ExportNote
from reconciler.model.configuration.resource import PLATFORM_OWNER, Record, Resource
from reconciler.model.configuration.resource import Path as Where
from reconciler.model.errors import UserError
from reconciler.model.wording import Act, Do, Sentence
from reconciler.operations.context.workspace import Workspace
from reconciler.planning.graph.moves import find_moved, rename_record
from reconciler.planning.graph.pointer import format_pointer
from reconciler.sources.manifests import is_manifest
from reconciler.sources.project.platform_file import VARIABLE
from reconciler.sources.project.written import (
    WrittenProject,
    read_standing,
    take_content,
    update_document,
    write_document,
)
from reconciler.sources.reading import MISSING, Unreadable
from reconciler.sources.templates import BUILTIN
from reconciler.sources.writing import write_files

_TRIES = 100


def export_resources(workspace: Workspace, folder: Path | None = None) -> Exported:
    """Write what is applied into the folder [the manifests folder], and templates and files where they are missing.

    Raises `InvalidManifests`, before anything is written, where a manifest in the folder has an error.
    """
    records = workspace.state.snapshots.read().resources
    if not records:
        raise UserError(
            "Nothing is applied yet", "The state holds no resource to export.", Sentence("Run: ", Do(Act.APPLY))
        )
    target = folder or workspace.manifests
    standing = read_standing(workspace.root, target, workspace.project, workspace.registry)
    export = _Export(workspace, standing)
    records, names = follow_renames(records, standing.resources.values(), workspace.registry)
    export.add_renamed(names)
    for address in sorted(records):
        export.add(records[address])
    export.add_left(records)
    write_files(export.others, workspace.root, folders=True)
    write_files(export.manifests(), standing.root, folders=True)
    export.reread(target, records)
    return Exported(tuple(export.written()), tuple(dict.fromkeys(export.notes)), export.unchanged)


class _Export:
    """Collects what to write before any of it is. ``texts``: manifests, by name below ``standing.root``; ``others``: templates
    and stored files, below the project's folder."""

    def __init__(self, workspace: Workspace, standing: WrittenProject) -> None:
        self.notes: list[ExportNote] = []
        self.unchanged = 0
        self._workspace = workspace
        self._standing = standing
        self._texts: dict[str, str] = {}
        self.others: dict[Path, bytes] = {}

    def add(self, record: Record) -> None:
        """One record: its manifest, its templates, its files."""
        if record.owner == PLATFORM_OWNER and record.address in self._standing.resources:
            self._add_platform(record)
            return
        reason = self._explain_passing(record)
        if reason:
            self._note(str(record.address), reason)
            return
        if record.address in self._standing.resources:
            self._update(record)
        else:
            self._create(record)
        templates = {name: digest for name, digest in record.templates.items() if not name.startswith(BUILTIN)}
        self._missing(self._workspace.project.templates, templates)
        self._missing(".", record.files)

    def add_renamed(self, names: Mapping[Address, Address]) -> None:
        """What manifests call otherwise than the state does; ``names``: by new address, the stored one."""
        for address, old in sorted(names.items()):
            place = self._standing.resources[address].place(("metadata", "renamedFrom"))
            self._note(str(address), f"is still stored as {old}: {place} renames it with the next apply.")

    def add_left(self, records: Mapping[Address, Record]) -> None:
        """What manifests declare and nobody has applied stays as it is."""
        for address, resource in sorted(self._standing.resources.items()):
            if address not in records and address in self._standing.written:
                place = resource.place()
                self._note(str(address), f"is not applied; it stays at {place}, and the next apply creates it.")

    def manifests(self) -> dict[Path, bytes]:
        """Every manifest to write."""
        return {self._standing.root.path / name: text.encode() for name, text in self._texts.items()}

    def written(self) -> Iterator[ExportedFile]:
        for name in sorted(self._texts):
            yield ExportedFile(self._shown(self._standing.root.path / name), name not in self._standing.files)
        for path in sorted(self.others):
            yield ExportedFile(self._shown(path), True)

    def reread(self, target: Path, records: Mapping[Address, Record]) -> None:
        """Tell what is still read otherwise than it is applied: an overlay may say so."""
        workspace = self._workspace
        standing = read_standing(workspace.root, target, workspace.project, workspace.registry)
        told = {note.subject for note in self.notes}
        for address, resource in sorted(standing.resources.items()):
            record = records.get(address)
            if record is None or str(address) in told or self._explain_passing(record):
                continue
            if take_content(resource) != take_content(resource_of(record, workspace.registry)):
                self._note(
                    str(address), Sentence("is still read otherwise than it is applied: see ", Do(Act.PLAN), ".")
                )

    def _explain_passing(self, record: Record) -> str:
        if record.owner == PLATFORM_OWNER:
            return f"belongs to the installation, whose file {VARIABLE} names; export leaves that as it is."
        if record.address.kind == ProjectSpec.KIND:
            return "is no manifest: it stands in reconciler.yaml, which is left as it is."
        if record.owner not in self._workspace.project.all_owners:
            return f"belongs to {record.owner}, which is none of this project's owners."
        return ""

    def _add_platform(self, record: Record) -> None:
        """The installation's server: manifests hold what they add to it."""
        if record.address in self._standing.written:
            self._update(record)
            return
        address = record.address
        now, wanted = self._standing.resources[address], resource_of(record, self._workspace.registry)
        for path in _differing(take_content(now), take_content(wanted)):
            self._note(str(address), f"{format_pointer(path)} is not written: {self._standing.held(address, path)}.")
        base = now.document.file if now.document else VARIABLE
        self._note(str(address), f"comes from {base}, which belongs to the installation; no manifest adds to it.")

    def _update(self, record: Record) -> None:
        address, registry = record.address, self._workspace.registry
        if take_content(self._standing.resources[address]) == take_content(resource_of(record, registry)):
            self.unchanged += 1
            return
        document = self._standing.written.get(address)
        text: str | None = None
        refused: list[tuple[Where, str]] = []
        if document is not None:
            before = self._texts.get(document.file) or self._standing.text(document.file)
            text, refused = update_document(before, record, self._standing, registry)
            if text is not None and text != before:
                self._texts[document.file] = text
        for path, reason in refused:
            self._note(str(address), f"{format_pointer(path)} is not written: {reason}.")
        if text is None:
            said = Sentence("could not be brought to what is applied: write it by hand; see ", Do(Act.PLAN), ".")
            self._note(str(address), said)

    def _create(self, record: Record) -> None:
        address = record.address
        taker = self._find_taker(address)
        if taker:
            self._note(str(address), f"is not written: {taker} takes it over by renamedFrom. Remove that first.")
            return
        name = self._free_name(record)
        if name is None:
            hint = "no path in the manifests folder is its owner's; add one under owners in reconciler.yaml."
            self._note(str(address), f"is not written: {hint}")
            return
        self._texts[name] = write_document(record, self._workspace.registry)

    def _find_taker(self, address: Address) -> str:
        for other, resource in self._standing.resources.items():
            if other.kind == address.kind and resource.metadata.renamed_from == address.name:
                return str(other)
        return ""

    def _free_name(self, record: Record) -> str | None:
        """A path that nothing stands at. In the manifests folder it makes the resource its owner's; in another folder it
        does once that stands in the place of the manifests folder, where any path does."""
        kind, name = record.address.kind, record.address.name
        project = self._workspace.project
        folders = self._list_folders(record)
        fitting = [
            folder
            for folder in folders
            if project.owner_of(_join(project.manifests, folder, kind, f"{name}.yaml"), name) == record.owner
        ]
        own = self._standing.project is project
        for folder in fitting if own or fitting else folders:
            for number in range(1, _TRIES):
                file = f"{name}-{number}.yaml" if number > 1 else f"{name}.yaml"
                path = _join(self._standing.project.manifests, folder, kind, file)
                if path not in self._texts and not os.path.lexists(self._standing.root.path / path):
                    return path
        return None

    def _list_folders(self, record: Record) -> list[str]:
        """Where its owner's manifests may stand, relative to the manifests folder."""
        project = self._workspace.project
        paths = [PurePosixPath(rule.path) for rule in project.owners if rule.name == record.owner and rule.path]
        inside = [path for path in paths if path.is_relative_to(project.manifests) and not is_manifest(path)]
        return ["", *(str(path.relative_to(project.manifests)) for path in inside)]

    def _missing(self, folder: str, contents: Mapping[str, str]) -> None:
        """Write stored contents where there is no file; one that is there is never touched."""
        root = self._workspace.root
        for name, digest in contents.items():
            stored = self._workspace.state.snapshots.blobs([digest])[digest]
            try:
                there: bytes | None = root.read_below(folder, name)
            except Unreadable as fault:
                there = None
                if fault.reason != MISSING:
                    self._note(self._shown(root.path / folder / name), f"is not written: {fault.reason}.")
                    continue
            if there is None:
                self.others[root.path / folder / name] = stored
            elif there != stored:
                text = "stays as it is, though another content was applied: the next apply brings what the file says."
                self._note(self._shown(root.path / folder / name), text)

    def _shown(self, path: Path) -> str:
        inside = path.is_relative_to(self._workspace.folder)
        return path.relative_to(self._workspace.folder).as_posix() if inside else str(path)

    def _note(self, subject: str, text: str) -> None:
        self.notes.append(ExportNote(subject, text))


def _differing(now: Mapping[str, Any], wanted: Mapping[str, Any], path: Where = ()) -> Iterator[Where]:
    """Where the values differ, as deep as both are maps."""
    for key, value in wanted.items():
        there = now.get(key)
        if isinstance(value, Mapping) and isinstance(there, Mapping):
            yield from _differing(there, value, (*path, key))
        elif value != there:
            yield (*path, key)


def _join(*parts: str) -> str:
    """A path with slashes, as places and owners' rules write it."""
    return PurePosixPath(*parts).as_posix()


def follow_renames(
    records: Mapping[Address, Record], declared: Iterable[Resource[object]], registry: Registry
) -> tuple[dict[Address, Record], dict[Address, Address]]:
    """The records, each under the name the declared resources give it and with references to names of today; and by new
    address the stored one, for those that are renamed."""
    names = find_moved({each.address: each.metadata.renamed_from for each in declared}, records)
    if not names:
        return dict(records), {}
    new_names = {old: new for new, old in names.items()}
    found = {}
    for address, record in records.items():
        now = new_names.get(address, address)
        found[now] = _with_references(
            rename_record(record, now) if now != address else record, record, new_names, registry
        )
    return found, names


def _with_references(
    record: Record, stored: Record, new_names: Mapping[Address, Address], registry: Registry
) -> Record:
    spec: Any = stored.spec
    for reference in registry[stored.address.kind].references(resource_of(stored, registry)):
        new = new_names.get(reference.target)
        if new:
            spec = _replace(spec, reference.path[1:], reference.target.name, new.name)
    return replace(record, spec=spec)


def _replace(data: Any, path: tuple[str | int, ...], old: str, new: str) -> Any:
    """The data with the name replaced wherever it is the whole of a text at the path or below."""
    if isinstance(data, Mapping):
        return {
            key: _replace(value, path[1:], old, new) if not path or key == path[0] else value
            for key, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [
            _replace(value, path[1:], old, new) if not path or index == path[0] else value
            for index, value in enumerate(data)
        ]
    return new if data == old and not path else data
