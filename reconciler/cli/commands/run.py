"""``reconciler run``."""

from __future__ import annotations

import click

from reconciler.cli.next_step import say_as
from reconciler.cli.project import open_applied_workspace
from reconciler.cli.settings import Settings, common_options, echo, notice, option, pass_settings
from reconciler.operations.mail.deliver import run_due
from reconciler.operations.mail.show_deliveries import list_waiting_deliveries
from reconciler.runner.loop import run_until, watch_signals
from reconciler.views.deliveries import RUN, describe_run, describe_waiting


@click.command("run", short_help="Do what has come due: send mail, ask approvers, expire requests.")
@option("--once", is_flag=True, help="Do what is due now and what that causes, then stop.")
@common_options
@pass_settings
def command(settings: Settings, once: bool) -> int:
    """Do what has come due, by what was applied: send mail, ask approvers, expire requests.

    Runs until it is stopped (SIGTERM or Ctrl-C: the message being sent is finished first). Any number may run at once.
    Mail that a server does not take is tried again later; what became of each message: reconciler deliveries list.

    \b
    Examples:
      reconciler run
      reconciler run --once --format json
    """
    workspace = open_applied_workspace(settings)
    with watch_signals(notice) as stop:
        if once:
            counts = run_due(workspace, stop=stop.is_set, notice=notice)
        else:
            notice(f"Running on {workspace.state.name}. Ctrl-C stops.")
            counts = run_until(workspace, stop, notice)
    echo(RUN.text(counts) if settings.json else describe_run(counts))
    waiting = "" if settings.json else describe_waiting(list_waiting_deliveries(workspace), say_as(settings))
    if waiting:
        echo(waiting)
    return 0
