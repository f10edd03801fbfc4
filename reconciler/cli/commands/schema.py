"""``reconciler schema``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from reconciler.cli.commands import init, render, state
from reconciler.cli.project import find_root
from reconciler.cli.settings import Settings, common_options, echo, option, pass_settings
from reconciler.kinds.manuals.json_schema import kind_schema, manifest_schema, overlay_schema, project_schema
from reconciler.kinds.project.spec import ProjectFileSpec, ProjectSpec
from reconciler.kinds.registry import REGISTRY
from reconciler.model.errors import NotFound
from reconciler.model.suggestion import list_words, suggest_name
from reconciler.operations.authoring.output_files import write_output
from reconciler.views import (
    deliveries,
    diagnostics,
    explain,
    file_changes,
    graph,
    history,
    journal,
    requests,
    resources,
    status,
)
from reconciler.views.plan.json import APPLIED, PLAN, acknowledgements_schema
from reconciler.views.writing.json_text import Document, to_json

DOCUMENTS: Mapping[str, Document] = {
    "plan": PLAN,
    "apply": APPLIED,
    "destroy": APPLIED,
    "rollback": APPLIED,
    "access": resources.ACCESS,
    "approvals approve": requests.REQUEST,
    "approvals cancel": requests.REQUEST,
    "approvals deny": requests.REQUEST,
    "approvals list": requests.REQUESTS,
    "approvals request": requests.REQUESTED,
    "approvals show": requests.REQUEST,
    "audit list": journal.JOURNAL,
    "audit verify": journal.VERIFICATION,
    "deliveries list": deliveries.DELIVERIES,
    "deliveries show": deliveries.DELIVERY,
    "explain": explain.CONTENTS,
    "explain KIND": explain.MANUAL,
    "export": file_changes.EXPORTED,
    "fmt": file_changes.FORMATTED,
    "graph": graph.GRAPH,
    "history": history.HISTORY,
    "init": init.MADE,
    "render": render.RENDERED,
    "resume": status.RESUMED,
    "run": deliveries.RUN,
    "send": deliveries.DELIVERY,
    "send --dry-run": deliveries.DRY_RUN,
    "show": resources.RESOURCES,
    "state backup": state.COPIED,
    "state freeze": status.FROZEN,
    "state init": state.MADE,
    "state thaw": status.FROZEN,
    "state move": state.MOVED,
    "state unlock": state.UNLOCKED,
    "state upgrade": state.UPGRADED,
    "status": status.STATUS,
    "suspend": status.SUSPENDED,
    "validate": diagnostics.CHECKED,
    "why": history.WHY,
}
"""What each command prints with ``--format json``."""

_FILES: Mapping[str, Callable[[], dict[str, Any]]] = {
    "manifest": partial(manifest_schema, REGISTRY),
    **{name: partial(kind_schema, kind) for name, kind in REGISTRY.items() if name != ProjectSpec.KIND},
    "overlay": partial(overlay_schema, REGISTRY),
    "project": partial(project_schema, ProjectFileSpec),
    "acknowledgements": acknowledgements_schema,
}
"""Schemas of what people write."""

SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    **_FILES,
    **{
        re.sub("[ -]+", "-", typed): partial(each.schema, f"reconciler {typed} --format json")
        for typed, each in DOCUMENTS.items()
    },
    "failure": partial(diagnostics.FAILURE.schema, "reconciler COMMAND --format json"),
}
"""Every published schema by the word that asks for it."""


def _offer(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in SCHEMAS if name.startswith(incomplete)]


@click.command("schema", short_help="Print the JSON Schema of manifests, for editors.")
@click.argument("kind", metavar="[KIND]", default="manifest", shell_complete=_offer)
@option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to FILE instead.")
@common_options
@pass_settings
def command(settings: Settings, kind: str, out: Path | None) -> int:
    """Print the JSON Schema of a manifest of any kind, or of KIND alone, with a description of every field.

    Other words than kinds: project (the file reconciler.yaml), overlay, acknowledgements; and what commands print with
    --format json, by their words: plan, status, approvals-list; failure, where one fails.

    An editor with the YAML language server (VS Code: the extension “YAML” by Red Hat) then completes fields, explains them
    and marks faults. Say which files have which schema, as in .vscode/settings.json:

    \b
      {"yaml.schemas": {"manifest.schema.json": ["manifests/**/*.yaml"],
                        "project.schema.json": ["reconciler.yaml"]}}

    \b
    or, in any editor, at the top of each document, relative to its file:
      # yaml-language-server: $schema=../manifest.schema.json

    \b
    Examples:
      reconciler schema --out manifest.schema.json
      reconciler schema project --out project.schema.json
      reconciler schema SmtpServer
      reconciler schema deliveries-show
    """
    text = to_json(_schema(kind)())
    if out is None:
        echo(text)
    else:
        write_output(find_root(settings), out, text)
    return 0


def _schema(word: str) -> Callable[[], dict[str, Any]]:
    folded = {name.lower(): name for name in SCHEMAS}
    name = folded.get(word.lower())
    if name is None:
        hint = suggest_name(word, SCHEMAS, f"There is {list_words(_FILES)}; failure, and the words of a command.")
        raise NotFound("There is no such schema", f"No schema is called “{word}”.", hint)
    return SCHEMAS[name]
