"""``reconciler fmt``."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.next_step import make_page
from reconciler.cli.project import find_root
from reconciler.cli.settings import Settings, common_options, echo, option, pass_settings
from reconciler.kinds.registry import REGISTRY
from reconciler.operations.authoring.format_files import format_files
from reconciler.views.file_changes import FORMATTED, describe_formatting, list_diff_lines

WOULD_CHANGE = 3
"""Exit code of ``--check`` where a file is not in its layout."""


@click.command("fmt", short_help="Lay out the YAML files of the project.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@option("--check", is_flag=True, help="Write nothing; exit 3 when a file would change.")
@option("--diff", is_flag=True, help="Show what changes, line by line.")
@common_options
@pass_settings
def command(settings: Settings, paths: tuple[Path, ...], check: bool, diff: bool) -> int:
    """Rewrite the files and folders PATH, or all YAML files of the project, in one layout: manifests, overlays,
    reconciler.yaml, acknowledgements.yaml.

    Two blanks of indentation, keys in the order of the kind's manual, a name first. Comments, quotes, block texts and documents
    stay, and every value means what it meant. Files that are not sound YAML are told, and then none is written.

    \b
    Examples:
      reconciler fmt
      reconciler fmt --check --diff            in a pipeline: shows, writes nothing
      reconciler fmt manifests/people.yaml
    """
    found = format_files(find_root(settings), paths, REGISTRY, write=not check)
    if settings.json:
        changed = [(each.name, "\n".join(list_diff_lines(each)) if diff else None) for each in found.changes]
        echo(FORMATTED.text(found, changed=changed))
    else:
        echo(describe_formatting(found, make_page(settings), diff=diff))
    return WOULD_CHANGE if check and found.changes else 0
