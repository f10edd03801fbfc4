"""Commands that are named as the next step, as the reader has to type them: with the options they gave this time."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from reconciler.cli.settings import Settings


def program(settings: Settings, environment: Mapping[str, str] = os.environ) -> str:
    """``reconciler`` and the options that tell where: ``reconciler -C ../mail --env staging``, quoted for a POSIX shell.

    What the environment says it will say again, so it is left out.
    """
    directory = "" if settings.directory == Path() else str(settings.directory)
    given = (
        ("-C", directory, "RECONCILER_DIRECTORY"),
        ("--env", settings.env, "RECONCILER_ENV"),
        ("--state", settings.state, "RECONCILER_STATE"),
    )
    words = [
        word
        for name, value, variable in given
        if value and environment.get(variable) != value
        for word in (name, value)
    ]
    return shlex.join(["reconciler", *words])


def repeated(text: str, settings: Settings, commands: Iterable[str]) -> str:
    """The text, every command of ours in it with those options. ``commands``: the names that follow ``reconciler``."""
    names = "|".join(map(re.escape, commands))
    return re.sub(rf"\breconciler(?= (?:{names})\b)", lambda _: program(settings), text)
