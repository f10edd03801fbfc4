"""Run as a process of its own by the tests: ``worker.py VERB DATABASE ...``. Imports only the state and the model."""

# ruff: noqa: T201  (what it prints is what the test reads)

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.model.canonical import hash_bytes
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import AskApprovers, RetryMessages
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.snapshot import Commit
from reconciler.model.errors import Conflict, ReconcilerError
from reconciler.model.journal import Entry
from reconciler.state.sqlite.backend import SqliteState
from tests.state.samples import NAMED_IN

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


def commit(state: SqliteState, actor: str) -> int:
    """One small apply on whatever is stored: a resource that counts, a blob, two effects."""
    before = state.snapshots.read()
    serial = before.serial + 1
    content = f"template {serial} of {actor}".encode()
    metadata = {"name": "counter", "title": "", "description": "", "labels": {}}
    record = Record(
        Address("EmailTask", "counter"), "default", 1, metadata, {"serial": serial}, {"t.j2": hash_bytes(content)}
    )
    effects = (AskApprovers("Group/x"), RetryMessages("relay"))
    entry = Entry("config.applied", "default", actor, NOW, {"serial": serial})
    given = Commit(
        (before.lineage, before.serial),
        before.lineage or "lineage",
        (record,),
        (),
        {hash_bytes(content): content},
        effects,
        entry,
        NOW,
    )
    return state.snapshots.commit(given).serial


def apply(state: SqliteState, actor: str) -> None:
    print(commit(state, actor))


def race(state: SqliteState, actor: str, wins: str) -> None:
    """Commit until this process has won so many times; prints its serials, then how often it met a conflict."""
    won: list[int] = []
    conflicts = 0
    while len(won) < int(wins):
        try:
            won.append(commit(state, actor))
        except Conflict:
            conflicts += 1
    print(*won, "/", conflicts)


def once(state: SqliteState, actor: str) -> None:
    """One commit on serial 1, at the moment everybody starts; prints what came of it."""
    before = state.snapshots.read()
    go = state._database.path.with_name("go")
    print("ready", flush=True)
    while not go.exists():
        time.sleep(0.001)
    entry = Entry("config.applied", "default", actor, NOW, {})
    try:
        state.snapshots.commit(Commit((before.lineage, before.serial), str(before.lineage), (), (), {}, (), entry, NOW))
        print("won")
    except Conflict:
        print("conflict")


def write(state: SqliteState, actor: str, seconds: str) -> None:
    """Write without a pause for so long; prints the number of writes and the longest wait in seconds."""
    end = time.monotonic() + float(seconds)
    count, longest = 0, 0.0
    while time.monotonic() < end:
        start = time.monotonic()
        state.outbox.add([], Entry("event", "x", actor, NOW, {}))
        longest = max(longest, time.monotonic() - start)
        count += 1
    print(count, longest)


def claim(state: SqliteState, actor: str) -> None:
    """Claim until nothing is left; prints the ids."""
    number = 0
    while True:
        number += 1
        found = state.deliveries.claim(NOW, token=f"{actor}-{number}", until=NOW + timedelta(hours=1), limit=3)
        if not found:
            return
        print(*(claimed.message.id for claimed in found))


def forever(state: SqliteState, actor: str) -> None:
    """Commit until killed; prints each serial once it is committed."""
    while True:
        print(commit(state, actor), flush=True)


def main() -> None:
    verb, path, *arguments = sys.argv[1:]
    verbs = {f.__name__: f for f in (apply, race, once, write, claim, forever)}
    try:
        verbs[verb](SqliteState(Path(path), NAMED_IN), *arguments)
    except ReconcilerError as error:
        print(f"{type(error).__name__}: {error.summary} | {error.detail} | {error.hint}")
        sys.exit(1)


if __name__ == "__main__":
    main()
