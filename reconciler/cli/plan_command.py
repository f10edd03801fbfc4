"""``reconciler plan``."""

from __future__ import annotations

import click

from reconciler.cli.project import workspace_of
from reconciler.cli.settings import Settings, allow_option, colour, common_options, option, pass_settings, width
from reconciler.model.errors import Blocked
from reconciler.model.guard import Allowance
from reconciler.operations.plan_changes import plan_changes
from reconciler.operations.preview_mail import Preview
from reconciler.views.json_text import to_json
from reconciler.views.plan import plan_text
from reconciler.views.plan_json import plan_json


@click.command("plan", short_help="Show what apply would change.")
@option("--detailed-exitcode", is_flag=True, help="Exit 2 when there are changes, 0 when there are none.")
@allow_option
@common_options
@pass_settings
def command(settings: Settings, detailed_exitcode: bool, allowed: tuple[Allowance, ...]) -> int:
    """Show what apply would change, and write nothing.

    Compares the manifests with stored state. Changes come in the order they would be carried out; the digest at the end is
    the fingerprint of exactly this plan. Where a guard blocks, everything is printed and the exit code is 4.

    \b
    Examples:
      reconciler plan
      reconciler plan --format json > plan.json
      reconciler plan --detailed-exitcode    0: nothing to do, 1: error, 2: changes, 4: a guard blocks
      reconciler plan --allow deletions --allow weakening=Group/admins
    """
    plan = plan_changes(workspace_of(settings), allowed, preview=Preview.ALL if settings.verbose else Preview.SOME)
    if settings.json:
        click.echo(to_json(plan_json(plan)))
    else:
        click.echo(plan_text(plan, verbose=settings.verbose, colour=colour(), width=width()))
    if plan.blocked:
        return Blocked.exit_code
    return 2 if detailed_exitcode and not plan.empty else 0
