"""Every command of the command line, found by walking it as `--help` does."""

from __future__ import annotations

from collections.abc import Iterator

import click

from reconciler.cli.app import root


def walked_commands() -> list[tuple[tuple[str, ...], click.Command]]:
    """Each command with the words that lead to it; the root has none."""
    return list(_below((), root))


def _below(words: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None, name
            yield from _below((*words, name), inner)
