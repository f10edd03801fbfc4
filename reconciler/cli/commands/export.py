"""``reconciler export``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from reconciler.cli.next_step import say
from reconciler.cli.project import find_root, open_workspace_of
from reconciler.cli.settings import Settings, common_options, echo, notice, pass_settings
from reconciler.model.configuration.file_change import Exported
from reconciler.operations.authoring.export_resources import export_resources
from reconciler.operations.authoring.init_project import export_builtin
from reconciler.views.file_changes import EXPORTED, describe_export

_BUILTIN = "builtin:"


@click.command("export", short_help="Write what is applied as manifests.")
@click.argument("target", required=False, metavar="[DIR | builtin:NAME]")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@common_options
@pass_settings
def command(settings: Settings, target: str | None, file: Path | None) -> int:
    """Write the applied resources into DIR [the manifests folder].

    Where a manifest stands only the values that differ change, and comments stay; other resources get a file each,
    KIND/NAME.yaml. Templates and stored files are written only where they are missing. Nothing is deleted. A plan afterwards is
    empty, but for what is noted.

    With builtin:NAME one built-in message is copied to FILE, to be edited.

    \b
    Examples:
      reconciler export
      reconciler export /tmp/copy
      reconciler export builtin:approval-request.html templates/approvals/ask.html.j2
    """
    if target is not None and target.startswith(_BUILTIN):
        if file is None:
            raise click.UsageError(f"name the file to write: reconciler export {target} templates/NAME.j2")
        found = export_builtin(find_root(settings), target, file)
        _print(settings, found)
        notice(_use(target, file))
        return 0
    if file is not None:
        raise click.UsageError("FILE goes with builtin:NAME; resources are exported into one folder")
    _print(settings, export_resources(open_workspace_of(settings), Path(target) if target else None))
    return 0


def _print(settings: Settings, found: Exported) -> None:
    found = replace(found, notes=tuple(replace(note, text=say(note.text, settings)) for note in found.notes))
    echo(EXPORTED.text(found) if settings.json else describe_export(found))


def _use(name: str, file: Path) -> str:
    """How a manifest uses the copy; paths in manifests are relative to the templates folder."""
    part = name.rpartition(".")[2]
    if part == "subject":
        return f"Use it as an EmailTask's subject (spec.subject takes the text itself, on one line): see {file}."
    slot = "startActivity" if "request" in name else "completedActivity"
    return (
        f"Use it in an EmailTask with context: approval, spec.body: {{{part}: PATH}}, PATH relative to the templates folder, "
        f"and name that task in an ApprovalProcess's {slot}."
    )
