"""``reconciler state``."""

from __future__ import annotations

import click

from reconciler.cli.command_group import CommandGroup
from reconciler.cli.project import workspace_of
from reconciler.cli.settings import Settings, common_options, pass_settings
from reconciler.operations.hold_lock import break_lock
from reconciler.views.json_text import FORMAT_VERSION, to_json


@click.group("state", cls=CommandGroup, short_help="Look after the state itself.")
@common_options
def command() -> None:
    """Look after the state itself.

    \b
    Example:
      reconciler state unlock lock_01k9xq3f8m2c7a
    """


@command.command("unlock", short_help="Remove a lock whose holder is gone for good.")
@click.argument("token")
@common_options
@pass_settings
def unlock(settings: Settings, token: str) -> int:
    """Remove the lock TOKEN, which the message about a locked state names.

    Only for a holder that is gone for good and was on another machine: one on this machine is taken over by itself. The
    commit compares serials all the same, so that even a wrong unlock loses nothing: one of the two applies is refused.

    \b
    Example:
      reconciler state unlock lock_01k9xq3f8m2c7a
    """
    break_lock(workspace_of(settings), token)
    if settings.json:
        click.echo(to_json({"formatVersion": FORMAT_VERSION, "unlocked": token}))
    else:
        click.echo(f"Unlocked: {token} no longer holds the state.")
    return 0
