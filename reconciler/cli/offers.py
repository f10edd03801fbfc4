"""What completion offers where an argument wants a name: the shell asks while a person types.

Every offer is best effort: where the state cannot be read, nothing is offered, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click

from reconciler.cli.project import open_workspace_of
from reconciler.cli.settings import Settings

Offer = Callable[[click.Context, click.Parameter, str], list[str]]


def offer_applied_addresses(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Addresses of what was applied. An unfinished word that begins a name is answered with names, as commands take both."""
    addresses = _list_applied(ctx)
    whole = _starting(incomplete, map(str, addresses))
    return whole or _starting(incomplete, (address.partition("/")[2] for address in addresses))


def offer_applied_names(kind: str) -> Offer:
    """Bare names of the applied resources of the kind."""

    def offer(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        return _starting(
            incomplete, (each.partition("/")[2] for each in _list_applied(ctx) if each.startswith(f"{kind}/"))
        )

    return offer


def _list_applied(ctx: click.Context) -> list[str]:
    try:
        workspace = open_workspace_of(ctx.find_object(Settings) or Settings())
        return sorted(map(str, workspace.state.snapshots.addresses()))
    except Exception:  # no project, an environment not named yet, no state: a person who types is not told
        return []


def _starting(incomplete: str, words: Iterable[str]) -> list[str]:
    return sorted({word for word in words if word.startswith(incomplete)})
