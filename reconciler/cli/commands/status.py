"""``reconciler status``."""

from __future__ import annotations

import click

from reconciler.cli.next_step import make_page, say_status
from reconciler.cli.project import open_applied_workspace
from reconciler.cli.settings import Settings, common_options, echo, pass_settings
from reconciler.operations.configuration.show_status import show_status
from reconciler.views.status import STATUS, describe_status


@click.command("status", short_help="Tell whether anything needs a person.")
@common_options
@pass_settings
def command(settings: Settings) -> int:
    """Tell whether anything needs a person: exit 0 when all is well, 1 when not.

    Not well is: a message that failed for good in the last 24 hours or may have been sent; mail or requests due for over 5
    minutes that nobody looks at; a mail server that cannot be used; frozen applies; a lock held for over 15 minutes.
    Suspensions are shown. Changes nothing.

    \b
    Examples:
      reconciler status
      reconciler status --format json
    """
    status = say_status(show_status(open_applied_workspace(settings)), settings)
    if settings.json:
        echo(STATUS.text(status))
    else:
        echo(describe_status(status, make_page(settings)))
    return 0 if status.healthy else 1
