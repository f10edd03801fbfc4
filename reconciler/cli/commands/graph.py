"""``reconciler graph``."""

from __future__ import annotations

import click

from reconciler.cli.project import open_workspace_of
from reconciler.cli.settings import Settings, echo, graph_options, notice, option, pass_settings
from reconciler.operations.configuration.show_resources import show_graph
from reconciler.views.graph import GRAPH, write_dot, write_mermaid

_MERMAID_EDGES = 500
"""What Mermaid draws unless told otherwise (its setting maxEdges)."""


@click.command("graph", short_help="Draw resources and what they name.")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@option("--stored", is_flag=True, help="What was applied, in place of the manifests.")
@graph_options
@pass_settings
def command(settings: Settings, addresses: tuple[str, ...], stored: bool) -> int:
    """Draw resources and what they name: tasks and their servers, processes and their groups, types and their processes.

    With ADDRESS only that resource, what it needs and what needs it. The text is Mermaid, which code hosts and editors draw
    in Markdown; --format dot is for Graphviz, --format json has nodes and edges, with the fields that name. A dashed line goes
    to the server that carries the mail without being named.

    \b
    Examples:
      reconciler graph
      reconciler graph SmtpServer/relay            what hangs on this server
      reconciler graph --stored --format json
      reconciler graph --format dot > mail.dot     then: dot -Tsvg mail.dot > mail.svg
    """
    graph = show_graph(open_workspace_of(settings), addresses, stored=stored)
    if settings.json:
        echo(GRAPH.text(graph))
    elif settings.format == "dot":
        echo(write_dot(graph))
    else:
        echo(write_mermaid(graph))
        if len(graph.edges) > _MERMAID_EDGES:
            notice(
                f"These are {len(graph.edges)} references, and Mermaid draws {_MERMAID_EDGES} at most: name resources, or "
                "use --format dot."
            )
    return 0
