"""audit: read the journal and check that its chain holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.model.errors import UserError
from reconciler.model.journal import JournalEntry, Verification, find_first_break
from reconciler.model.wording import Given, Sentence
from reconciler.operations.configuration.ledger import Ledger
from reconciler.operations.configuration.prove_state import prove
from reconciler.operations.context.workspace import Workspace

_LOOKS = 5
"""How often it is compared while others write."""

_ANCHOR = re.compile(r"[1-9][0-9]{0,17}:[0-9a-fA-F]{64}")


def read_journal(workspace: Workspace, *, limit: int | None) -> list[JournalEntry]:
    """The last ``limit`` entries, oldest first; all of them where it is None."""
    head = workspace.state.journal.head()
    after = max(0, head.sequence - limit) if head and limit is not None else 0
    return list(workspace.state.journal.entries(after=after))


def verify_journal(workspace: Workspace, *, anchor: str = "") -> Verification:
    """Follow the whole chain, and compare the rows that act with it.

    ``anchor`` (``SEQUENCE:HASH``) is a head noted earlier, outside the state.

    With an anchor this proves that nothing up to it was cut off, altered or rewritten; without one only that the chain
    is whole in itself. Raises `UserError` for an anchor that is not of that form.
    """
    wanted = _parse(anchor)
    for _ in range(_LOOKS):
        found = _look(workspace, wanted, anchor)
        head = workspace.state.journal.head()
        if found.holds or found.fault or (head.sequence if head else 0) == found.entries:
            break  # else somebody wrote while it was compared, and what differs may be that
    return found


def _look(workspace: Workspace, wanted: tuple[int, str] | None, anchor: str) -> Verification:
    seen: list[JournalEntry] = []

    def watched() -> Iterator[JournalEntry]:
        for item in workspace.state.journal.entries():
            seen[:] = [item]
            if wanted and item.sequence == wanted[0]:
                noted.append(item.hash)
            yield item
            ledger.note(item.entry)

    ledger = Ledger()
    noted: list[str] = []
    fault = find_first_break(watched())
    if fault is None and wanted:
        fault = _against(wanted, noted, seen[-1].sequence if seen else 0)
    last = seen[-1] if seen else None
    found, unproved = prove(workspace, ledger) if fault is None else ([], [])
    return Verification(
        last.sequence if last else 0,
        f"{last.sequence}:{last.hash}" if last else "",
        fault,
        anchor,
        tuple((each.subject, each.words) for each in found),
        tuple(unproved),
    )


def _against(wanted: tuple[int, str], noted: list[str], last: int) -> tuple[int, str] | None:
    sequence, digest = wanted
    if not noted:
        return (
            sequence,
            f"the journal ends at entry {last}, before the anchor: its end was cut off or it is another journal",
        )
    if noted[0] != digest:
        return sequence, "this entry's hash is not the anchor's: the journal was rewritten or is another one"
    return None


def _parse(anchor: str) -> tuple[int, str] | None:
    if not anchor:
        return None
    sequence, _, digest = anchor.partition(":")
    if not _ANCHOR.fullmatch(anchor):
        raise UserError(
            "Malformed anchor",
            "An anchor is a sequence number, a colon and a SHA-256 hash of 64 digits, as apply prints it.",
            Sentence("Pass it as ", Given("anchor", "SEQUENCE:HASH"), "."),
        )
    return int(sequence), digest.lower()
