"""``reconciler schema``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from reconciler.cli.settings import Settings, common_options, pass_settings
from reconciler.model.errors import NotFound
from reconciler.views.json_text import to_json
from reconciler.views.plan_schema import plan_schema

SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {"plan": plan_schema}
"""Every published schema by the word that asks for it."""


@click.command("schema", short_help="Print a JSON Schema.")
@click.argument("name", metavar="NAME")
@common_options
@pass_settings
def command(settings: Settings, name: str) -> int:
    """Print the JSON Schema (draft 2020-12) of NAME: `plan` is what `reconciler plan --format json` prints.

    \b
    Examples:
      reconciler schema plan > plan.schema.json
    """
    schema = SCHEMAS.get(name)
    if schema is None:
        known = ", ".join(SCHEMAS)
        raise NotFound("There is no such schema", f"No schema is called “{name}”.", f"There is: {known}.")
    click.echo(to_json(schema()))
    return 0
