"""``init``: a new project in a folder."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from reconciler.model.configuration.file_change import Exported, ExportedFile
from reconciler.model.errors import NotFound, UserError
from reconciler.sources.reading import FILE_BYTES, Root, Unreadable, read_anywhere
from reconciler.sources.starter import IGNORED, write_starter
from reconciler.sources.templates import TemplateMissing, list_builtin_names, read_builtin
from reconciler.sources.writing import write_files


@dataclass(frozen=True, slots=True)
class NewProject:
    """``written``: the files, relative to ``folder``. ``unignored``: an ignore file was there that says nothing of the state."""

    folder: Path
    written: tuple[str, ...]
    unignored: bool


def init_project(folder: Path) -> NewProject:
    """Write the smallest useful project; see `reconciler.sources.starter.write_starter` for what it raises."""
    written = write_starter(folder)
    return NewProject(folder, tuple(written), IGNORED not in written and not _ignores_state(folder / IGNORED))


def _ignores_state(file: Path) -> bool:
    """Whether a line of the ignore file is about the folder of the state."""
    try:
        lines = read_anywhere(file, FILE_BYTES).decode(errors="replace").splitlines()
    except Unreadable:
        return False
    return any(line.strip().strip("/") == ".reconciler" for line in lines)


def export_builtin(project: Root, name: str, file: Path) -> Exported:
    """Copy the source into a new file. A file of the same content is left alone; any other is never overwritten."""
    try:
        source = read_builtin(name).encode()
    except TemplateMissing:
        raise NotFound(
            "There is no such built-in message",
            f"No built-in message is called “{name}”.",
            f"There are: {', '.join(list_builtin_names())}.",
        ) from None
    if os.path.lexists(file):
        with suppress(Unreadable):
            if read_anywhere(file, FILE_BYTES) == source:
                return Exported((), (), 1)
        raise UserError(
            "The file exists", f"{file} is there, with another content.", "Name a file that does not exist."
        )
    write_files({file: source}, project, folders=True)
    return Exported((ExportedFile(str(file), True),), (), 0)
