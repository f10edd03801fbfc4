"""``reconciler completion``."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from reconciler.cli.settings import COMPLETION, Settings, common_options, echo, pass_settings
from reconciler.model.errors import ReconcilerError

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", short_help="Print the script that completes commands in a shell.")
@click.argument("shell", type=click.Choice(SHELLS), metavar="SHELL")
@common_options
@pass_settings
def command(settings: Settings, shell: str) -> int:
    """Print the script that lets SHELL (bash, zsh or fish) complete commands, options, kinds, fields and applied resources.

    \b
    Install it for bash, with the package bash-completion:
      reconciler completion bash > ~/.local/share/bash-completion/completions/reconciler
    or without, by a line in ~/.bashrc:
      eval "$(reconciler completion bash)"

    \b
    For zsh, in a folder of $fpath, before compinit runs:
      reconciler completion zsh > ~/.zfunc/_reconciler

    \b
    For fish:
      reconciler completion fish > ~/.config/fish/completions/reconciler.fish

    \b
    Examples:
      reconciler completion bash
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise ReconcilerError("There is no completion", f"click knows no shell {shell}; this is a bug in reconciler.")
    # Not its own `source`, which starts a bash to look at its version.
    echo(ShellComplete.source(kind(command, {}, "reconciler", COMPLETION)))
    return 0
