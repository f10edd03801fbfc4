"""The project a command works on. Apart from `settings`, so that `--help` and `--version` do not pay for the backends."""

from __future__ import annotations

import os

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
