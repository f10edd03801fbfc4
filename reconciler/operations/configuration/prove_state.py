"""Whether stored state is what the journal says was stored: before it is acted on, in `status` and in `audit verify`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from reconciler.model.approvals.request import Request, RequestState
from reconciler.model.configuration.address import Address, parse_address
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.revision import Revision
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.errors import StateFault
from reconciler.model.journal import JournalEntry
from reconciler.model.suggestion import list_words
from reconciler.model.wording import Act, Do, Sentence
from reconciler.operations.configuration.guarded import APPLIED
from reconciler.operations.configuration.ledger import (
    Facts,
    Ledger,
    digest_as_before,
    digest_records,
    list_differences,
    pin_message,
    pin_request,
    request_facts,
    stop_facts,
)
from reconciler.operations.context.workspace import Workspace

T = TypeVar("T", bound=Any)

RECORDS = "records"
"""Under which an entry of an apply keeps the `digest_records` of all records as the apply left them."""

_PAGE = 500
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """What is stored and is not what was. ``subject``: an address, an id, ``serial 3``; ``words`` follow it in a sentence."""

    subject: str
    words: str


def find_changed_records(workspace: Workspace, snapshot: Snapshot) -> list[Difference]:
    """The records that are not as the last applies left them. Cheap where all is well: one entry is read."""
    journal = workspace.state.journal
    last = journal.last(APPLIED)
    if last is None:
        return [Difference("the journal", "tells of no apply")] if snapshot.serial else []
    applies = partial(journal.entries, event=APPLIED)
    if _serial(last) != snapshot.serial != workspace.state.snapshots.part().serial:
        # Somebody has applied since the snapshot was read: it is held against what the journal said then.
        earlier = [item for item in applies() if _serial(item) <= snapshot.serial]
        if not earlier:
            return []
        last, applies = earlier[-1], partial(iter, earlier)
    if moved := list(_compare_serial(_serial(last), snapshot)):
        return moved
    if last.entry.data.get(RECORDS) == digest_records(snapshot.resources.values()):
        return []
    ledger = Ledger(item.entry for item in applies())
    known = {subject: facts for subject, facts in ledger.facts.items() if "content" in facts}
    found = list(_compare(known, _records(ledger, snapshot)))
    if not found and RECORDS in last.entry.data:
        found = list(_list_strangers(snapshot, workspace.state.history.revisions(before=snapshot.serial + 1)))
        return found or [Difference("the state", "is not as the last apply left it")]
    return found


def _serial(apply: JournalEntry) -> int:
    """Where it left the state; 0 where the entry does not tell."""
    serial = apply.entry.data.get("serial")
    return serial if isinstance(serial, int) else 0


def require_sound(workspace: Workspace, snapshot: Snapshot, *, mended: Collection[Address] = ()) -> None:
    """Raises `StateFault`, with names, where records were changed behind the journal's back: all that follows from them
    would be called applied and reviewed. ``mended``: what is about to be put right."""
    right = set(map(str, mended))
    found = [each for each in find_changed_records(workspace, snapshot) if each.subject not in right]
    if found:
        named = "; ".join(f"{each.subject} {each.words}" for each in found[:_NAMED])
        more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise StateFault(
            "The state was changed by hand",
            f"The journal says otherwise: {named}{more}. Nothing was changed.",
            Sentence(
                "See all of it: ",
                Do(Act.AUDIT),
                ". To put back what was applied: ",
                Do(Act.ROLL_BACK, str(snapshot.serial)),
                ". Or restore the state from a backup.",
            ),
        )


def require_as_asked(workspace: Workspace, id: str) -> None:
    """Raises `StateFault` where the stored request is not what the journal says of it: nobody's word on it would count for
    what was asked, or of those who were."""
    requests, journal = workspace.state.requests, workspace.state.journal
    request = requests.get(id)
    own = list(journal.entries(subject=id))
    if request is None or not _list_changed_facts(own, request):
        return
    if (now := requests.get(id)) and now.revision != request.revision:  # somebody's word came in between
        require_as_asked(workspace, id)
        return
    # An apply may have renamed what the request names.
    since = sorted([*own, *journal.entries(event=APPLIED)], key=lambda each: each.sequence)
    if facts := _list_changed_facts(since, request):
        raise StateFault(
            "The request was changed by hand",
            f"{id} has {list_words([f'another {_WORDS.get(fact, fact)}' for fact in facts])} than the journal says. Nothing was "
            "changed.",
            Sentence(
                "See all of it: ",
                Do(Act.AUDIT),
                ". Cancel the request and ask anew, or restore the state from a backup.",
            ),
        )


def find_changed_requests(workspace: Workspace) -> list[Difference]:
    """The open requests whose rules, stages or words are not those they were made with."""
    pending = {each.id: each for each in _read_pages(partial(workspace.state.requests.find, RequestState.PENDING))}
    made = workspace.state.journal.entries(event="approval.requested") if pending else ()
    asked = {item.entry.subject: item.entry.data.get("pinned") for item in made}
    differ = [each for each in pending.values() if asked.get(each.id) not in (None, pin_request(each)["pinned"])]
    return [Difference(each.id, f"has another {_WORDS['pinned']} than the journal says") for each in differ]


_ACTING = ("pinned", "requester", "decisions", "groups", "process")
"""What of a request decides who may say what to it."""


def _list_changed_facts(entries: Iterable[JournalEntry], request: Request) -> list[str]:
    known = Ledger(item.entry for item in entries).facts.get(request.id, {})
    return [fact for fact in list_differences(known, request_facts(request)) if fact in _ACTING]


def require_as_recorded(workspace: Workspace, snapshot: Snapshot) -> Snapshot:
    """The snapshot with what was changed behind the journal's back as the revisions kept it."""
    found = dict(snapshot.resources)
    for each in find_changed_records(workspace, snapshot):
        address = parse_address(each.subject)
        if address is None:
            continue
        found.pop(address, None)
        kept = workspace.state.history.of(address)
        if kept and (record := kept[0].changes[0].after):
            found[address] = record
    return replace(snapshot, resources=found)


