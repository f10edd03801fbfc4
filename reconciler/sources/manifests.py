"""Manifests: the YAML files of a folder, read into documents with every fault collected."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePath, PurePosixPath

from reconciler.model.configuration.resource import Document
from reconciler.model.diagnostic import Diagnostic, Place, make_error
from reconciler.model.errors import UserError
from reconciler.sources.reading import MISSING, NotPlain, Outside, ReadingTime, Root, TooLarge, Unreadable
from reconciler.sources.yaml.documents import MAX_DOCUMENTS, read_documents

MAX_BYTES = 4 * 1024 * 1024
"""Largest manifest file, in bytes."""

MAX_IN_ALL = 1_000_000
"""Values of all files below a folder: 10,000 resources have a third of it."""

_SUFFIXES = (".yaml", ".yml")
_PROJECT_FILE = "reconciler.yaml"
_OTHER_NAMES = ("reconciler.yml", "reconciler.yaml")


def read_manifests(
    project: Root, folder: str, time: ReadingTime | None = None
) -> tuple[list[Document], list[Diagnostic]]:
    """Every document below ``folder``, in the order of paths and of lines, and every fault of the files' YAML.

    Reads ``*.yaml`` and ``*.yml``, in capitals too, at any depth, not hidden ones (names that begin with a dot, as editors
    and mounted volumes make them); follows symlinks that stay inside ``project``. Places name
    files relative to ``project``. Raises `UserError` where there is no folder or no manifest file in it: an empty input
    must never look like a wish to delete everything; `TooLong` where the ``time`` is over.
    """
    time = time or ReadingTime()
    _require_folder(project, folder)
    files, diagnostics = list_manifest_files(project, folder)
    if not files and not diagnostics:
        raise UserError(
            "No manifest files",
            f"The folder {project.path / folder} holds no file that ends in .yaml or .yml, so there is nothing to work with.",
            "Put a manifest there, or name another project with -C DIR.",
        )
    documents: list[Document] = []
    values = 0
    for name in files:
        time.check(name)
        text, faults = read_manifest_text(name, partial(project.read, name))
        if not faults:
            read, faults = read_documents(text, name, time)
            documents += read
            values += sum(len(each.values) for each in read)
        diagnostics += faults
        if len(documents) > MAX_DOCUMENTS or values > MAX_IN_ALL:
            diagnostics.append(_too_much(name, len(documents), values))
            break
    return documents, diagnostics


def _too_much(name: str, documents: int, values: int) -> Diagnostic:
    what = f"{MAX_DOCUMENTS:,} documents" if documents > MAX_DOCUMENTS else f"{MAX_IN_ALL:,} values"
    detail = f"With this file there are more than {what} below the folder; files that come after it were not read."
    hint = "Divide what it declares among several projects; an owner each may share one state."
    return make_error("Too much in one folder", detail, Place(name), hint=hint)


def is_manifest(path: PurePath) -> bool:
    """Whether a file of that name is read."""
    return path.suffix.lower() in _SUFFIXES


def list_manifest_files(project: Root, folder: str) -> tuple[list[str], list[Diagnostic]]:
    """The files `read_manifests` reads, relative to the project, and what stands in the way of finding them all."""
    walk = _FolderWalk(project, _project_file(project))
    pending = [PurePosixPath(folder)]
    while pending:  # no recursion: folders can be nested deeper than calls
        pending += reversed(walk.entries(pending.pop()))
    return walk.files, walk.diagnostics


@dataclass
class _FolderWalk:
    """One walk through a folder: ``files`` to read, in order, and what stands in the way."""

    project: Root
    diagnostics: list[Diagnostic]
    files: list[str] = field(default_factory=list)
    seen: set[PurePosixPath] = field(default_factory=set)

    def entries(self, path: PurePosixPath) -> list[PurePosixPath]:
        """Note the file, or give what is in the folder; that is entered once, by whatever name it is met first."""
        if self.seen and is_manifest(path):
            self.files.append(str(path))
            return []
        try:
            if stat.S_ISDIR(self.project.status(path).st_mode):
                return self._inside(path)
            if not self.seen:
                self._not_entered(path, NotPlain("it is not a folder"))
        except Unreadable as fault:
            self._not_entered(path, fault)
        return []

    def _inside(self, folder: PurePosixPath) -> list[PurePosixPath]:
        real = self.project.place(folder)
        if real in self.seen:
            return []
        self.seen.add(real)
        return [folder / name for name in self.project.names(folder) if not name.startswith(".")]

    def _not_entered(self, path: PurePosixPath, fault: Unreadable) -> None:
        """What may be a folder of manifests is told; a link to another file is nobody's business."""
        written = self.project.path / path
        if isinstance(fault, Outside):
            if not self.seen or os.path.isdir(written):  # noqa: PTH112 - without an exception for what may not be seen
                self.diagnostics.append(_fault(fault, str(path)))
            return
        detail, hint = f"{fault.reason[0].upper()}{fault.reason[1:]}.", "Give read access to it, or move it."
        if written.is_symlink() and not isinstance(fault, NotPlain):
            detail = (
                "This symbolic link leads to nothing. If it stood for a folder, the manifests in it cannot be read."
            )
            hint = "Repair or remove the link."
        if not (written.is_symlink() and path.suffix):
            self.diagnostics.append(make_error("Unreadable folder", detail, Place(str(path)), hint=hint))


