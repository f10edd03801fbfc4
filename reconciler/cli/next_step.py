"""Sentences in the words of the command line: its commands as the reader has to type them, and its options."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from reconciler.cli.settings import Settings, colour, width
from reconciler.model.condition import Status
from reconciler.model.configuration.guard import Guard
from reconciler.model.configuration.plan import Plan
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.errors import InvalidManifests, ReconcilerError
from reconciler.model.wording import Act, Do, Given, Sentence
from reconciler.views.writing.layout import Page, Say

_COMMANDS: Mapping[Act, str] = {
    Act.APPLY: "apply",
    Act.APPROVE: "approvals approve",
    Act.AUDIT: "audit verify",
    Act.BACK_UP: "state backup",
    Act.DELIVER: "run --once",
    Act.DENY: "approvals deny",
    Act.EXPLAIN: "explain",
    Act.GRAPH: "graph",
    Act.HISTORY: "history",
    Act.INIT: "init",
    Act.LIST_DELIVERIES: "deliveries list",
    Act.LIST_REQUESTS: "approvals list",
    Act.PLAN: "plan",
    Act.RENDER: "render",
    Act.RESUME: "resume",
    Act.ROLL_BACK: "rollback",
    Act.RUN: "run",
    Act.SHOW: "show",
    Act.SHOW_DELIVERY: "deliveries show",
    Act.SHOW_REQUEST: "approvals show",
    Act.THAW: "state thaw",
    Act.UNLOCK: "state unlock",
    Act.VALIDATE: "validate",
    Act.WHY: "why",
}
"""What follows ``reconciler`` for each act."""


E = TypeVar("E", bound=ReconcilerError)


def format_program(settings: Settings, environment: Mapping[str, str] = os.environ) -> str:
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


def say(text: str, settings: Settings) -> str:
    """The text; of a sentence what it names as the reader types it."""
    if not isinstance(text, Sentence):
        return text
    return "".join(part if isinstance(part, str) else _type(part, settings) for part in text.parts)


def say_as(settings: Settings) -> Say:
    """What words sentences so."""
    return partial(say, settings=settings)


def make_page(settings: Settings, most: int = 120) -> Page:
    """What text is laid out for: the terminal it is printed on, ``most``: columns it may take."""
    return Page(colour(), min(most, width()), settings.verbose, say_as(settings))


def say_error(error: E, settings: Settings) -> E:
    """The error in the words of the command line."""
    said = type(error).__new__(
        type(error), *error.args
    )  # each kind of error is made otherwise, and all are copied alike
    vars(said).update(vars(error))
    said.summary, said.detail, said.hint = (say(text, settings) for text in (error.summary, error.detail, error.hint))
    if isinstance(said, InvalidManifests):
        said.diagnostics = say_diagnostics(said.diagnostics, settings)
    return said


def say_diagnostics(diagnostics: tuple[Diagnostic, ...], settings: Settings) -> tuple[Diagnostic, ...]:
    """The diagnostics in the words of the command line."""
    return tuple(
        replace(each, detail=say(each.detail, settings), hint=say(each.hint, settings)) for each in diagnostics
    )


def say_plan(plan: Plan, settings: Settings) -> Plan:
    """The plan in the words of the command line."""
    guards = tuple(_say_guard(guard, settings) for guard in plan.guards)
    return replace(plan, guards=guards, diagnostics=say_diagnostics(plan.diagnostics, settings))


def say_status(status: Status, settings: Settings) -> Status:
    """The status in the words of the command line."""
    return replace(status, troubles=tuple(replace(each, hint=say(each.hint, settings)) for each in status.troubles))


def _say_guard(guard: Guard, settings: Settings) -> Guard:
    return replace(guard, message=say(guard.message, settings), remedy=say(guard.remedy, settings))


def _type(part: Given | Do, settings: Settings) -> str:
    if isinstance(part, Given):
        return f"--{part.field} {part.value}".rstrip()
    given = [f"--{name} {value}".rstrip() for name, value in part.given.items()]
    return " ".join(filter(None, (format_program(settings), _COMMANDS[part.act], part.on, *given)))