def prove(workspace: Workspace, ledger: Ledger) -> tuple[list[Difference], list[str]]:
    """What differs between the state and the journal, and what cannot be proved because the journal is older than that."""
    state = workspace.state
    try:
        snapshot, revisions = state.snapshots.read(), state.history.revisions()
        stored = _records(ledger, snapshot) | _acting(workspace)
        found = list(_compare_serial(max(ledger.serials, default=0), snapshot))
        found += [
            *_compare(ledger.facts, stored),
            *_list_strangers(snapshot, revisions),
            *_compare_revisions(ledger, revisions),
        ]
        found += _list_sources(workspace, snapshot, revisions)
    except StateFault as fault:
        return [Difference("the state", f"cannot be read: {fault.detail}")], []
    return found, list(_unproved(ledger, revisions))


def _compare_serial(serial: int | None, snapshot: Snapshot) -> Iterator[Difference]:
    if serial != snapshot.serial:
        yield Difference("the state", f"is at serial {snapshot.serial}, and the last apply left it at {serial}")


def _records(ledger: Ledger, snapshot: Snapshot) -> dict[str, Facts]:
    """The stored side of resources: by the digest the journal may have of them, of today or of earlier."""
    found = {}
    for address, record in snapshot.resources.items():
        known = ledger.facts.get(str(address), {}).get("content")
        found[str(address)] = {
            "content": known if known in (record.digest, digest_as_before(record)) else record.digest
        }
    return found


def _acting(workspace: Workspace) -> dict[str, Facts]:
    """The stored side of all that acts besides records."""
    state = workspace.state
    found = {f"suspension of {each.address}": stop_facts(each) for each in state.suspensions.all()}
    if freeze := state.freezes.current():
        found["freeze"] = stop_facts(freeze)
    found |= {each.id: request_facts(each) for each in _read_pages(state.requests.find)}
    return found | {each.id: pin_message(each) for each in _read_pages(state.outbox.find)}


