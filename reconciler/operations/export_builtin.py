"""export builtin:NAME FILE: the source of one built-in message, to edit."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from reconciler.model.configuration.file_change import Exported, Written
from reconciler.model.errors import NotFound, UserError
from reconciler.sources.reading import FILE_BYTES, Root, Unreadable, read_anywhere
from reconciler.sources.templates import TemplateMissing, builtin_names, builtin_text
from reconciler.sources.writing import write_files


def export_builtin(project: Root, name: str, file: Path) -> Exported:
    """Copy the source into a new file. A file of the same content is left alone; any other is never overwritten."""
    try:
        source = builtin_text(name).encode()
    except TemplateMissing:
        raise NotFound(
            "There is no such built-in message",
            f"No built-in message is called “{name}”.",
            f"There are: {', '.join(builtin_names())}.",
        ) from None
    if os.path.lexists(file):
        with suppress(Unreadable):
            if read_anywhere(file, FILE_BYTES) == source:
                return Exported((), (), 1)
        raise UserError(
            "The file exists", f"{file} is there, with another content.", "Name a file that does not exist."
        )
    write_files({file: source}, project, folders=True)
    return Exported((Written(str(file), True),), (), 0)
