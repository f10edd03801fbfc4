"""The project a command works on. Apart from `settings`, so that `--help` and `--version` do not pay for the backends.

What completion offers is best effort: where the state cannot be read, nothing is offered, and nothing is said.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

import click

from reconciler.cli.settings import Settings, notice
from reconciler.operations.context.workspace import Root, Workspace
from reconciler.wiring import find_project_root, open_workspace


def open_workspace_of(settings: Settings) -> Workspace:
    """The project the common options point at; see `reconciler.wiring.open_workspace` for what it raises."""
    return open_workspace(
        settings.directory, settings.state, os.environ, actor=settings.actor, env=settings.env, notice=notice
    )


def find_root(settings: Settings) -> Root:
    """The folder of the project, whatever its file says; see `reconciler.wiring.find_project_root`."""
    return find_project_root(settings.directory, os.environ, settings.state)


def open_applied_workspace(settings: Settings) -> Workspace:
    """The same, for what works on applied state. A state that does not exist is told, for it may be a misspelt one."""
    workspace = open_workspace_of(settings)
    if not settings.json and workspace.state.upkeep.versions()[0] == 0:
        notice(f"There is no state at {workspace.state.name} yet; the first apply makes it.")
    return workspace


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
