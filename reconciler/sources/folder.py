"""One file of a folder, by a name that cannot lead out of it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

MAX_BYTES = 1024 * 1024
"""Largest template source or stored file, in bytes."""


MISSING = "it does not exist"
"""The reason of a name that nothing stands at."""


class Unreadable(Exception):
    """``reason``: why the name gives no content, as the end of a sentence ("it does not exist")."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_inside(folder: Path, name: str) -> bytes:
    """The content of ``folder/name``. ``name`` is relative, with slashes, in its one shortest spelling.

    Symlinks are followed while they stay inside the folder. Raises `Unreadable`.
    """
    if not name or "\0" in name or "\\" in name or PurePosixPath(name).as_posix() != name:
        raise Unreadable("a file is named by its path inside the folder, with single slashes between the parts")
    if name.startswith("/") or ".." in PurePosixPath(name).parts:
        raise Unreadable("it leads out of the folder, and only what lies inside is read")
    try:
        target = (folder / name).resolve()
        if not target.is_relative_to(folder.resolve()):
            raise Unreadable("it is a symbolic link that leads out of the folder, and only what lies inside is read")
        return _content(target)
    except (OSError, RuntimeError) as fault:  # Python below 3.13 raises RuntimeError for a loop of symlinks
        raise Unreadable(_words(fault)) from fault


def _content(target: Path) -> bytes:
    if target.is_dir():
        raise Unreadable("it is a folder")
    if target.exists() and not target.is_file():
        raise Unreadable("it is not a plain file")
    with target.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Unreadable(f"it is larger than {MAX_BYTES // 1024 // 1024} MiB")
    return data


def _words(fault: OSError | RuntimeError) -> str:
    if isinstance(fault, FileNotFoundError):
        return MISSING
    if isinstance(fault, RuntimeError):
        return "it is a symbolic link that leads to itself"
    return f"it cannot be read: {(fault.strerror or type(fault).__name__).lower()}"
