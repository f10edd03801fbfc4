"""What the command line says to do next about an error."""

from __future__ import annotations

from reconciler.cli.next_step import say
from reconciler.cli.settings import Settings
from reconciler.model.errors import ReconcilerError


def hint(error: ReconcilerError) -> str:
    return say(error.hint, Settings())
