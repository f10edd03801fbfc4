"""The command lines with which the reader of a mail decides, ready to be pasted into a shell."""

from __future__ import annotations

import shlex
from typing import Literal

from reconciler.messages.contexts import CommandsView


def decision_commands(
    request: str, address: str, comment: Literal["always", "on-deny", "never"], environment: str | None = None
) -> CommandsView:
    """What the person of this address types; with a comment where the rules demand one. Quoted for a POSIX shell.

    ``environment``: the one the request was made in, which has to be chosen wherever the project defines any.
    """
    said = ' --comment "why"'
    chosen = ["--env", environment] if environment else []
    approve, deny = (
        shlex.join(["reconciler", *chosen, "approvals", choice, request, "--as", address])
        for choice in ("approve", "deny")
    )
    return CommandsView(
        approve=approve + (said if comment == "always" else ""),
        deny=deny + (said if comment != "never" else ""),
    )
