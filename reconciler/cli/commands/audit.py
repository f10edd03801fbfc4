"""``reconciler audit``."""

from __future__ import annotations

from dataclasses import replace

import click

from reconciler.cli.next_step import make_page, say_as
from reconciler.cli.project import open_applied_workspace
from reconciler.cli.settings import (
    CommandGroup,
    Settings,
    common_options,
    echo,
    option,
    pass_settings,
    table_width,
)
from reconciler.operations.configuration.read_journal import read_journal, verify_journal
from reconciler.views.journal import JOURNAL, VERIFICATION, describe_journal, describe_verification


@click.group("audit", cls=CommandGroup, short_help="List and verify the journal.")
@common_options
def command() -> None:
    """The journal: one entry per transaction, each chained to the one before by its hash.

    \b
    Examples:
      reconciler audit list
      reconciler audit verify --anchor 12:5f2c…
    """


@command.command("list", short_help="Entries, oldest first.")
@option("--limit", type=click.IntRange(1), help="Only the last so many. [default: all]")
@common_options
@pass_settings
def list_entries(settings: Settings, limit: int | None) -> int:
    """Entries of the journal, oldest first.

    \b
    Examples:
      reconciler audit list --limit 20
      reconciler audit list --format json
    """
    entries = read_journal(open_applied_workspace(settings), limit=limit)
    if settings.json:
        echo(JOURNAL.text(entries=entries))
    else:
        echo(describe_journal(entries, replace(make_page(settings), width=table_width(settings))))
    return 0


@command.command("verify", short_help="Prove that the chain holds, and the state by it.")
@option("--anchor", default="", metavar="SEQ:HASH", help="A head noted earlier, as apply prints it.")
@common_options
@pass_settings
def verify(settings: Settings, anchor: str) -> int:
    """Prove that no entry was altered, removed from the middle or reordered, and that what is stored is what they say:
    resources, revisions, templates, requests, messages, suspensions. Exit 1 where something is not; each is named.

    Without an anchor it cannot be proven that nothing was cut off at the end or that the whole was not rewritten: keep the
    head that apply prints somewhere else, and pass it.

    \b
    Examples:
      reconciler audit verify
      reconciler audit verify --anchor 12:5f2c9d0e…
    """
    result = verify_journal(open_applied_workspace(settings), anchor=anchor)
    echo(VERIFICATION.text(result) if settings.json else describe_verification(result, say_as(settings)))
    return 0 if result.holds else 1
