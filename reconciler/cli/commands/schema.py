"""``reconciler schema``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from reconciler.cli.project import find_root
from reconciler.cli.settings import Settings, common_options, echo, option, pass_settings
from reconciler.kinds.manuals.json_schema import kind_schema, manifest_schema, overlay_schema, project_schema
from reconciler.kinds.project.spec import ProjectFileSpec, ProjectSpec
from reconciler.kinds.registry import REGISTRY
from reconciler.model.errors import NotFound
from reconciler.model.suggestion import list_words, suggest_name
from reconciler.operations.authoring.output_files import write_output
from reconciler.views.plan.json import acknowledgements_schema, plan_schema
from reconciler.views.writing.json_text import to_json

SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "manifest": partial(manifest_schema, REGISTRY),
    **{name: partial(kind_schema, kind) for name, kind in REGISTRY.items() if name != ProjectSpec.KIND},
    "overlay": partial(overlay_schema, REGISTRY),
    "project": partial(project_schema, ProjectFileSpec),
    "acknowledgements": acknowledgements_schema,
    "plan": partial(plan_schema, "reconciler plan --format json"),
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

    Other words than kinds: project (the file reconciler.yaml), overlay, acknowledgements, and plan (what `plan --format
    json` prints).

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
        hint = suggest_name(word, SCHEMAS, f"There is {list_words(SCHEMAS)}.")
        raise NotFound("There is no such schema", f"No schema is called “{word}”.", hint)
    return SCHEMAS[name]
