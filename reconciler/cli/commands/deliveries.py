"""``reconciler deliveries``."""

from __future__ import annotations

import click

from reconciler.cli.next_step import make_page
from reconciler.cli.project import open_applied_workspace
from reconciler.cli.settings import CommandGroup, Settings, common_options, echo, option, pass_settings
from reconciler.model.mail.message import MessageState
from reconciler.operations.mail.show_deliveries import find_deliveries, read_delivery
from reconciler.views.deliveries import DELIVERIES, DELIVERY, describe_message, describe_messages


@click.group("deliveries", cls=CommandGroup, short_help="List and show messages and what became of them.")
@common_options
def command() -> None:
    """Messages and what became of them: waiting, delivered, deferred, failed, ambiguous, cancelled.

    \b
    Examples:
      reconciler deliveries list
      reconciler deliveries list --status deferred --status failed
      reconciler deliveries show msg_01k9xq3f8m2c7a
    """


@command.command("list", short_help="Messages, newest first.")
@option(
    "--status",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in MessageState]),
    help="Only these; may be repeated.",
)
@option("--request", metavar="ID", help="Only messages of this request.")
@option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many at most.")
@common_options
@pass_settings
def list_deliveries(settings: Settings, states: tuple[str, ...], request: str | None, limit: int) -> int:
    """Messages, newest first.

    \b
    Examples:
      reconciler deliveries list --limit 20
      reconciler deliveries list --request req_01k9xq3f8m2c7a --format json
    """
    found = find_deliveries(open_applied_workspace(settings), [MessageState(state) for state in states], request, limit)
    if settings.json:
        echo(DELIVERIES.text(deliveries=found))
    else:
        echo(describe_messages(found, make_page(settings)))
    return 0


@command.command("show", short_help="One message: its recipients, their fates, every attempt.")
@click.argument("id")
@common_options
@pass_settings
def show_delivery(settings: Settings, id: str) -> int:
    """One message: its recipients, their fates, every attempt with the server's words.

    \b
    Example:
      reconciler deliveries show msg_01k9xq3f8m2c7a
    """
    message, attempts = read_delivery(open_applied_workspace(settings), id)
    if settings.json:
        echo(DELIVERY.text(message, attempts=attempts))
    else:
        echo(describe_message(message, attempts, make_page(settings)))
    return 0
