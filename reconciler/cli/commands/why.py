"""``reconciler why``."""

from __future__ import annotations

from dataclasses import replace

import click

from reconciler.cli.next_step import make_page, say
from reconciler.cli.project import offer_applied_addresses, open_applied_workspace
from reconciler.cli.settings import Settings, common_options, echo, pass_settings
from reconciler.operations.configuration.explain_why import explain_why
from reconciler.views.history import WHY, describe_why


@click.command("why", short_help="Show where each value of a resource comes from.")
@click.argument("address", shell_complete=offer_applied_addresses)
@common_options
@pass_settings
def command(settings: Settings, address: str) -> int:
    """Show which file and line gave each value of a resource, and who applied it last, when and from which commit.

    SERIAL is the revision that changed the value last. Values no manifest states are defaults.

    \b
    Examples:
      reconciler why SmtpServer/relay
      reconciler why relay --format json
    """
    why = explain_why(open_applied_workspace(settings), address)
    why = replace(why, note=say(why.note, settings))
    if settings.json:
        echo(WHY.text(why))
    else:
        echo(describe_why(why, make_page(settings)))
    return 0
