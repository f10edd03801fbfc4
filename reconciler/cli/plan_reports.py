"""A plan, or why there is none, in every format: on standard output and in the files `--report` names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reconciler import __version__
from reconciler.cli.project import root_of, workspace_of
from reconciler.cli.settings import Settings, colour, echo, width
from reconciler.model.configuration.plan import Plan
from reconciler.model.errors import EnvironmentFault, ReconcilerError
from reconciler.operations.authoring.output_files import project_name, require_free, write_output
from reconciler.operations.context.workspace import Workspace
from reconciler.views.diagnostics import error_json, error_text
from reconciler.views.plan.github import failure_github, plan_github
from reconciler.views.plan.html import failure_html, plan_html
from reconciler.views.plan.json import plan_json
from reconciler.views.plan.markdown import failure_markdown, plan_markdown
from reconciler.views.plan.sarif import failure_sarif, plan_sarif
from reconciler.views.plan.text import plan_text
from reconciler.views.writing.escape import without_commands
from reconciler.views.writing.json_text import to_json

Reports = Sequence[tuple[str, Path]]
"""Formats and the files they go to."""


@contextmanager
def failure_reported(settings: Settings, reports: Reports) -> Iterator[None]:
    """Where no plan can be made, every report says why, so that none is left from an earlier run."""
    try:
        yield
    except ReconcilerError as error:
        if settings.format not in ("text", "json"):  # those two are printed where every failure is
            echo(_failure_as(settings.format, error, settings), commands=settings.format == "github")
        unwritten = _written(settings, ((path, _failure_as(format, error, settings)) for format, path in reports))
        if unwritten:
            error.detail = " ".join(
                filter(None, (error.detail, f"No report could be written to {'; '.join(unwritten)}."))
            )
        raise


def require_free_files(settings: Settings, out: Path | None, reports: Reports) -> None:
    """Refuse, before anything is done, to write over a file of the project, or two things into one file."""
    named = [(f"--report {format}={path}", path) for format, path in reports]
    if out is not None:
        named.append((f"--out {out}", out))
    workspace: Workspace | ReconcilerError
    try:
        workspace = workspace_of(settings)
    except ReconcilerError as error:  # told later, in every report
        workspace = error
    require_free(named, workspace, settings.directory)


def show_plan(settings: Settings, plan: Plan, reports: Reports) -> None:
    """Print the plan, then write every report."""
    if settings.format == "text":
        echo(plan_text(plan, verbose=settings.verbose, colour=colour(), width=width()))
    else:
        echo(_plan_as(settings.format, plan, settings), commands=settings.format == "github")
    if unwritten := _written(settings, ((path, _plan_as(format, plan, settings)) for format, path in reports)):
        raise EnvironmentFault(
            "A report could not be written",
            f"{'; '.join(unwritten)}. The plan itself was made, and nothing was changed.",
            "Name a file in a folder that exists and can be written to.",
        )


def _plan_as(format: str, plan: Plan, settings: Settings) -> str:
    match format:
        case "json":
            return to_json(plan_json(plan))
        case "markdown":
            return plan_markdown(plan, project_name(root_of(settings)))
        case "html":
            return plan_html(plan)
        case "github":
            return plan_github(plan, _folder(settings))
        case "sarif":
            return to_json(plan_sarif(plan, __version__, _folder(settings)))
        case _:
            return without_commands(plan_text(plan, verbose=settings.verbose))


def _failure_as(format: str, error: ReconcilerError, settings: Settings) -> str:
    match format:
        case "json":
            return to_json(error_json(error))
        case "markdown":
            return failure_markdown(error, settings.env, project_name(root_of(settings)))
        case "html":
            return failure_html(error)
        case "github":
            return failure_github(error, _folder(settings))
        case "sarif":
            return to_json(failure_sarif(error, __version__, _folder(settings)))
        case _:
            return without_commands(error_text(error))


def _folder(settings: Settings) -> str:
    """The project's folder as the repository names it (``infra/mail/``): annotations and code scanning count from there.

    The repository is where a workflow of GitHub says it is, else where the command runs.
    """
    try:
        folder = workspace_of(settings).folder
    except ReconcilerError:  # the very failure that is being reported
        folder = settings.directory.resolve()
    for root in (os.environ.get("GITHUB_WORKSPACE"), Path.cwd()):
        if root and Path(root).resolve() in folder.parents:
            return folder.relative_to(Path(root).resolve()).as_posix() + "/"
    return ""


def _written(settings: Settings, reports: Iterable[tuple[Path, str]]) -> list[str]:
    """Write each report; of those that could not be written, the file and why."""
    unwritten, root = [], root_of(settings)
    for path, text in reports:
        try:
            write_output(root, path, text)
        except EnvironmentFault as fault:
            unwritten.append(fault.detail.removesuffix("."))
    return unwritten
