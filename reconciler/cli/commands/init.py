"""``reconciler init``."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from reconciler.cli.settings import Settings, common_options, echo, pass_settings
from reconciler.operations.authoring.init_project import NewProject, init_project
from reconciler.views.writing.json_text import Key, document

_ABOUT = {
    "reconciler.yaml": "what holds for the whole project",
    "manifests/mail-server.yaml": "the mail server",
    "manifests/approvals.yaml": "who decides, and what can be asked for",
    ".gitignore": "keeps the state out of version control",
}

MADE = document(
    "A new project",
    Key("folder", str, take=lambda made: str(made.folder.resolve())),
    Key("written", list[str], "Files."),
    Key("next", list[str], "Commands to go on with."),
)


@click.command("init", short_help="Make a new project.")
@click.argument("folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path), default=Path())
@common_options
@pass_settings
def command(settings: Settings, folder: Path) -> int:
    """Make a new project in DIR, or in this folder: a project file, one mail server, one approval process and one type.

    It asks nothing and overwrites nothing: where there is a project already, nothing is written. What it writes is valid as
    it stands; put your own server and addresses in.

    \b
    Examples:
      reconciler init
      reconciler init infra/mail
    """
    made = init_project(settings.directory / folder)
    if settings.json:
        echo(MADE.text(made, next=_next(made)))
    else:
        echo("\n".join(_list_lines(made)))
    return 0


def _list_lines(made: NewProject) -> list[str]:
    size = max(map(len, made.written))
    lines = ["Written:", *(f"  {name:{size}}  {_ABOUT[name]}" for name in made.written), ""]
    if made.unignored:
        lines += ["The .gitignore that was there is as it was: add the line .reconciler/ to it.", ""]
    lines += ["Put your mail server and your addresses into manifests/, then:"]
    return [*lines, *(f"  {line}" for line in _next(made))]


def _next(made: NewProject) -> list[str]:
    """The commands to go on with."""
    there = [f"cd {shlex.quote(str(made.folder))}"] if made.folder.resolve() != Path.cwd() else []
    return [*there, "reconciler validate", "reconciler plan", "reconciler apply"]
