"""Stored files: what a manifest names by path and a resource keeps with it, such as a certificate authority."""

from __future__ import annotations

from pathlib import Path

from reconciler.model.errors import UserError
from reconciler.sources.folder import Unreadable, read_inside


class FileMissing(UserError):
    """A name that gives no file. ``reason``: the end of a sentence."""

    code = "file"

    def __init__(self, name: str, reason: str) -> None:
        hint = "Paths of files are relative to the project folder and stay inside it."
        super().__init__("File not found", f'The file "{name}" gives no content: {reason}.', hint)
        self.name = name
        self.reason = reason


def read_file(project: Path, name: str) -> bytes:
    """The content of a file inside the project folder, at most 1 MiB. Raises `FileMissing`."""
    try:
        return read_inside(project, name)
    except Unreadable as fault:
        raise FileMissing(name, fault.reason) from fault
