"""Where a plan and its reports may be written: never over what the project is made of, never two into one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from reconciler.model.errors import ReconcilerError, UserError
from reconciler.operations.context.workspace import Workspace
from reconciler.sources.manifests import read_manifest_text
from reconciler.sources.plan_key import list_key_files
from reconciler.sources.project.acknowledgements import FILE as ACKNOWLEDGEMENTS
from reconciler.sources.project.file import NAME, NO_FILE, find_project
from reconciler.sources.project.file import NAME as PROJECT_FILE
from reconciler.sources.reading import Root, resolve_path
from reconciler.sources.writing import write_files
from reconciler.sources.yaml.documents import read_documents

Named = tuple[str, Path]
"""What a person typed (``--report html=plan.html``), and the file it means."""


def write_output(project: Root, path: Path, text: str) -> None:
    """Write a report or a schema, for whoever reads a pipeline's results: with the rights that files usually get there.

    A report holds no more than the output of the command does, and mail only as samples make it. Raises `EnvironmentFault`.
    """
    write_files({path: f"{text}\n".encode(errors="backslashreplace")}, project)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file or folder of the project, resolved, and what it is.

    ``suffixes``: which files in the folder belong to it; ``("",)`` for all of them, none where it is a file.
    """

    path: Path
    what: str
    suffixes: tuple[str, ...] = ()

    def holds(self, file: Path) -> bool:
        return file == self.path or (self.path in file.parents and file.name.lower().endswith(self.suffixes))


def require_free(files: Sequence[Named], workspace: Workspace | ReconcilerError, directory: Path) -> None:
    """Raises `UserError` where a file is part of the project, or is named twice. Nothing has been written by then.

    ``workspace``: of the project around ``directory``, or why there is none; then its files are where they usually are.
    """
    kept = tuple(_list_kept(workspace) if isinstance(workspace, Workspace) else _usual(find_project(directory)))
    seen: dict[Path, str] = {}
    for words, path in files:
        file = resolve_path(path)
        for each in kept:
            if each.holds(file):
                raise UserError(
                    "A file of the project would be overwritten",
                    f"{words}: {each.what}, so nothing was written.",
                    "Name a file elsewhere, such as plan.out beside the project file.",
                )
        if file in seen:
            raise UserError(
                "One file is named twice",
                f"{seen[file]} and {words} are the same file: the second would replace the first. Nothing was written.",
                "Give each a file of its own.",
            )
        seen[file] = words


def _list_kept(workspace: Workspace) -> Iterator[_Kept]:
    project, folder = workspace.project, workspace.folder
    yield from _list_files(folder)
    yield from _list_folders(folder, project.manifests, project.templates, project.overlays)
    if project.platform:
        yield _Kept(resolve_path(Path(project.platform.document.file)), "that is the platform file")
    if workspace.state_file:
        yield from _state(workspace.state_file)


def _usual(folder: Path) -> Iterator[_Kept]:
    yield from _list_files(folder)
    yield from _list_folders(folder, NO_FILE.manifests, NO_FILE.templates, NO_FILE.overlays)
    yield _Kept(resolve_path(folder / ".reconciler"), "that is where state is kept", ("",))


def _list_files(folder: Path) -> Iterator[_Kept]:
    for name, what in ((PROJECT_FILE, "the project file"), (ACKNOWLEDGEMENTS, "where guards are acknowledged")):
        yield _Kept(resolve_path(folder / name), f"that is {what}")


def _list_folders(folder: Path, manifests: str, templates: str, overlays: Sequence[str]) -> Iterator[_Kept]:
    """A folder of its own is kept whole; where it holds the project too, what is read from it."""
    named = ((manifests, "manifests"), (templates, "templates"), *((overlay, "overlays") for overlay in overlays))
    for name, what in named:
        path = resolve_path(folder / name)
        shared = path == folder or path in folder.parents
        yield _Kept(path, f"that is in the folder of the {what}", _READ if shared else ("",))


_READ = (".yaml", ".yml", ".j2")


def _state(file: Path) -> Iterator[_Kept]:
    *database, key = list_key_files(file)
    for path in database:
        yield _Kept(resolve_path(path), "that is where state is kept")
    yield _Kept(resolve_path(key), "that is the key of saved plans")


def read_project_name(root: Root) -> str:
    """``metadata.name`` of the project's file; empty without one, and where nothing of it can be read."""
    text, _ = read_manifest_text(NAME, partial(root.read, NAME))
    documents, _ = read_documents(text, NAME)
    for document in documents:
        metadata = document.data.get("metadata") if isinstance(document.data, Mapping) else None
        name = metadata.get("name") if isinstance(metadata, Mapping) else None
        if isinstance(name, str):
            return name
    return ""
