"""``reconciler send``."""

from __future__ import annotations

import click

from reconciler.cli.next_step import make_page
from reconciler.cli.project import offer_applied_names, open_applied_workspace
from reconciler.cli.settings import Settings, common_options, echo, notice, option, pass_settings
from reconciler.cli.words import PAIR, once_each
from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.model.mail.message import Message, MessageState
from reconciler.operations.mail.send_task import Sending, read_as_text, send_task, write_task
from reconciler.views.deliveries import DELIVERY, DRY_RUN, describe_dry_run, describe_message


@click.command("send", short_help="Send the mail of a task now.")
@click.argument("task", shell_complete=offer_applied_names(EmailTaskSpec.KIND))
@option(
    "--to", multiple=True, metavar="ADDR", help="Send it here instead of to the task's recipients; may be repeated."
)
@option(
    "--param",
    "parameters",
    multiple=True,
    type=PAIR,
    callback=once_each,
    metavar="K=V",
    help="Set a parameter; may be repeated.",
)
@option("--dry-run", is_flag=True, help="Show what would be sent and to whom; store and send nothing.")
@common_options
@pass_settings
def command(
    settings: Settings, task: str, to: tuple[str, ...], parameters: tuple[tuple[str, str], ...], dry_run: bool
) -> int:
    """Send the mail of an applied task now.

    The message is stored first, so that nothing is lost: what cannot be delivered now waits for `reconciler run`. Exit 1
    when it has failed for good.

    \b
    Examples:
      reconciler send maintenance-notice --param day=Saturday
      reconciler send maintenance-notice --param day=Saturday --to me@example.com
      reconciler send maintenance-notice --param day=Saturday --dry-run
    """
    workspace = open_applied_workspace(settings)
    sending = Sending(task, to, parameters)
    if dry_run:
        return _dry_run(settings, write_task(workspace, sending))
    message = send_task(workspace, sending, lambda line: notice(line) if settings.verbose else None)
    attempts = workspace.state.outbox.attempts(message.id)
    if settings.json:
        echo(DELIVERY.text(message, attempts=attempts))
    else:
        echo(describe_message(message, attempts, make_page(settings)))
    return 1 if message.state is MessageState.FAILED else 0


def _dry_run(settings: Settings, message: Message) -> int:
    notice("Dry run: nothing was stored or sent.")
    text = read_as_text(message)
    echo(DRY_RUN.text(message, text=text) if settings.json else describe_dry_run(message, text, make_page(settings)))
    return 0
