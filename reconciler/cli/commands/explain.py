"""``reconciler explain``."""

from __future__ import annotations

from dataclasses import replace

import click

from reconciler.cli.next_step import make_page, say
from reconciler.cli.settings import Settings, common_options, echo, pass_settings
from reconciler.kinds.registry import REGISTRY
from reconciler.operations.authoring.explain import explain, list_contents, list_subjects
from reconciler.views.explain import CONTENTS, MANUAL, describe_contents, describe_manual


def _offer(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return list_subjects(incomplete, REGISTRY)


@click.command("explain", short_help="Tell what a kind or a field is for.")
@click.argument("subject", required=False, metavar="[KIND[.FIELD]]", shell_complete=_offer)
@common_options
@pass_settings
def command(settings: Settings, subject: str | None) -> int:
    """Tell what a kind is for, with an example and every field: its type, whether it is required, what holds where it is
    left out.

    KIND.FIELD tells of one field and those below it. Without a word: all kinds, and the types that many fields have.

    \b
    Examples:
      reconciler explain
      reconciler explain SmtpServer
      reconciler explain ApprovalProcess.stages.quorum
      reconciler explain Duration
    """
    if subject is None:
        listing = list_contents(REGISTRY)
        shown = describe_contents(listing, make_page(settings, 80))
        echo(CONTENTS.text(listing) if settings.json else shown)
        return 0
    manual = explain(subject, REGISTRY)
    manual = replace(manual, note=say(manual.note, settings))
    shown = describe_manual(manual, make_page(settings, 80))
    echo(MANUAL.text(manual) if settings.json else shown)
    return 0
