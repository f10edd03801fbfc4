"""``init``: a new project in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reconciler.sources.reading import FILE_BYTES, Unreadable, read_anywhere
from reconciler.sources.starter import IGNORED, write_starter


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
