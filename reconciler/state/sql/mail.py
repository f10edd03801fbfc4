"""Messages, when they are due, who has claimed them, what became of them, and the servers they go to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reconciler.model.canonical import write_canonical_json
from reconciler.model.condition import ServerTrouble
from reconciler.model.journal import format_timestamp
from reconciler.model.mail.message import (
    HELD,
    About,
    Attempt,
    Fate,
    Lease,
    Message,
    MessageState,
    RecipientVerdict,
    Verdict,
)
from reconciler.model.written import read_back
from reconciler.state.sql.statements import Row, Shape, Table, insert_new, page
from reconciler.state.sql.values import (
    MOMENT,
    PLAIN,
    Column,
    choice,
    each,
    json_of,
    optional,
    read,
    stored,
    written,
)
from reconciler.state.tables import Candidate

_MESSAGE = "SELECT messages.*, message_data.data FROM messages JOIN message_data ON message_data.message = messages.id"
_WAITS = "state IN ('queued', 'deferred', 'ambiguous')"
_RAN_OUT = "state = 'sending' AND lease_until <= :now"

_CANDIDATE = "SELECT id, server, due, CASE WHEN state = 'sending' THEN 1 ELSE 0 END AS recovered FROM messages"
_CLAIMABLE = {
    "messages_due": f"{_WAITS} AND due <= :now ORDER BY due, id LIMIT :limit",
    "messages_leased": f"{_RAN_OUT} ORDER BY lease_until, id LIMIT :limit",
}
"""By index: messages that wait and have come due, and those whose lease ran out."""

_ONE = f"{_CANDIDATE} WHERE id = :id AND ({_WAITS} AND wanted <= :now OR {_RAN_OUT})"

# Of an abandoned message nobody knows whether it was sent: given back untried, it is ambiguous and not what it was before.
_TAKE = (
    "UPDATE messages SET state_before = CASE state WHEN 'sending' THEN 'ambiguous' ELSE state END, "
    f"state = 'sending', lease_token = :token, lease_until = :until WHERE id = :id AND ({_WAITS} OR {_RAN_OUT})"
)
_NO_LEASE = "state_before = NULL, lease_token = NULL, lease_until = NULL WHERE id = :id AND lease_token = :token"
_GIVE_BACK = f"UPDATE messages SET state = state_before, wanted = :wanted, due = :due, {_NO_LEASE}"
_SETTLE = (
    "UPDATE messages SET state = :state, fates = :fates, attempts = :attempts, wanted = :wanted, due = :due, "
    f"give_up = :give_up, {_NO_LEASE}"
)


class SqlMessages(Table):
    """Implements `reconciler.state.tables.Messages`."""

    def get(self, id: str) -> Message | None:
        row = self._first(f"{_MESSAGE} WHERE messages.id = :id", {"id": id})
        return _message(row) if row else None

    def find(
        self,
        states: Sequence[MessageState] = (),
        *,
        request: str | None = None,
        limit: int | None = 100,
        before: str | None = None,
    ) -> list[Message]:
        conditions = []
        if states:
            # Words of ours, so that they need no parameters.
            conditions.append(f"messages.state IN ({', '.join(repr(state.value) for state in states)})")
        if request is not None:
            conditions.append("messages.request = :request")
        if before is not None:
            older = "(SELECT created, id FROM messages WHERE id = :before)"
            conditions.append(f"(messages.created, messages.id) < {older}")
        query = page(_MESSAGE, conditions, "messages.created DESC, messages.id DESC", limit)
        values = {"request": request, "before": before, "limit": limit}
        return [_message(row) for row in self._connection.rows(query, values)]

    def add(self, message: Message, due: datetime) -> None:
        about = message.about
        columns = written(_COLUMNS, message) | {
            "wanted": format_timestamp(message.due),
            "due": format_timestamp(due),
            **{name: getattr(about, name) if about else None for name in _ABOUT},
        }
        if self._connection.change(insert_new("messages", columns, "key"), columns):
            self._insert("message_data", {"message": message.id, "data": message.data})

    def cancel(self, id: str, fates: Sequence[Fate]) -> None:
        statement = f"UPDATE messages SET state = 'cancelled', fates = :fates WHERE id = :id AND {_WAITS}"
        self._connection.change(statement, {"id": id, "fates": _FATES.write(fates)})


class SqlAttempts(Table):
    """Implements `reconciler.state.tables.Attempts`."""

    def of(self, message: str) -> list[Attempt]:
        query = "SELECT * FROM attempts WHERE message = :message ORDER BY id"
        return [_attempt(row) for row in self._connection.rows(query, {"message": message})]

    def add(self, attempt: Attempt) -> None:
        self._insert("attempts", written(_ATTEMPT, attempt))


class SqlWaiting(Table):
    """Implements `reconciler.state.tables.Waiting`."""

    def delay(self, server: str, until: datetime) -> None:
        self._change("due = :at", "due < :at", server, until)

    def resume(self, server: str, now: datetime) -> None:
        self._change("due = CASE WHEN wanted > :at THEN wanted ELSE :at END", "due > :at AND due > wanted", server, now)

    def hurry(self, server: str, at: datetime) -> None:
        self._change("wanted = CASE WHEN wanted < :at THEN wanted ELSE :at END, due = :at", "due > :at", server, at)

    def held(self) -> list[Candidate]:
        return self._candidates(f"{_WAITS} AND wanted >= :held")

    def ambiguous(self) -> list[Candidate]:
        return self._candidates("state = 'ambiguous' AND wanted < :held")

    def reschedule(self, id: str, wanted: datetime, due: datetime) -> None:
        values = {"id": id, "wanted": format_timestamp(wanted), "due": format_timestamp(due)}
        self._connection.change("UPDATE messages SET wanted = :wanted, due = :due WHERE id = :id", values)

    def _change(self, how: str, which: str, server: str, at: datetime) -> None:
        statement = f"UPDATE messages SET {how} WHERE server = :server AND {_WAITS} AND {which}"
        self._connection.change(statement, {"server": server, "at": format_timestamp(at)})

    def _candidates(self, which: str) -> list[Candidate]:
        query = f"{_CANDIDATE} WHERE {which}"
        return [_candidate(row) for row in self._connection.rows(query, {"held": format_timestamp(HELD)})]


class SqlLeases(Table):
    """Implements `reconciler.state.tables.Leases`."""

    def claimable(self, now: datetime, limit: int) -> list[Candidate]:
        values = {"now": format_timestamp(now), "limit": limit}
        queries = [
            f"{_CANDIDATE}{self._connection.through(index)} WHERE {which}{self._connection.skipping()}"
            for index, which in _CLAIMABLE.items()
        ]
        found = [_candidate(row) for query in queries for row in self._connection.rows(query, values)]
        return sorted(found, key=lambda each: (each.due, each.id))[:limit]

    def one(self, id: str, now: datetime) -> Candidate | None:
        row = self._first(_ONE, {"id": id, "now": format_timestamp(now)})
        return _candidate(row) if row else None

    def take(self, id: str, lease: Lease, now: datetime) -> Message | None:
        values = {"id": id, "token": lease.token, "until": format_timestamp(lease.until), "now": format_timestamp(now)}
        if not self._connection.change(_TAKE, values):
            return None
        return _message(self._connection.rows(f"{_MESSAGE} WHERE messages.id = :id", {"id": id})[0])

    def of(self, token: str) -> list[Candidate]:
        query = f"{_CANDIDATE} WHERE state = 'sending' AND lease_token = :token"
        return [_candidate(row) for row in self._connection.rows(query, {"token": token})]

    def renew(self, token: str, until: datetime) -> int:
        statement = "UPDATE messages SET lease_until = :until WHERE state = 'sending' AND lease_token = :token"
        return self._connection.change(statement, {"token": token, "until": format_timestamp(until)})

    def give_back(self, token: str, candidate: Candidate, wanted: datetime) -> None:
        values = {
            "id": candidate.id,
            "token": token,
            "wanted": format_timestamp(wanted),
            "due": format_timestamp(candidate.due),
        }
        self._connection.change(_GIVE_BACK, values)

    def settle(self, message: Message, token: str, due: datetime) -> bool:
        values = written({name: _COLUMNS[name] for name in _SETTLED}, message) | {
            "token": token,
            "wanted": format_timestamp(message.due),
            "due": format_timestamp(due),
        }
        return self._connection.change(_SETTLE, values) == 1


@stored("message")
def _message(row: Row) -> Message:
    about = None if row["request"] is None else About(**{name: row[name] for name in _ABOUT})
    columns = read(_COLUMNS | {"due": MOMENT, "data": PLAIN}, row)
    return Message(about=about, **columns)


@stored("message")
def _candidate(row: Row) -> Candidate:
    return Candidate(row["id"], row["server"], MOMENT.read(row["due"]), bool(row["recovered"]))


@stored("delivery attempt")
def _attempt(row: Row) -> Attempt:
    return Attempt(**read(_ATTEMPT, row))


def _trouble_columns(trouble: ServerTrouble) -> dict[str, Any]:
    return written(_TROUBLE, trouble) | {"name": trouble.server}


@stored("server's health")
def _trouble(row: Row) -> ServerTrouble:
    return ServerTrouble(server=row["name"], **read(_TROUBLE, row))


SERVERS: Shape[str, ServerTrouble] = Shape(
    "servers", ("name",), lambda name: {"name": name}, _trouble_columns, _trouble
)


def _fates_text(fates: Sequence[Fate]) -> str:
    return write_canonical_json([written(_FATE, fate) for fate in fates])


@stored("fate of a message")
def _fates_from(text: str) -> tuple[Fate, ...]:
    return tuple(Fate(**read(_FATE, fate)) for fate in read_back(text))


def _verdicts_data(verdicts: Sequence[RecipientVerdict]) -> list[dict[str, str]]:
    return [written(_VERDICT, verdict) for verdict in verdicts]


def _verdicts_from(data: list[dict[str, str]]) -> tuple[RecipientVerdict, ...]:
    return tuple(RecipientVerdict(**read(_VERDICT, verdict)) for verdict in data)


_FATE = {
    **each(PLAIN, "address", "reply"),
    "verdict": optional(choice(Verdict)),
    "at": optional(MOMENT),
}
_VERDICT = {**each(PLAIN, "address", "reply", "phase"), "verdict": choice(Verdict)}
_FATES = Column(_fates_text, _fates_from)
_COLUMNS = {
    **each(PLAIN, "id", "key", "task", "server", "subject", "envelope_from", "attempts"),
    **each(MOMENT, "created", "give_up"),
    "fates": _FATES,
    "state": choice(MessageState),
}
"""What is in a column as the message has it; ``due`` and ``wanted`` depend on its server."""

_ABOUT = ("request", "stage", "person", "slot")
_SETTLED = ("id", "state", "fates", "attempts", "give_up")
_ATTEMPT = {
    **each(PLAIN, "message", "server", "fault"),
    "at": MOMENT,
    "verdicts": json_of(_verdicts_data, _verdicts_from),
}
_TROUBLE = {**each(PLAIN, "failures", "fault"), "until": MOMENT}
