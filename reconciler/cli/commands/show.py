"""``reconciler show``."""

from __future__ import annotations

import click

from reconciler.cli.next_step import make_page
from reconciler.cli.project import offer_applied_addresses, open_applied_workspace
from reconciler.cli.settings import Settings, common_options, echo, pass_settings
from reconciler.operations.configuration.show_resources import read_applied_resources
from reconciler.views.resources import RESOURCES, describe_resource, describe_resources


@click.command("show", short_help="Print applied resources.")
@click.argument("address", required=False, metavar="[ADDRESS]", shell_complete=offer_applied_addresses)
@common_options
@pass_settings
def command(settings: Settings, address: str | None) -> int:
    """Print what was applied: all resources, or one with every field.

    \b
    Examples:
      reconciler show
      reconciler show SmtpServer/relay
      reconciler show --format json
    """
    snapshot, record = read_applied_resources(open_applied_workspace(settings), address)
    if settings.json:
        echo(RESOURCES.text(snapshot, **({"resources": [record]} if record else {})))
    elif record:
        echo(describe_resource(record, make_page(settings)))
    else:
        echo(describe_resources(snapshot, make_page(settings)))
    return 0
