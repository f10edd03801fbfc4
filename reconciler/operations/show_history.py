"""history: what was applied, by whom, when and from which commit."""

from __future__ import annotations

from reconciler.model.configuration.address import parse_address
from reconciler.model.configuration.revision import Revision
from reconciler.model.errors import NotFound
from reconciler.operations.show_resources import found_address
from reconciler.operations.workspace import Workspace


def show_history(
    workspace: Workspace, *, limit: int | None = None, before: int | None = None, address: str | None = None
) -> list[Revision]:
    """Revisions, newest first; only those of a smaller serial than ``before``, only those that changed ``address`` (then
    each with that change alone), one that is applied no more too. Raises `NotFound` for what never was."""
    history = workspace.state.history
    if address is None:
        return history.revisions(limit=limit, before=before)
    found = [each for each in _of(workspace, address) if before is None or each.serial < before]
    return found[:limit]


def left(workspace: Workspace, word: str) -> list[Revision]:
    """The revisions of a resource that is applied no more, newest first; none where the word is no address of one."""
    wanted = parse_address(word)
    return workspace.state.history.of(wanted) if wanted else []


def _of(workspace: Workspace, word: str) -> list[Revision]:
    known = workspace.state.snapshots.read().resources
    try:
        return workspace.state.history.of(found_address(word, known, where="in applied state"))
    except NotFound:
        if gone := left(workspace, word):
            return gone
        raise
