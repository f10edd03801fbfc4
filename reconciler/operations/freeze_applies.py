"""state freeze, state thaw: a person's stop on all applies."""

from __future__ import annotations

from reconciler.model.configuration.suspension import Freeze
from reconciler.model.errors import NotFound, UserError
from reconciler.model.journal import Entry
from reconciler.operations.decide import read_words
from reconciler.operations.workspace import Workspace


def freeze_applies(workspace: Workspace, reason: str) -> Freeze:
    """Stop all applies. What runs goes on. Raises `StateFrozen` when they are stopped already, `UserError` without a reason."""
    words = read_words(reason, "--reason")
    if not words:
        raise UserError("--reason is empty", "Whoever wants to apply wants to know why.", "Say why in a few words.")
    caller = workspace.caller
    freeze = Freeze(caller.actor, caller.operator, workspace.now(), words)
    data = {"reason": words, "operator": caller.operator}
    workspace.state.freezes.freeze(freeze, Entry("state.frozen", "state", caller.actor, freeze.at, data))
    return freeze


def thaw_applies(workspace: Workspace) -> None:
    """Let applies go on. Raises `NotFound` when nothing stops them."""
    caller = workspace.caller
    entry = Entry("state.thawed", "state", caller.actor, workspace.now(), {"operator": caller.operator})
    if not workspace.state.freezes.thaw(entry):
        raise NotFound("Applies are not frozen", "There is nothing to thaw.")


def require_thawed(workspace: Workspace) -> None:
    """Raises `StateFrozen`, with who and why, while applies are stopped. The commit looks again."""
    freeze = workspace.state.freezes.current()
    if freeze is not None:
        raise freeze.fault()
