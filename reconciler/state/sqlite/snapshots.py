"""Resources in SQLite, and the one transaction an apply is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from sqlite3 import Connection, Row

from reconciler.model.canonical import sha256
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.effect import AskApprovers, Effect, ReleaseHeld, RetryAmbiguous
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.snapshot import Commit, Committed, Snapshot
from reconciler.model.errors import Bug, Conflict, damaged
from reconciler.state.sqlite.connection import Database
from reconciler.state.sqlite.freezes import require_thawed
from reconciler.state.sqlite.held import release_held, retry_ambiguous
from reconciler.state.sqlite.history import keep_revision, stored_before
from reconciler.state.sqlite.journal import append
from reconciler.state.sqlite.last_use import last_uses
from reconciler.state.sqlite.moves import move
from reconciler.state.sqlite.preconditions import needed, require_judged, require_unneeded
from reconciler.state.sqlite.requests import ask_approvers
from reconciler.state.sqlite.rows import insert, record_columns, record_from
from reconciler.state.sqlite.servers import retry_messages
from reconciler.state.sqlite.stored_values import stored


class SqliteSnapshots:
    """Implements `reconciler.state.protocols.Snapshots`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> Snapshot:
        def work(connection: Connection) -> Snapshot:
            rows = connection.execute("SELECT * FROM resources ORDER BY kind, name")
            resources = {record.address: record for record in map(record_from, rows)}
            return replace(_place(connection), resources=resources)

        return self._database.read(work, Snapshot())

    def blobs(self, digests: Iterable[str]) -> Mapping[str, bytes]:
        wanted = sorted(set(digests))
        nothing: dict[str, bytes] = {}
        found = self._database.read(lambda connection: _blobs(connection, wanted), nothing)
        for digest in wanted:
            if digest not in found or sha256(found[digest]) != digest:
                how = "does not match its digest" if digest in found else "is missing"
                raise damaged(f"The stored content {digest[:12]}… of a template or file {how}.")
        return found

    def needed(self, addresses: Iterable[Address]) -> Mapping[Address, str]:
        wanted = list(addresses)
        return self._database.read(lambda connection: needed(connection, wanted), {})

    def last_uses(self, addresses: Iterable[Address]) -> Mapping[Address, datetime | None]:
        wanted = list(addresses)
        nothing: dict[Address, datetime | None] = {}
        return self._database.read(lambda connection: last_uses(connection, wanted), nothing) if wanted else nothing

    def commit(self, commit: Commit) -> Committed:
        _require_digests(commit)

        def work(connection: Connection) -> Committed:
            require_thawed(connection)
            _require_expected(connection, commit)
            require_unneeded(connection, commit.delete)
            if commit.judged is not None:
                require_judged(connection, commit.judged)
            serial = commit.expected[1] + 1
            connection.execute("UPDATE state SET lineage = ?, serial = ?", (commit.lineage, serial))
            keep_revision(connection, commit, serial, stored_before(connection, commit))
            _write_blobs(connection, commit)
            _write_resources(connection, commit, serial)
            for effect in commit.effects:
                _carry_out(connection, effect, commit)
            head = append(connection, commit.entry)
            return Committed(serial, f"{head.sequence}:{head.hash}")

        return self._database.write(work)


def _place(connection: Connection) -> Snapshot:
    """Lineage and serial; no resource."""
    return _placed(connection.execute("SELECT lineage, serial FROM state").fetchone())


@stored("serial")
def _placed(row: Row) -> Snapshot:
    return Snapshot(row["lineage"], row["serial"])


@stored("template or file")
def _blobs(connection: Connection, digests: Iterable[str]) -> dict[str, bytes]:
    query = "SELECT content FROM blobs WHERE digest = ?"
    rows = {digest: connection.execute(query, (digest,)).fetchone() for digest in digests}
    return {digest: row["content"] for digest, row in rows.items() if row}


def _require_digests(commit: Commit) -> None:
    for digest, content in commit.blobs.items():
        if sha256(content) != digest:
            raise Bug("A template or file does not match its digest", f"{digest[:12]}…; this is a bug in reconciler.")
    if {new for _, new in commit.moves} - {record.address for record in commit.put}:
        raise Bug("A rename came without the record of the new name", "This is a bug in reconciler.")
    if commit.expected[0] not in (None, commit.lineage):
        raise Bug("An apply may not change the lineage of a state", "This is a bug in reconciler.")


def _require_expected(connection: Connection, commit: Commit) -> None:
    state = _place(connection)
    if (state.lineage, state.serial) != commit.expected:
        other = state.lineage != commit.expected[0] and commit.expected[0] is not None
        raise Conflict(
            "The state was changed meanwhile",
            "The state is another one now: its lineage differs. Nothing was changed."
            if other
            else f"It was at serial {commit.expected[1]} when it was read and is at {state.serial} now. Nothing was changed.",
            "Plan again to see what is left to do.",
        )


def _write_blobs(connection: Connection, commit: Commit) -> None:
    connection.executemany("INSERT INTO blobs VALUES (?, ?) ON CONFLICT DO NOTHING", sorted(commit.blobs.items()))
    for record in commit.put:
        for name, digest in {**record.templates, **record.files}.items():
            if not connection.execute("SELECT 1 FROM blobs WHERE digest = ?", (digest,)).fetchone():
                raise Bug(
                    f"The content of {name} of {record.address} was not handed over", "This is a bug in reconciler."
                )


def _write_resources(connection: Connection, commit: Commit, serial: int) -> None:
    query = "DELETE FROM resources WHERE kind = ? AND name = ?"
    connection.executemany(query, [(address.kind, address.name) for address in commit.delete])
    for old, new in commit.moves:
        move(connection, old, new)
    for record in commit.put:
        _put(connection, record, serial)


def _put(connection: Connection, record: Record, serial: int) -> None:
    columns = record_columns(record) | {"serial": serial}
    changes = ", ".join(f"{name} = :{name}" for name in columns if name not in ("kind", "name"))
    query = insert("resources", columns) + f" ON CONFLICT (kind, name) DO UPDATE SET {changes}"
    connection.execute(query, columns)


def _carry_out(connection: Connection, effect: Effect, commit: Commit) -> None:
    if isinstance(effect, AskApprovers):
        ask_approvers(connection, commit.at)
    elif isinstance(effect, ReleaseHeld):
        release_held(connection, commit.at)
    elif isinstance(effect, RetryAmbiguous):
        retry_ambiguous(connection, commit.at)
    else:
        retry_messages(connection, effect.server, commit.at)
