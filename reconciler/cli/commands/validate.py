"""``reconciler validate``."""

from __future__ import annotations

import click

from reconciler.cli.next_step import make_page
from reconciler.cli.project import open_workspace_of
from reconciler.cli.settings import Settings, common_options, echo, pass_settings
from reconciler.model.diagnostic import has_errors
from reconciler.model.errors import InvalidManifests
from reconciler.operations.configuration.desired import read_desired
from reconciler.views.diagnostics import CHECKED, describe_diagnostics


@click.command("validate", short_help="Check the manifests and templates; talk to nothing.")
@common_options
@pass_settings
def command(settings: Settings) -> int:
    """Check the manifests and templates of the project.

    Reads manifests/ and templates/ and nothing else: no state, no server, no secret. Every fault is shown at once, with its
    place and what to do. Exit 1 when there is an error.

    \b
    Examples:
      reconciler validate
      reconciler validate -C infra/mail --format json
    """
    desired = read_desired(open_workspace_of(settings))
    found = list(desired.diagnostics)
    if settings.json:
        if has_errors(found):
            raise InvalidManifests(found)
        echo(CHECKED.text(resources=len(desired.records), diagnostics=found))
        return 0
    if found:
        echo(describe_diagnostics(found, make_page(settings)))
    if has_errors(found):
        return 1
    count = len(desired.records)
    echo(f"Valid: {count} resource{'s' if count != 1 else ''}.")
    return 0