def _require_folder(project: Root, folder: str) -> None:
    try:
        there = "" if stat.S_ISDIR(project.status(folder).st_mode) else "is not a folder"
    except Outside:  # told as a diagnostic
        return
    except Unreadable as fault:
        there = "does not exist" if fault.reason == MISSING else fault.reason.removeprefix("it ")
    if there:
        raise UserError(
            "No manifests folder",
            f"Manifests are read from {project.path / folder}, which {there}.",
            "Create the folder and put a manifest there, or name another project with -C DIR.",
        )


def _project_file(project: Root) -> list[Diagnostic]:
    """A project file under a name that is not read must not look as if it were obeyed."""
    detail = f"The project file is called {_PROJECT_FILE}: nothing written here would be obeyed."
    try:
        names = project.names(".")
    except Unreadable:  # then nothing below can be read either, which is told there
        names = []
    wrong = [name for name in names if name.lower() in _OTHER_NAMES and name != _PROJECT_FILE]
    return [
        make_error("Project file not read", detail, Place(name), hint=f"Rename it to {_PROJECT_FILE}.")
        for name in wrong
    ]


def read_manifest_text(name: str, read: Callable[[int], bytes]) -> tuple[str, list[Diagnostic]]:
    """The file's text, or why there is none; places say ``name``. ``read`` gives its content up to a number of bytes."""
    try:
        data = read(MAX_BYTES)
    except Unreadable as fault:
        return "", [_fault(fault, name)]
    try:
        text = data.decode()
    except UnicodeDecodeError as fault:
        return "", [_not_utf8(data, fault, name)]
    return text, []


def _fault(fault: Unreadable, name: str) -> Diagnostic:
    summary, hint = next((words for kind, words in _FAULTS.items() if isinstance(fault, kind)), _UNREADABLE)
    reason = fault.reason[0].upper() + fault.reason[1:]
    return make_error(summary, f"{reason}; nothing in it was read.", Place(name), hint=hint)


_UNREADABLE = ("Unreadable file", "Give read access to it, or remove it.")
_FAULTS = {
    Outside: ("Outside the project", "Copy the content into the project: a review sees nothing else."),
    NotPlain: ("Not a file", "Make it a plain file, or give it a name that does not end like one."),
    TooLarge: ("File too large", "Split it into several files."),
}


def _not_utf8(data: bytes, fault: UnicodeDecodeError, name: str) -> Diagnostic:
    before = data[: fault.start]
    line = before.count(b"\n")
    column = len(before.rpartition(b"\n")[2].decode(errors="replace"))
    kind = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8"
    detail = f"The file is {kind} from here on; manifests are UTF-8 text."
    return make_error(
        "Not UTF-8", detail, Place(name, line + 1, column + 1), hint="Save the file as UTF-8 in your editor."
    )
