"""``reconciler destroy``."""

from __future__ import annotations

import sys
from datetime import timedelta

import click

from reconciler.cli.commands.apply import ask_to_apply, report, show
from reconciler.cli.project import open_workspace_of
from reconciler.cli.settings import Settings, allow_option, common_options, notice, option, pass_settings, target_option
from reconciler.cli.words import DURATION
from reconciler.model.configuration.guard import Allowance
from reconciler.model.duration import Duration
from reconciler.model.errors import UserError
from reconciler.operations.configuration.apply_changes import ApplyOptions
from reconciler.operations.configuration.rollback import destroy


@click.command("destroy", short_help="Delete every applied resource of this project.")
@option("--auto-approve", is_flag=True, help="Do not ask; needed where there is no terminal.")
@option("--lock-timeout", type=DURATION, metavar="DURATION", help="Wait this long for the lock, for example 5m.")
@option("--actor", metavar="NAME", help="On whose behalf; recorded as claimed.")
@target_option
@allow_option
@common_options
@pass_settings
def command(
    settings: Settings,
    auto_approve: bool,
    lock_timeout: Duration | None,
    actor: str | None,
    allowed: tuple[Allowance, ...],
) -> int:
    """Delete every applied resource of this project, in one transaction.

    The manifests stay, and so do history, journal, requests and messages. The plan is shown first; as it deletes everything,
    the guard `deletions` blocks it (exit code 4) until it is allowed.

    \b
    Examples:
      reconciler destroy                      shows what would be deleted
      reconciler destroy --allow deletions
      reconciler destroy --target EmailTask/weekly
    """
    if not auto_approve and not sys.stdin.isatty():
        raise UserError(
            "Nobody is here to approve",
            "Standard input is not a terminal, so the plan cannot be shown to a person and confirmed. Nothing was planned.",
            "Pass --auto-approve to delete everything all the same.",
        )
    settings.actor = actor
    options = ApplyOptions(
        show=lambda plan: show(settings, plan),
        confirm=lambda plan: auto_approve or ask_to_apply(settings, plan),
        notice=notice,
        lock_timeout=lock_timeout.elapsed if lock_timeout else timedelta(0),
        allowed=allowed,
    )
    return report(settings, destroy(open_workspace_of(settings), options, settings.targets))
