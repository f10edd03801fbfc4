"""``reconciler apply``."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import click

from reconciler.cli.next_step import make_page, say_plan
from reconciler.cli.project import open_workspace_of
from reconciler.cli.settings import (
    Settings,
    actor_option,
    allow_option,
    common_options,
    echo,
    notice,
    option,
    pass_settings,
    target_option,
)
from reconciler.cli.words import DIGEST, DURATION
from reconciler.model.configuration.change import Action
from reconciler.model.configuration.guard import Allowance
from reconciler.model.configuration.plan import Plan
from reconciler.model.duration import Duration
from reconciler.model.errors import UserError
from reconciler.model.wording import Act, Do, Given, Sentence
from reconciler.operations.configuration.apply_changes import Applied, ApplyOptions, apply_changes
from reconciler.operations.configuration.preview_mail import Preview
from reconciler.operations.configuration.saved_plan import apply_file
from reconciler.views.plan.json import APPLIED
from reconciler.views.plan.text import describe_applied, write_plan_text


@click.command("apply", short_help="Make stored state what the manifests ask for.")
@click.argument("planfile", type=click.Path(path_type=Path, dir_okay=False), required=False)
@option("--auto-approve", is_flag=True, help="Do not ask; needed where there is no terminal.")
@option("--lock-timeout", type=DURATION, metavar="DURATION", help="Wait this long for the lock, for example 5m.")
@actor_option
@option(
    "--expect-digest", type=DIGEST, metavar="DIGEST", help="Apply only the plan with this digest; it is the approval."
)
@target_option
@allow_option
@common_options
@pass_settings
def command(
    settings: Settings,
    planfile: Path | None,
    auto_approve: bool,
    lock_timeout: Duration | None,
    expect_digest: str | None,
    allowed: tuple[Allowance, ...],
) -> int:
    """Make stored state what the manifests ask for, in one transaction.

    Shows the plan first. At a terminal only the word “yes” goes on. With PLANFILE, which plan --out wrote, exactly that is
    applied, whatever the manifests say by now; with --expect-digest only the plan of that digest. Either one is the
    approval: nothing is asked, and anything else is refused with exit code 6. A guard that blocks ends it with exit code 4.
    A crash leaves the old state or the new one, nothing between.

    \b
    Examples:
      reconciler apply
      reconciler apply --auto-approve --format json
      reconciler apply --auto-approve --lock-timeout 5m --actor release-bot
      reconciler apply --expect-digest "$REVIEWED_DIGEST"
      reconciler apply --target "EmailTask/*"       only that part, and what it needs
      reconciler plan --out change.plan && reconciler apply change.plan
    """
    if planfile and allowed:
        raise UserError(
            "A plan file holds what was allowed",
            "--allow would make it another plan than the one that was saved.",
            _plan_with("allow"),
        )
    if planfile and settings.targets:
        raise UserError(
            "A plan file holds its targets",
            "--target would make it another plan than the one that was saved.",
            _plan_with("target"),
        )
    approved = auto_approve or expect_digest is not None or planfile is not None
    if not approved and not sys.stdin.isatty():
        raise UserError(
            "Nobody is here to approve",
            "Standard input is not a terminal, so the plan cannot be shown to a person and confirmed. Nothing was planned.",
            "Review the plan elsewhere, then apply the plan file that was reviewed, or pass its digest with "
            "--expect-digest; --auto-approve applies whatever comes.",
        )
    options = ApplyOptions(
        show=lambda plan: show(settings, plan),
        confirm=lambda plan: approved or ask_to_apply(settings, plan),
        notice=notice,
        lock_timeout=lock_timeout.elapsed if lock_timeout else timedelta(0),
        preview=Preview.ALL if settings.verbose else Preview.SOME,
        allowed=allowed,
        expected=expect_digest or "",
    )
    workspace = open_workspace_of(settings)
    applied = (
        apply_file(workspace, planfile, options) if planfile else apply_changes(workspace, options, settings.targets)
    )
    return report(settings, applied)


def _plan_with(option: str) -> Sentence:
    plan = Do(Act.PLAN, given={option: "…", "out": "FILE"})
    return Sentence("Pass ", Given(option), " to the plan that writes the file: ", plan)


def show(settings: Settings, plan: Plan) -> None:
    """Print the plan as text, out of the way of a JSON document."""
    text = write_plan_text(say_plan(plan, settings), make_page(settings))
    echo(text, err=settings.json)


def ask_to_apply(settings: Settings, plan: Plan) -> bool:
    """Ask for the word."""
    deletions = plan.count(Action.DELETE)
    warning = f" {deletions} of the changes delete a resource." if deletions else ""
    echo(f"\nApply these changes to {open_workspace_of(settings).state.name}?{warning}", err=True)
    echo("Only “yes” goes on: ", err=True, nl=False)
    return sys.stdin.readline().strip() == "yes"


def report(settings: Settings, applied: Applied) -> int:
    """Say what was done; the exit code."""
    if settings.json:
        echo(APPLIED.text(applied.plan, serial=applied.serial, journalHead=applied.head))
    elif applied.plan.empty:
        echo(write_plan_text(say_plan(applied.plan, settings), make_page(settings)))
    elif applied.committed:
        echo(describe_applied(applied.plan, applied.serial, applied.head))
    if not applied.plan.empty and not applied.committed:
        notice("Not applied: the answer was not “yes”. Nothing was changed.")
        return 1
    return 0
