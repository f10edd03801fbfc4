"""Next steps in the words of the command line: its commands as the reader has to type them, with the options they gave this
time, and its options."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from reconciler.cli.settings import Settings
from reconciler.model.errors import ReconcilerError
from reconciler.model.next_step import Next, NextStep

WORDS: Mapping[Next, str] = {
    Next.APPLY_OR_CHECK_STATE: "Apply first, or check --state.",
    Next.CHECK_STATE_PATH: "Check the path given with --state.",
    Next.CHECK_STATE_PATH_FILE_IS_AS_IT_WAS: "Check the path given with --state; the file was left as it is.",
    Next.DECIDE_REQUESTS: "decide or cancel the requests first (`{program} approvals list`)",
    Next.FINISH_MAIL: "let the mail finish first (`{program} run --once`, `{program} deliveries list`)",
    Next.KEEP_FOR_NOW: "Keep it for now, or {steps}; then apply again.",
    Next.NAME_STATE_FILE: "Name a file with --state, for example sqlite:.reconciler/state.db.",
    Next.REPLACE_LINK: (
        "Remove the link and put what it leads to in its place. A state that is somewhere else is named with --state."
    ),
    Next.RESTORE_STATE: (
        "Keep a copy of what is there ({program} state backup FILE) and see what still holds ({program} audit verify). Then "
        "put a backup in its place; if there is none, move it away and apply again to start from an empty state."
    ),
    Next.SEE_DECISION: "See the decision with `{program} approvals show {request}`.",
    Next.SEE_DELIVERY: "See what became of it with `{program} deliveries show {message}`.",
    Next.SEE_REQUEST: "See where it stands with `{program} approvals show {request}`, and try again.",
    Next.SHORTEN_STATE_PATH: "Choose a shorter path with --state.",
    Next.THAW: "Ask them first; then let applies go on with: {program} state thaw",
}
"""Each next step: ``{program}`` is `program`, ``{steps}`` those it is made of, all else its parameters."""


def hint_of(error: ReconcilerError, settings: Settings) -> str:
    """What the reader of the error can do next."""
    return in_words(error.next, program(settings)) if error.next else error.hint


def in_words(step: NextStep, program: str) -> str:
    """The step; ``program`` is how the reader starts this program."""
    steps = " and ".join(in_words(each, program) for each in step.steps)
    return WORDS[step.code].format(program=program, steps=steps, **step.parameters)


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
