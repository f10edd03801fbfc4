"""Secrets by name: from a folder of files, else from the environment. Nothing else of the environment can be named."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from reconciler.model.configuration.address import is_name
from reconciler.model.errors import SecretMissing
from reconciler.model.mail.route import SecretName
from reconciler.sources.reading import Unreadable, read_anywhere

FOLDERS = ("RECONCILER_SECRETS_DIR", "CREDENTIALS_DIRECTORY")
"""Variables that name a folder with one file per secret; the first that has the file wins."""

MAX_BYTES = 64 * 1024
"""Largest secret, in bytes."""


class EnvironmentSecrets:
    """Reads secrets where they are needed, each time anew, and keeps none.

    The secret ``relay-password`` is the file of that name in one of `FOLDERS`, else the variable
    ``RECONCILER_SECRET_RELAY_PASSWORD``. One line break at the end belongs to the file, not to the secret.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def value(self, name: SecretName) -> str:
        """The secret's value. Raises `SecretMissing`, which names every place looked in and never the value."""
        file, variable = self._file(name), name_variable(name)
        if file is not None:
            return _check(_file_text(file, name), f"the file {file}", name)
        if variable in self._environ:
            return _check(self._environ[variable], f"the variable {variable}", name)
        raise self._nowhere(name)

    def __repr__(self) -> str:
        return "EnvironmentSecrets()"

    def _file(self, name: SecretName) -> Path | None:
        if not is_name(name.secret):
            return None
        places = (folder / name.secret for folder in self._list_folders())
        return next((place for place in places if os.path.lexists(place)), None)

    def _list_folders(self) -> list[Path]:
        return [Path(self._environ[variable]) for variable in FOLDERS if self._environ.get(variable)]

    def _nowhere(self, name: SecretName) -> SecretMissing:
        folders = [f"the file {folder / name.secret}" for folder in self._list_folders()]
        looked = [*folders, f"the variable {name_variable(name)}"]
        unset = [variable for variable in FOLDERS if not self._environ.get(variable)]
        unlooked = f" No folder was looked in: {' and '.join(unset)} are not set." if unset == list(FOLDERS) else ""
        return SecretMissing(
            f"Secret {name.secret} has no value on this machine",
            f"Looked for {' and for '.join(looked)}; neither exists."
            if folders
            else f"Looked for {looked[0]}, which is not set.{unlooked}",
            f"Set {name_variable(name)}, or put the value into a file named {name.secret} in the folder that "
            f"{FOLDERS[0]} names.",
        )


def name_variable(name: SecretName) -> str:
    """The environment variable that may hold it: ``RECONCILER_SECRET_RELAY_PASSWORD``."""
    return "RECONCILER_SECRET_" + name.secret.upper().replace("-", "_")


def _file_text(file: Path, name: SecretName) -> str:
    try:
        data = read_anywhere(file, MAX_BYTES)
    except Unreadable as fault:
        raise _unusable(name, f"the file {file}", fault.reason.removeprefix("it ")) from None
    try:
        return data.decode()
    except UnicodeDecodeError:
        # `from None`: the exception underneath carries the bytes, and they are the secret.
        raise _unusable(name, f"the file {file}", "is not UTF-8 text") from None


def _check(text: str, place: str, name: SecretName) -> str:
    value = text.removesuffix("\n").removesuffix("\r")
    if not value:
        raise _unusable(name, place, "is empty")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise _unusable(name, place, "is not UTF-8 text")
    if any(character in value for character in "\r\n\0"):
        raise _unusable(name, place, "holds more than one line; a secret is one line")
    return value


def _unusable(name: SecretName, place: str, why: str) -> SecretMissing:
    detail = f"{place[0].upper()}{place[1:]} {why}."
    return SecretMissing(f"Secret {name.secret} cannot be used", detail, "Put the value there, as one line of text.")
