"""``reconciler demo``."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

import reconciler
from reconciler.cli.settings import Settings, common_options, echo, option, pass_settings
from reconciler.model.errors import EnvironmentFault, UserError
from reconciler.operations.demo import run_demo


@click.command("demo", short_help="Watch the whole product work, on this machine alone.")
@option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to leave it all. [default: a new folder]",
)
@common_options
@pass_settings
def command(settings: Settings, out: Path | None) -> int:
    """Watch the whole product work, on this machine alone.

    The shipped manifests are validated, planned and applied on a copy; something is requested, approvers get mail, one
    decides, the requester is told. Nothing leaves this machine. The mails stay behind as .eml, text and HTML.

    \b
    Examples:
      reconciler demo
      reconciler demo --out /tmp/look
    """
    folder = _empty(out) if out else Path(tempfile.mkdtemp(prefix="reconciler-demo-"))
    shown = run_demo(Path(reconciler.__file__).parent.parent, folder, echo)
    echo(f"\nDone: {shown.count} mails. They are in {shown.mails} as .eml, text and HTML.")
    echo(f"The project it ran on, with its state, is in {shown.project}.")
    return 0


def _empty(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UserError(
                "The folder is not empty", f"“{folder}” holds files already.", "Name a new folder with --out."
            )
        return folder.resolve()
    except OSError as fault:
        detail = f"{folder} cannot be written: {fault.strerror}."
        raise EnvironmentFault("Cannot write the demo", detail, "Name another folder with --out.") from fault