def _read_pages(find: Callable[..., list[T]]) -> Iterator[T]:
    page = find(limit=_PAGE)
    yield from page
    while len(page) == _PAGE:
        page = find(limit=_PAGE, before=page[-1].id)
        yield from page


def _compare(known: Mapping[str, Facts], stored: Mapping[str, Facts]) -> Iterator[Difference]:
    for subject, facts in stored.items():
        if subject not in known:
            yield Difference(subject, "is not in the journal")
        for fact in list_differences(known.get(subject, {}), facts):
            yield Difference(subject, f"has another {_WORDS.get(fact, fact)} than the journal says")
    for subject in known.keys() - stored.keys():
        if "recipients" not in known[subject]:  # of two messages with one key only the first is stored
            yield Difference(subject, "is in the journal and is not there")


def _list_strangers(snapshot: Snapshot, revisions: Sequence[Revision]) -> Iterator[Difference]:
    """Records whose owner or form is not the one their last revision kept: digests do not cover these."""
    newest: dict[Address, Record | None] = {}
    for revision in revisions:
        for change in revision.changes:
            newest.setdefault(change.address, change.after)
    for address, record in snapshot.resources.items():
        kept = newest.get(address)
        if kept and (kept.owner, kept.schema_version) != (record.owner, record.schema_version):
            yield Difference(str(address), "has another owner or form than its revision kept")


def _compare_revisions(ledger: Ledger, revisions: Sequence[Revision]) -> Iterator[Difference]:
    """Revisions that are not what the applies said of themselves."""
    for revision in revisions:
        entry = ledger.serials.get(revision.serial)
        if entry is None or (entry.actor, entry.data.get("digest", "")) != (revision.actor, revision.origin.digest):
            yield Difference(f"serial {revision.serial}", "has another actor or plan than the journal says")
            continue
        said = {each["address"]: (each.get("before"), each.get("after")) for each in entry.data.get("changes", [])}
        for change in revision.changes if revision.complete else ():
            digests = tuple(each.digest if each else None for each in (change.before, change.after))
            if said.pop(str(change.address), None) != digests:
                yield Difference(f"serial {revision.serial}", f"keeps {change.address} otherwise than the journal says")
        if said and revision.complete:
            yield Difference(f"serial {revision.serial}", f"does not keep {', '.join(sorted(said))}")
    for serial in ledger.serials.keys() - {revision.serial for revision in revisions}:
        yield Difference(f"serial {serial}", "is in the journal and was not kept")


def _list_sources(workspace: Workspace, snapshot: Snapshot, revisions: Sequence[Revision]) -> Iterator[Difference]:
    """Template sources and stored files that are not the content they are named after."""
    changes = [change for revision in revisions for change in revision.changes]
    records = [
        *snapshot.resources.values(),
        *(each for change in changes for each in (change.before, change.after) if each),
    ]
    names = {
        digest: (each.address, name)
        for each in records
        for name, digest in (*each.templates.items(), *each.files.items())
    }
    for digest, (address, name) in names.items():
        try:
            workspace.state.snapshots.blobs([digest])
        except StateFault:
            yield Difference(str(address), f"does not have the stored content of {name} that it names")


def _unproved(ledger: Ledger, revisions: Sequence[Revision]) -> Iterator[str]:
    """Counts of what is older than the facts that would prove it."""
    facts = ledger.facts.values()
    if number := sum("decisions" in each and "pinned" not in each for each in facts):
        yield f"stages, rules, reason and fields of {number} of the requests"
    if number := sum("recipients" in each and "bytes" not in each for each in facts):
        yield f"the content of {number} of the messages"
    if number := sum(not revision.complete for revision in revisions):
        yield f"the records of {number} of the revisions"


_WORDS = {
    "expires": "deadline",
    "pinned": "subject, reason, fields, stages or rules",
    "bytes": "content",
    "sent": "outcome",
    "who": "actor",
    "at": "time",
    "until": "end",
}
"""What facts are called, where their name does not say it."""
