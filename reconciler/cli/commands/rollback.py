"""``reconciler rollback``."""

from __future__ import annotations

import sys
from datetime import timedelta

import click

from reconciler.cli.commands.apply import ask_to_apply, report, show
from reconciler.cli.project import open_workspace_of
from reconciler.cli.settings import Settings, allow_option, common_options, notice, option, pass_settings
from reconciler.cli.words import DURATION
from reconciler.model.configuration.guard import Allowance
from reconciler.model.duration import Duration
from reconciler.model.errors import UserError
from reconciler.operations.configuration.apply_changes import ApplyOptions
from reconciler.operations.configuration.preview_mail import Preview
from reconciler.operations.configuration.rollback import roll_back


@click.command("rollback", short_help="Apply an earlier revision again.")
@click.argument("serial", type=click.IntRange(1))
@option("--auto-approve", is_flag=True, help="Do not ask; needed where there is no terminal.")
@option("--lock-timeout", type=DURATION, metavar="DURATION", help="Wait this long for the lock, for example 5m.")
@option("--actor", metavar="NAME", help="On whose behalf; recorded as claimed.")
@allow_option
@common_options
@pass_settings
def command(
    settings: Settings,
    serial: int,
    auto_approve: bool,
    lock_timeout: Duration | None,
    actor: str | None,
    allowed: tuple[Allowance, ...],
) -> int:
    """Apply what was applied at SERIAL again, as a new serial: see `reconciler history`.

    An ordinary plan, from stored records and stored template sources: it is shown, guards stop it, and only the word “yes”
    goes on. The manifests stay as they are; change them too, or the next apply brings back what they say.

    \b
    Examples:
      reconciler history
      reconciler rollback 12
      reconciler rollback 12 --auto-approve
    """
    if not auto_approve and not sys.stdin.isatty():
        raise UserError(
            "Nobody is here to approve",
            "Standard input is not a terminal, so the plan cannot be shown to a person and confirmed. Nothing was planned.",
            "Pass --auto-approve to roll back all the same.",
        )
    settings.actor = actor
    options = ApplyOptions(
        show=lambda plan: show(settings, plan),
        confirm=lambda plan: auto_approve or ask_to_apply(settings, plan),
        notice=notice,
        lock_timeout=lock_timeout.elapsed if lock_timeout else timedelta(0),
        preview=Preview.ALL if settings.verbose else Preview.SOME,
        allowed=allowed,
    )
    applied = roll_back(open_workspace_of(settings), serial, options)
    if applied.committed:
        notice("The manifests were not changed: the next apply brings back what they say.")
    return report(settings, applied)
