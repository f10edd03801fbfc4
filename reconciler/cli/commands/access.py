"""``reconciler access``."""

from __future__ import annotations

import click

from reconciler.cli.next_step import make_page
from reconciler.cli.project import open_applied_workspace
from reconciler.cli.settings import Settings, common_options, echo, option, pass_settings
from reconciler.operations.configuration.show_resources import show_access
from reconciler.views.resources import ACCESS, describe_access


@click.command("access", short_help="Print who may approve what.")
@option("--type", "type_", metavar="TYPE", help="Only this approval type.")
@option("--person", metavar="ADDRESS", help="Only where this person may decide.")
@common_options
@pass_settings
def command(settings: Settings, type_: str | None, person: str | None) -> int:
    """Print who may approve what, by what was applied.

    For each approval type and stage: the people, groups expanded, with the groups they come through; how many of them must
    agree; whether the requester may be one of them.

    \b
    Examples:
      reconciler access
      reconciler access --type execute-application
      reconciler access --person rosa@example.com --format json
    """
    found = show_access(open_applied_workspace(settings), type=type_, person=person)
    if settings.json:
        echo(ACCESS.text(found))
    else:
        echo(describe_access(found, make_page(settings)))
    return 0
