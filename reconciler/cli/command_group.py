"""Groups of commands that tell a person who mistyped what they may have meant."""

from __future__ import annotations

from typing import Any

import click

from reconciler.model.suggestion import did_you_mean, listed


class CommandGroup(click.Group):
    """A group of commands. An unknown one is answered with the nearest; a missing one is a fault, whatever click's version."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        attributes.setdefault("no_args_is_help", False)
        super().__init__(*arguments, **attributes)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-"):
            hint = did_you_mean(name, known, f"There are {listed(known)}.")
            raise click.UsageError(f"There is no command “{name}”. {hint}", ctx)
        return super().resolve_command(ctx, args)
