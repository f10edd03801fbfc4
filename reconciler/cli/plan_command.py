"""``reconciler plan``."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.next_step import program
from reconciler.cli.plan_reports import Reports, failure_reported, require_free_files, show_plan
from reconciler.cli.project import workspace_of
from reconciler.cli.report_word import REPORT
from reconciler.cli.settings import Settings, allow_option, notice, option, pass_settings, plan_options, target_option
from reconciler.model.configuration.guard import Allowance
from reconciler.model.configuration.plan import Plan
from reconciler.model.errors import Blocked
from reconciler.operations.configuration.plan_changes import plan_changes
from reconciler.operations.configuration.preview_mail import Preview
from reconciler.operations.configuration.saved_plan import plan_to_file


@click.command("plan", short_help="Show what apply would change.")
@option("--detailed-exitcode", is_flag=True, help="Exit 2 when there are changes, 0 when there are none.")
@option("--out", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan for apply FILE.")
@target_option
@allow_option
@option(
    "--report",
    "reports",
    type=REPORT,
    multiple=True,
    metavar="FORMAT=FILE",
    help="Also write the plan to a file, in any format; may be repeated.",
)
@plan_options
@pass_settings
def command(
    settings: Settings,
    detailed_exitcode: bool,
    out: Path | None,
    reports: Reports,
    allowed: tuple[Allowance, ...],
) -> int:
    """Show what apply would change, and write nothing but the files that --out and --report name.

    Compares the manifests with stored state. Changes come in the order they would be carried out; the digest at the end is
    the fingerprint of exactly this plan. Where a guard blocks, everything is printed and the exit code is 4.
    With --target only that part is planned; what it leaves out is counted.

    \b
    Examples:
      reconciler plan
      reconciler plan --format json > plan.json
      reconciler plan --report markdown=plan.md --report html=plan.html --report sarif=plan.sarif
      reconciler plan --format github        annotations for a workflow of GitHub
      reconciler plan --detailed-exitcode    0: nothing to do, 1: error, 2: changes, 4: a guard blocks
      reconciler plan --out change.plan      saved for: reconciler apply change.plan
      reconciler plan --allow deletions --allow weakening=Group/admins
      reconciler plan --target EmailTask/weekly --target "Group/*" --target owner=desk --target label=team=mail
    """
    require_free_files(settings, out, reports)
    with failure_reported(settings, reports):
        plan = _planned(settings, out, allowed)
    show_plan(settings, plan, reports)
    if plan.blocked:
        return Blocked.exit_code
    return 2 if detailed_exitcode and not plan.empty else 0


def _planned(settings: Settings, out: Path | None, allowed: tuple[Allowance, ...]) -> Plan:
    """The plan, saved where a file is named, unless a guard blocks it."""
    workspace, preview = workspace_of(settings), Preview.ALL if settings.verbose else Preview.SOME
    if out is None:
        return plan_changes(workspace, allowed, preview=preview, targets=settings.targets)
    plan = plan_to_file(workspace, out, allowed, preview=preview, targets=settings.targets)
    notice(
        f"Not saved to {out}: a guard blocks."
        if plan.blocked
        else f"Saved. To apply exactly this: {program(settings)} apply {out}"
    )
    return plan
