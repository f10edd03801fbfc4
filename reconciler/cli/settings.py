"""Options that every command takes, before or after its name, and what a command is given to work with."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from reconciler.cli.words import ALLOWANCE, SELECTOR
from reconciler.model.configuration.selector import Selector
from reconciler.model.suggestion import list_words, suggest_name
from reconciler.views.writing.escape import visible_lines, without_commands

F = TypeVar("F", bound=Callable[..., Any])

COMPLETION = "_RECONCILER_COMPLETE"
"""The variable in which a shell says that it wants a word completed."""

FORMATS = ("text", "json")
"""How every command can print data."""

PLAN_FORMATS = (*FORMATS, "markdown", "html", "github", "sarif")
"""How a plan can be printed."""

GRAPH_FORMATS = (*FORMATS, "mermaid", "dot")
"""How a graph can be printed; its text is Mermaid."""


@dataclass
class Settings:
    """What the common options said. One per run of the command line; the option nearest to the end wins."""

    directory: Path = Path()
    state: str | None = None
    env: str | None = None
    format: str = "text"
    verbose: bool = False
    actor: str | None = None
    targets: tuple[Selector, ...] = ()

    @property
    def json(self) -> bool:
        """Whether data is printed as one JSON document."""
        return self.format == "json"


def option(*names: str, **attributes: Any) -> Callable[[F], F]:
    """A click option that can also be set by ``RECONCILER_`` and its long name in capitals."""
    long_name = next(name for name in names if name.startswith("--")).split("/")[0]
    attributes.setdefault("envvar", "RECONCILER_" + long_name.removeprefix("--").replace("-", "_").upper())
    return click.option(*names, **attributes)


def _keep(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value is None or parameter.name is None:
        _check_format(ctx, parameter)
        return
    # The root command has heard the environment already: heard again here, it would win over a word before the command.
    from_environment = ctx.get_parameter_source(parameter.name) is ParameterSource.ENVIRONMENT
    if ctx.parent is None or not from_environment:
        setattr(ctx.ensure_object(Settings), parameter.name, value)


def _check_format(ctx: click.Context, parameter: click.Parameter) -> None:
    """What was said before the command's name must be a format the command has."""
    chosen = ctx.ensure_object(Settings).format
    if isinstance(parameter.type, click.Choice) and chosen not in parameter.type.choices:
        raise click.UsageError(
            f"--format {chosen} is not for this command: {', '.join(parameter.type.choices)} are", ctx
        )


def common_options(command: F) -> F:
    """Add ``-C``, ``--env``, ``--state``, ``--format`` and ``-v``: see `Settings`."""
    return _with_options(command, FORMATS)


def plan_options(command: F) -> F:
    """The same, with the further formats of a plan."""
    return _with_options(command, PLAN_FORMATS)


def graph_options(command: F) -> F:
    """The same, with the further formats of a graph."""
    return _with_options(command, GRAPH_FORMATS)


def root_options(command: F) -> F:
    """The same, with the formats of every command: which it is to be is said later."""
    return _with_options(command, tuple(dict.fromkeys((*PLAN_FORMATS, *GRAPH_FORMATS))))


def _with_options(command: F, formats: Sequence[str]) -> F:
    shared = {"callback": _keep, "expose_value": False, "default": None}
    for names, more in (
        (("-v", "--verbose"), {"is_flag": True, "help": "Show everything, however long."}),
        (("--format",), {"type": click.Choice(formats), "help": "How data is printed. [default: text]"}),
        (("--state",), {"metavar": "URL", "help": "Where state is kept. [default: sqlite:.reconciler/state.db]"}),
        (("--env",), {"metavar": "NAME", "help": "The environment; required where reconciler.yaml defines any."}),
        (
            ("-C", "--directory"),
            {
                "metavar": "DIR",
                "type": click.Path(path_type=Path, file_okay=False, exists=True),
                "help": "The project's folder. [default: this one]",
            },
        ),
    ):
        command = option(*names, **shared, **more)(command)
    return command


def actor_option(command: F) -> F:
    """Add ``--actor``: see `Settings`."""

    def keep(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
        ctx.ensure_object(Settings).actor = value

    help = "On whose behalf; recorded as claimed. [default: the pipeline's, else the OS user]"
    return option("--actor", metavar="NAME", help=help, callback=keep, expose_value=False)(command)


def allow_option(command: F) -> F:
    """Add ``--allow``: see `reconciler.cli.words.ALLOWANCE`."""
    help = "Let this guard pass, everywhere or at one address; may be repeated."
    return option("--allow", "allowed", type=ALLOWANCE, multiple=True, metavar="GUARD[=ADDRESS]", help=help)(command)


def target_option(command: F) -> F:
    """Add ``--target``: see `Settings` and `reconciler.cli.words.SELECTOR`."""

    def keep(ctx: click.Context, parameter: click.Parameter, value: tuple[Selector, ...]) -> None:
        ctx.ensure_object(Settings).targets = value

    help = "Only what this hits, and what that needs: an address, a pattern, owner=NAME or label=K=V; may be repeated."
    shared = {"multiple": True, "help": help, "callback": keep, "expose_value": False}
    return option("--target", "targets", type=SELECTOR, metavar="SELECTOR", **shared)(command)


pass_settings = click.make_pass_decorator(Settings, ensure=True)


def wants_json(arguments: list[str], environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a failure has to be printed as JSON: read from the raw words, for wrong usage is a failure too."""
    chosen = environment.get("RECONCILER_FORMAT", "text")
    for index, word in enumerate(arguments):
        if word == "--format" and index + 1 < len(arguments):
            chosen = arguments[index + 1]
        elif word.startswith("--format="):
            chosen = word.partition("=")[2]
    return chosen == "json"


def colour() -> bool:
    """Whether standard output may have colour: on a terminal only, and never with NO_COLOR."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def width() -> int:
    """Columns to lay text out in: the terminal's, between 60 and 120; 100 where there is none."""
    if not sys.stdout.isatty():
        return 100
    return max(60, min(120, os.get_terminal_size().columns))


def table_width(settings: Settings) -> int:
    """The same for a table whose columns are cut to fit; wide enough for all of it with -v, and where programs read."""
    return width() if sys.stdout.isatty() and not settings.verbose else _UNCUT


_UNCUT = 1_000_000


def echo(text: str = "", *, err: bool = False, nl: bool = True, commands: bool = False) -> None:
    """Print; the one place where anything is printed. ``err``: to standard error. ``nl``: whether the line ends.

    Off a terminal a CI runner may read along: what it would take for a command of ours is broken, unless ``commands`` says
    that every line is one.
    """
    read_by_people = (sys.stderr if err else sys.stdout).isatty()
    click.echo(text if read_by_people or commands else without_commands(text), err=err, nl=nl)


def notice(text: str) -> None:
    """Tell a person something that is not data."""
    echo("\n".join(visible_lines(text)), err=True)


class CommandGroup(click.Group):
    """A group of commands. An unknown one is answered with the nearest; a missing one is a fault, whatever click's version."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        attributes.setdefault("no_args_is_help", False)
        super().__init__(*arguments, **attributes)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-"):
            hint = suggest_name(name, known, f"There are {list_words(known)}.")
            raise click.UsageError(f"There is no command “{name}”. {hint}", ctx)
        return super().resolve_command(ctx, args)
