"""``reconciler suspend``."""

from __future__ import annotations

import click

from reconciler.cli.next_step import format_program
from reconciler.cli.project import offer_applied_addresses, open_applied_workspace
from reconciler.cli.settings import Settings, common_options, echo, option, pass_settings
from reconciler.cli.words import MOMENT, Moment, find_moment_after
from reconciler.operations.configuration.suspend import suspend
from reconciler.views.status import SUSPENDED, describe_suspension


@click.command("suspend", short_help="Stop a server, task, process or type for a while.")
@click.argument("address", shell_complete=offer_applied_addresses)
@option("--reason", required=True, metavar="TEXT", help="Why; everybody who finds it stopped is told.")
@option(
    "--until",
    type=MOMENT,
    metavar="WHEN",
    help="When it ends by itself: a date, a time or a duration. [default: never]",
)
@option("--actor", metavar="NAME", help="On whose behalf; recorded as claimed.")
@common_options
@pass_settings
def command(settings: Settings, address: str, reason: str, until: Moment | None, actor: str | None) -> int:
    """Stop one applied resource without touching a manifest.

    Mail of a suspended SmtpServer waits. A suspended EmailTask sends nothing. Of a suspended ApprovalType or ApprovalProcess
    no new request is accepted; those that are open go on. Applies neither put nor lift a suspension, and every plan shows
    it. Times without a zone are UTC.

    \b
    Examples:
      reconciler suspend SmtpServer/relay --reason "Move to the new host" --until 4h
      reconciler suspend ApprovalType/run-application --reason "Audit" --until 2027-03-02T18:00+01:00
    """
    settings.actor = actor
    workspace = open_applied_workspace(settings)
    suspension = suspend(workspace, address, reason, find_moment_after(workspace.now(), until))
    if settings.json:
        echo(SUSPENDED.text(suspension))
    else:
        echo(f"Suspended {describe_suspension(suspension)}.")
        echo(f"End it with: {format_program(settings)} resume {suspension.address}", err=True)
    return 0
