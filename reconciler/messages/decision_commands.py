"""The command lines with which the reader of a mail decides, ready to be pasted into a shell."""

from __future__ import annotations

import shlex
from typing import Literal

from reconciler.messages.contexts import CommandsView


def decision_commands(request: str, address: str, comment: Literal["always", "on-deny", "never"]) -> CommandsView:
    """What the person of this address types; with a comment where the rules demand one. Quoted for a POSIX shell."""
    said = ' --comment "why"'
    return CommandsView(
        approve=_command("approve", request, address) + (said if comment == "always" else ""),
        deny=_command("deny", request, address) + (said if comment != "never" else ""),
    )


def _command(choice: str, request: str, address: str) -> str:
    return shlex.join(["reconciler", "approvals", choice, request, "--as", address])
