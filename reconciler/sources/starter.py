"""The files of a new project: the smallest that is useful, with comments. They lie in the folder ``starter`` as they are."""

from __future__ import annotations

import os
import re
from pathlib import Path

from reconciler.model.errors import EnvironmentFault, UserError
from reconciler.model.wording import Act, Do, Sentence
from reconciler.sources.reading import Root, resolve_path, words_of
from reconciler.sources.writing import write_files

IGNORED = ".gitignore"

_FOLDER = Path(__file__).parent / "starter"
_FILES = ("reconciler.yaml", "manifests/mail-server.yaml", "manifests/approvals.yaml")
_IGNORES = "# The state: not for version control.\n.reconciler/\n"


def list_starter_files(folder: Path) -> dict[str, str]:
    """Text by path relative to the folder. The project is called after the folder, as far as that makes a name."""
    name = re.sub(r"[^a-z0-9]+", "-", resolve_path(folder).name.lower())[:63].strip("-") or "mail"
    texts = {file: (_FOLDER / file).read_text(encoding="utf-8").replace("PROJECT", name) for file in _FILES}
    return {**texts, IGNORED: _IGNORES}


def list_in_the_way(folder: Path) -> list[str]:
    """What makes the folder a project already, relative to it; a folder with a slash at its end."""
    found = [name for name in ("reconciler.yaml", "reconciler.yml") if os.path.lexists(folder / name)]
    manifests = folder / "manifests"
    if os.path.lexists(manifests) and (not manifests.is_dir() or any(manifests.iterdir())):
        found.append("manifests/" if manifests.is_dir() else "manifests")
    return found


def write_starter(folder: Path) -> list[str]:
    """Write the files of a new project; their names, without those that were there. All of them or none.

    Raises `UserError`, and writes nothing, where something is in the way; an ignore file that is there is left as it is.
    """
    try:
        there = list_in_the_way(folder) if folder.is_dir() else []
    except OSError as fault:
        said = f"{folder}: {words_of(fault)}."
        raise EnvironmentFault("The folder cannot be written", said, "Name a folder you may write to.") from None
    if there:
        raise UserError(
            "There is a project already",
            f"{folder} holds {' and '.join(there)}, and nothing is overwritten. Nothing was written.",
            Sentence("Name another folder: ", Do(Act.INIT, "DIR"), "."),
        )
    files = {name: text for name, text in list_starter_files(folder).items() if not os.path.lexists(folder / name)}
    try:
        made = {folder / name: text.encode() for name, text in files.items()}
        write_files(made, Root(resolve_path(folder)), folders=True)
    except EnvironmentFault as fault:
        raise EnvironmentFault(
            "The folder cannot be written", fault.detail, "Name a folder you may write to."
        ) from None
    return list(files)
