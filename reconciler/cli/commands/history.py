"""``reconciler history``."""

from __future__ import annotations

import click

from reconciler.cli.next_step import make_page
from reconciler.cli.project import offer_applied_addresses, open_applied_workspace
from reconciler.cli.settings import Settings, common_options, echo, option, pass_settings
from reconciler.operations.configuration.explain_why import show_history
from reconciler.views.history import HISTORY, describe_history


@click.command("history", short_help="List what was applied, by whom and when.")
@click.argument("address", required=False, metavar="[ADDRESS]", shell_complete=offer_applied_addresses)
@option("--limit", type=click.IntRange(1), default=50, help="How many at most. [default: 50]")
@option("--before", type=click.IntRange(1), metavar="SERIAL", help="Only those before this serial.")
@common_options
@pass_settings
def command(settings: Settings, address: str | None, limit: int, before: int | None) -> int:
    """List what was applied, newest first: serial, time, actor, commit, what changed, digest of the plan.

    With ADDRESS only what changed that resource, under earlier names too. + created, ~ updated, - deleted, > renamed.

    \b
    Examples:
      reconciler history
      reconciler history SmtpServer/relay
      reconciler history --format json --limit 500
    """
    revisions = show_history(open_applied_workspace(settings), limit=limit, before=before, address=address)
    if settings.json:
        echo(HISTORY.text(revisions=revisions))
    else:
        echo(describe_history(revisions, make_page(settings)))
    return 0
