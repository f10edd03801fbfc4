"""Manifests: the YAML files of a folder, read into documents with every fault collected."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePath

from reconciler.model.diagnostic import Diagnostic, Place, error
from reconciler.model.errors import UserError
from reconciler.model.resource import Document
from reconciler.sources.yaml_documents import read_documents

MAX_BYTES = 4 * 1024 * 1024
"""Largest manifest file, in bytes."""

_SUFFIXES = (".yaml", ".yml")
_PROJECT_FILE = "reconciler.yaml"
_OTHER_NAMES = ("reconciler.yml", "reconciler.yaml")


def read_manifests(project: Path, folder: Path) -> tuple[list[Document], list[Diagnostic]]:
    """Every document below ``folder``, in the order of paths and of lines, and every fault of the files' YAML.

    Reads ``*.yaml`` and ``*.yml``, in capitals too, at any depth, not hidden ones (names that begin with a dot, as editors
    and mounted volumes make them); follows symlinks that stay inside ``project``. Places name
    files relative to ``project``. Raises `UserError` where there is no folder or no manifest file in it: an empty input
    must never look like a wish to delete everything.
    """
    files, diagnostics = manifest_files(project, _existing(folder))
    if not files and not diagnostics:
        raise UserError(
            "No manifest files",
            f"The folder {folder} holds no file that ends in .yaml or .yml, so there is nothing to work with.",
            "Put a manifest there, or name another project with -C DIR.",
        )
    documents: list[Document] = []
    for name, path in files.items():
        text, faults = manifest_text(path, name)
        if not faults:
            read, faults = read_documents(text, name)
            documents += read
        diagnostics += faults
    return documents, diagnostics


def is_manifest(path: PurePath) -> bool:
    """Whether a file of that name is read."""
    return path.suffix.lower() in _SUFFIXES


def manifest_files(project: Path, folder: Path) -> tuple[dict[str, Path], list[Diagnostic]]:
    """The files `read_manifests` reads, by the names places give them, and what stands in the way of finding them all."""
    walk = _Walk(project, project.resolve(), _project_file(project))
    walk.enter(folder)
    return {walk.name(path): path for path in walk.files}, walk.diagnostics


@dataclass
class _Walk:
    """One walk through a folder: ``files`` to read, in order, and what stands in the way. ``root``: the resolved project."""

    project: Path
    root: Path
    diagnostics: list[Diagnostic]
    files: list[Path] = field(default_factory=list)
    seen: set[Path] = field(default_factory=set)

    def enter(self, folder: Path) -> None:
        """Collect the files below; a folder is entered once, by whatever name it is met first."""
        real = folder.resolve()
        if not real.is_relative_to(self.root):
            self._outside(folder)
        elif real not in self.seen:
            self.seen.add(real)
            for entry in self._entries(folder):
                self._meet(entry)

    def name(self, path: Path) -> str:
        """How places name the file: relative to the project, with slashes."""
        return path.relative_to(self.project).as_posix() if path.is_relative_to(self.project) else path.as_posix()

    def _entries(self, folder: Path) -> list[Path]:
        try:
            return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
        except OSError as fault:
            self._fault("Unreadable folder", f"It cannot be read: {_words(fault)}.", folder, "Give read access to it.")
            return []

    def _meet(self, entry: Path) -> None:
        manifest = is_manifest(entry)
        if entry.is_dir() and not manifest:
            self.enter(entry)
        elif manifest and not _target(entry).is_relative_to(self.root):
            self._outside(entry)
        elif manifest and entry.is_file():
            self.files.append(entry)
        elif manifest:
            self._no_file(entry)
        elif not entry.suffix and entry.is_symlink() and not entry.exists():
            detail = (
                "This symbolic link leads to nothing. If it stood for a folder, the manifests in it cannot be read."
            )
            self._fault("Unreadable folder", detail, entry, "Repair or remove the link.")

    def _no_file(self, entry: Path) -> None:
        if entry.is_dir():
            detail = "This is a folder whose name ends like a manifest file; nothing in it was read."
            self._fault("Not a file", detail, entry, "Rename the folder.")
        elif entry.is_symlink():
            detail = "This symbolic link leads to nothing, so the manifest it stands for cannot be read."
            self._fault("Unreadable file", detail, entry, "Repair or remove the link.")
        else:
            self._fault("Not a file", "A manifest is a plain file, and this is none.", entry, "Remove it or rename it.")

    def _outside(self, path: Path) -> None:
        detail = (
            "This symbolic link leads out of the project. Only what lies inside is read: a review sees nothing else."
        )
        self._fault("Outside the project", detail, path, "Copy the content into the project.")

    def _fault(self, summary: str, detail: str, path: Path, hint: str) -> None:
        self.diagnostics.append(error(summary, detail, Place(self.name(path)), hint=hint))


def _existing(folder: Path) -> Path:
    if folder.is_dir():
        return folder
    there = "is not a folder" if folder.exists() else "does not exist"
    raise UserError(
        "No manifests folder",
        f"Manifests are read from {folder}, which {there}.",
        "Create the folder and put a manifest there, or name another project with -C DIR.",
    )


def _project_file(project: Path) -> list[Diagnostic]:
    """A project file under a name that is not read must not look as if it were obeyed."""
    detail = f"The project file is called {_PROJECT_FILE}: nothing written here would be obeyed."
    try:
        names = sorted(entry.name for entry in project.iterdir())
    except OSError:  # then nothing below can be read either, which is told there
        names = []
    wrong = [name for name in names if name.lower() in _OTHER_NAMES and name != _PROJECT_FILE]
    return [
        error("Project file not read", detail, Place(name), hint=f"Rename it to {_PROJECT_FILE}.") for name in wrong
    ]


def _target(entry: Path) -> Path:
    try:
        return entry.resolve()
    except (OSError, RuntimeError):  # Python below 3.13 raises RuntimeError for a loop of symlinks
        return entry.parent.resolve() / entry.name


def manifest_text(path: Path, name: str) -> tuple[str, list[Diagnostic]]:
    """The file's text, or why there is none; places say ``name``."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as fault:
        hint = "Give read access to it."
        return "", [error("Unreadable file", f"The file cannot be read: {_words(fault)}.", Place(name), hint=hint)]
    if len(data) > MAX_BYTES:
        detail = f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB; nothing in it was read."
        return "", [error("File too large", detail, Place(name), hint="Split it into several files.")]
    try:
        text = data.decode()
    except UnicodeDecodeError as fault:
        return "", [_not_utf8(data, fault, name)]
    return text, []


def _not_utf8(data: bytes, fault: UnicodeDecodeError, name: str) -> Diagnostic:
    before = data[: fault.start]
    line = before.count(b"\n")
    column = len(before.rpartition(b"\n")[2].decode(errors="replace"))
    kind = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8"
    detail = f"The file is {kind} from here on; manifests are UTF-8 text."
    return error("Not UTF-8", detail, Place(name, line + 1, column + 1), hint="Save the file as UTF-8 in your editor.")


def _words(fault: OSError) -> str:
    return (fault.strerror or type(fault).__name__).lower()
