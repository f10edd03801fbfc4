"""Requests in SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from sqlite3 import Connection, Row

from reconciler.model.approvals.request import Decision, Request, RequestState
from reconciler.model.errors import Conflict
from reconciler.model.journal import Entry, timestamp
from reconciler.model.mail.message import Message
from reconciler.state.sqlite.connection import Database
from reconciler.state.sqlite.journal import append
from reconciler.state.sqlite.outbox import cancel_unsent, insert_messages
from reconciler.state.sqlite.rows import decision_columns, decision_from, insert, request_columns, request_from
from reconciler.state.sqlite.stored_values import number

_MOVING = ("opened", "expires", "due", "state", "stage", "revision", "accepted", "completed")
"""What a move may change; everything else is pinned when the request is made."""

_MOVE = f"UPDATE requests SET {', '.join(f'{name} = :{name}' for name in _MOVING)} WHERE id = :id AND revision = :revision - 1"  # noqa: S608

DUE = (
    "SELECT * FROM requests INDEXED BY requests_due "
    "WHERE state = 'pending' AND due IS NOT NULL AND due <= ? ORDER BY due, id LIMIT ?"
)
"""Pending requests that have come due; served by an index that holds only those that wait."""


class SqliteRequests:
    """Implements `reconciler.state.protocols.Requests`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, request: Request, messages: Sequence[Message], entry: Entry, *, serial: int) -> None:
        def work(connection: Connection) -> None:
            _require_serial(connection, serial)
            if connection.execute("SELECT 1 FROM requests WHERE id = ?", (request.id,)).fetchone():
                raise Conflict(f"There is a request {request.id} already", "Nothing was changed.", "Try again.")
            columns = request_columns(request)
            connection.execute(insert("requests", columns), columns)
            _insert_decisions(connection, request, request.decisions, 0)
            insert_messages(connection, messages)
            append(connection, entry)

        self._database.write(work)

    def move(
        self,
        request: Request,
        messages: Sequence[Message],
        entry: Entry,
        *,
        cancel: str | None,
        persons: Sequence[str] = (),
    ) -> None:
        def work(connection: Connection) -> None:
            if not connection.execute(_MOVE, request_columns(request)).rowcount:
                raise _moved(request.id)
            _add_decisions(connection, request)
            if cancel is not None:
                cancel_unsent(connection, request.id, persons, messages, cancel, entry.at)
            insert_messages(connection, messages)
            append(connection, entry)

        self._database.write(work)

    def get(self, id: str) -> Request | None:
        def work(connection: Connection) -> Request | None:
            row = connection.execute("SELECT * FROM requests WHERE id = ?", (id,)).fetchone()
            return _whole(connection, row) if row else None

        return self._database.read(work, None)

    def find(self, state: RequestState | None = None, *, limit: int = 100, before: str | None = None) -> list[Request]:
        conditions: list[str] = []
        values: list[str | int] = []
        if state is not None:
            conditions.append("state = ?")
            values.append(state.value)
        if before is not None:
            conditions.append("(created, id) < (SELECT created, id FROM requests WHERE id = ?)")
            values.append(before)
        where = " WHERE " + " AND ".join(conditions) if conditions else ""
        query = f"SELECT * FROM requests{where} ORDER BY created DESC, id DESC LIMIT ?"  # noqa: S608
        return self._several(query, (*values, limit))

    def due(self, now: datetime, limit: int) -> list[Request]:
        return self._several(DUE, (timestamp(now), limit))

    def _several(self, query: str, values: Sequence[str | int]) -> list[Request]:
        def work(connection: Connection) -> list[Request]:
            return [_whole(connection, row) for row in connection.execute(query, values).fetchall()]

        return self._database.read(work, [])


def ask_approvers(connection: Connection, at: datetime) -> None:
    """Every pending request is looked at again at once.

    Its revision grows, so that a move worked out before cannot put the due time back.
    """
    connection.execute(
        "UPDATE requests SET due = CASE WHEN due < :at THEN due ELSE :at END, revision = revision + 1 "
        "WHERE state = 'pending'",
        {"at": timestamp(at)},
    )


def _whole(connection: Connection, row: Row) -> Request:
    found = connection.execute("SELECT * FROM decisions WHERE request = ? ORDER BY position", (row["id"],))
    return request_from(row, [decision_from(decision) for decision in found])


def _require_serial(connection: Connection, serial: int) -> None:
    stored = number(connection.execute("SELECT serial FROM state").fetchone()["serial"])
    if stored != serial:
        raise Conflict(
            "The configuration was changed meanwhile",
            f"The request was prepared on serial {serial}; the state is at {stored}. Nothing was changed.",
            "Make the request again.",
        )


def _add_decisions(connection: Connection, request: Request) -> None:
    query = "SELECT count(*) FROM decisions WHERE request = ?"
    stored = connection.execute(query, (request.id,)).fetchone()[0]
    _insert_decisions(connection, request, request.decisions[stored:], stored)


def _insert_decisions(connection: Connection, request: Request, new: Sequence[Decision], first: int) -> None:
    for position, decision in enumerate(new, start=first):
        columns = decision_columns(request.id, position, decision)
        query = "SELECT 1 FROM decisions WHERE request = :request AND person = :person"
        if connection.execute(query, columns).fetchone():
            raise Conflict(
                f"{decision.person.address} has decided on {request.id} already",
                "One person decides once per request. Nothing was changed.",
                f"See the decision with `reconciler approvals show {request.id}`.",
            )
        connection.execute(insert("decisions", columns), columns)


def _moved(id: str) -> Conflict:
    return Conflict(
        f"The request {id} has moved meanwhile",
        "Somebody decided, or it came due, after it was read. Nothing was changed.",
        f"See where it stands with `reconciler approvals show {id}`, and try again.",
    )
