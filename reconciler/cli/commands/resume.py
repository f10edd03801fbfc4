"""``reconciler resume``."""

from __future__ import annotations

import click

from reconciler.cli.project import offer_applied_addresses, open_applied_workspace
from reconciler.cli.settings import Settings, common_options, echo, option, pass_settings
from reconciler.operations.configuration.suspend import resume
from reconciler.views.status import RESUMED, describe_suspension


@click.command("resume", short_help="Lift a suspension.")
@click.argument("address", shell_complete=offer_applied_addresses)
@option("--actor", metavar="NAME", help="On whose behalf; recorded as claimed.")
@common_options
@pass_settings
def command(settings: Settings, address: str, actor: str | None) -> int:
    """Let a suspended resource go on. Mail that waited for a server is due at once.

    \b
    Example:
      reconciler resume SmtpServer/relay
    """
    settings.actor = actor
    lifted = resume(open_applied_workspace(settings), address)
    if settings.json:
        echo(RESUMED.text(lifted))
    else:
        echo(f"Resumed. It was suspended: {describe_suspension(lifted)}.")
    return 0
