"""history: what was applied, by whom, when and from which commit."""

from __future__ import annotations

from reconciler.model.revision import Revision
from reconciler.operations.show_resources import found_address
from reconciler.operations.workspace import Workspace


def show_history(
    workspace: Workspace, *, limit: int | None = None, before: int | None = None, address: str | None = None
) -> list[Revision]:
    """Revisions, newest first; only those of a smaller serial than ``before``, only those that changed ``address`` (then
    each with that change alone). Raises `NotFound` for an address that is not applied."""
    history = workspace.state.history
    if address is None:
        return history.revisions(limit=limit, before=before)
    known = workspace.state.snapshots.read().resources
    found = [
        revision
        for revision in history.of(found_address(address, known, where="in applied state"))
        if before is None or revision.serial < before
    ]
    return found[:limit]
