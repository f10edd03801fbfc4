"""``reconciler plan``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from reconciler import __version__
from reconciler.cli.next_step import format_program, make_page, say_as, say_error, say_plan
from reconciler.cli.project import find_root, open_workspace_of
from reconciler.cli.settings import (
    PLAN_FORMATS,
    Settings,
    allow_option,
    echo,
    notice,
    option,
    pass_settings,
    plan_options,
    target_option,
)
from reconciler.model.configuration.guard import Allowance
from reconciler.model.configuration.plan import Plan
from reconciler.model.errors import Blocked, EnvironmentFault, ReconcilerError
from reconciler.model.wording import join_texts
from reconciler.operations.authoring.output_files import read_project_name, require_free, write_output
from reconciler.operations.configuration.plan_changes import plan_changes
from reconciler.operations.configuration.preview_mail import Preview
from reconciler.operations.configuration.saved_plan import plan_to_file
from reconciler.operations.context.workspace import Workspace
from reconciler.views.diagnostics import FAILURE, describe_error
from reconciler.views.plan.annotations import (
    write_failure_annotations,
    write_failure_sarif,
    write_plan_annotations,
    write_plan_sarif,
)
from reconciler.views.plan.html import write_failure_html, write_plan_html
from reconciler.views.plan.json import PLAN
from reconciler.views.plan.markdown import write_failure_markdown, write_plan_markdown
from reconciler.views.plan.text import write_plan_text
from reconciler.views.writing.escape import without_commands
from reconciler.views.writing.json_text import to_json
from reconciler.views.writing.layout import Page

_ELSEWHERE = Settings()
"""In whose words a plan and a report are: they are read elsewhere, and where this was run means nothing there."""

_SAY = say_as(_ELSEWHERE)


class _ReportWord(click.ParamType[tuple[str, Path]]):
    name = "format=file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path]:
        if isinstance(value, tuple):
            return value
        format, equals, file = str(value).partition("=")
        if not equals or not file:
            self.fail(f"“{value}” is not of the form FORMAT=FILE, as in markdown=plan.md", param, ctx)
        if format not in PLAN_FORMATS:
            self.fail(f"there is no format “{format}”; formats are {', '.join(PLAN_FORMATS)}", param, ctx)
        return format, Path(file)


REPORT = _ReportWord()
"""``markdown=plan.md``: a pair of format and `Path`."""


Reports = Sequence[tuple[str, Path]]
"""Formats and the files they go to."""


@contextmanager
def report_failure(settings: Settings, reports: Reports) -> Iterator[None]:
    """Where no plan can be made, every report says why, so that none is left from an earlier run."""
    try:
        yield
    except ReconcilerError as error:
        said = say_error(error, _ELSEWHERE)
        if settings.format not in ("text", "json"):  # those two are printed where every failure is
            echo(_failure_as(settings.format, said, settings), commands=settings.format == "github")
        unwritten = _write(settings, ((path, _failure_as(format, said, settings)) for format, path in reports))
        if unwritten:
            error.detail = join_texts(" ", (error.detail, f"No report could be written to {'; '.join(unwritten)}."))
        raise


def require_free_files(settings: Settings, out: Path | None, reports: Reports) -> None:
    """Refuse, before anything is done, to write over a file of the project, or two things into one file."""
    named = [(f"--report {format}={path}", path) for format, path in reports]
    if out is not None:
        named.append((f"--out {out}", out))
    workspace: Workspace | ReconcilerError
    try:
        workspace = open_workspace_of(settings)
    except ReconcilerError as error:  # told later, in every report
        workspace = error
    require_free(named, workspace, settings.directory)


def show_plan(settings: Settings, plan: Plan, reports: Reports) -> None:
    """Print the plan, then write every report."""
    plan = say_plan(plan, _ELSEWHERE)
    if settings.format == "text":
        echo(write_plan_text(plan, replace(make_page(settings), say=_SAY)))
    else:
        echo(_plan_as(settings.format, plan, settings), commands=settings.format == "github")
    if unwritten := _write(settings, ((path, _plan_as(format, plan, settings)) for format, path in reports)):
        raise EnvironmentFault(
            "A report could not be written",
            f"{'; '.join(unwritten)}. The plan itself was made, and nothing was changed.",
            "Name a file in a folder that exists and can be written to.",
        )


def _plan_as(format: str, plan: Plan, settings: Settings) -> str:
    match format:
        case "json":
            return PLAN.text(plan)
        case "markdown":
            return write_plan_markdown(plan, read_project_name(find_root(settings)), say=_SAY)
        case "html":
            return write_plan_html(plan, say=_SAY)
        case "github":
            return write_plan_annotations(plan, _folder(settings), say=_SAY)
        case "sarif":
            return to_json(write_plan_sarif(plan, __version__, _folder(settings)))
        case "text":
            return without_commands(write_plan_text(plan, Page(verbose=settings.verbose, say=_SAY)))
    raise AssertionError(f"nobody writes {format}; this is a bug in reconciler")


def _failure_as(format: str, error: ReconcilerError, settings: Settings) -> str:
    match format:
        case "json":
            return FAILURE.text(error)
        case "markdown":
            return write_failure_markdown(error, settings.env, read_project_name(find_root(settings)), say=_SAY)
        case "html":
            return write_failure_html(error)
        case "github":
            return write_failure_annotations(error, _folder(settings))
        case "sarif":
            return to_json(write_failure_sarif(error, __version__, _folder(settings)))
        case "text":
            return without_commands(describe_error(error))
    raise AssertionError(f"nobody writes {format}; this is a bug in reconciler")


def _folder(settings: Settings) -> str:
    """The project's folder as the repository names it (``infra/mail/``): annotations and code scanning count from there.

    The repository is where a workflow of GitHub says it is, else where the command runs.
    """
    try:
        folder = open_workspace_of(settings).folder
    except ReconcilerError:  # the very failure that is being reported
        folder = settings.directory.resolve()
    for root in (os.environ.get("GITHUB_WORKSPACE"), Path.cwd()):
        if root and Path(root).resolve() in folder.parents:
            return folder.relative_to(Path(root).resolve()).as_posix() + "/"
    return ""


def _write(settings: Settings, reports: Iterable[tuple[Path, str]]) -> list[str]:
    """Write each report; of those that could not be written, the file and why."""
    unwritten, root = [], find_root(settings)
    for path, text in reports:
        try:
            write_output(root, path, text)
        except EnvironmentFault as fault:
            unwritten.append(fault.detail.removesuffix("."))
    return unwritten


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
    with report_failure(settings, reports):
        plan = _plan(settings, out, allowed)
    show_plan(settings, plan, reports)
    if plan.blocked:
        return Blocked.exit_code
    return 2 if detailed_exitcode and not plan.empty else 0


def _plan(settings: Settings, out: Path | None, allowed: tuple[Allowance, ...]) -> Plan:
    """The plan, saved where a file is named, unless a guard blocks it."""
    workspace, preview = open_workspace_of(settings), Preview.ALL if settings.verbose else Preview.SOME
    if out is None:
        return plan_changes(workspace, allowed, preview=preview, targets=settings.targets)
    plan = plan_to_file(workspace, out, allowed, preview=preview, targets=settings.targets)
    notice(
        f"Not saved to {out}: a guard blocks."
        if plan.blocked
        else f"Saved. To apply exactly this: {format_program(settings)} apply {out}"
    )
    return plan
