"""Requests and their decisions, and the rows of requests and messages by what they name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reconciler.model.approvals.person import make_person_key
from reconciler.model.approvals.request import Choice, Decision, Request, RequestState, Rules, Stage
from reconciler.model.canonical import write_canonical_json
from reconciler.model.configuration.address import NamedIn
from reconciler.model.duration import parse_duration
from reconciler.model.journal import format_timestamp
from reconciler.model.mail.mailbox import GroupReference, Mailbox, Recipient
from reconciler.model.written import read_back
from reconciler.state.sql.statements import Row, Table, insert_new, page
from reconciler.state.sql.values import (
    EXACT_JSON,
    MOMENT,
    PLAIN,
    choice,
    each,
    json_of,
    mailbox_data,
    mailbox_from,
    moment,
    number,
    optional,
    read,
    stored,
    text,
    written,
)

_DUE = (
    "SELECT * FROM requests{} WHERE state = 'pending' AND due IS NOT NULL AND due <= :now ORDER BY due, id LIMIT :limit"
)

_MOVING = ("opened", "expires", "due", "state", "stage", "revision", "accepted", "completed")
"""What a move may change; everything else is pinned when the request is made."""

_MOVE = f"UPDATE requests SET {', '.join(f'{name} = :{name}' for name in _MOVING)} WHERE id = :id AND revision = :revision - 1"

_SOONER = "due = CASE WHEN due < :at THEN due ELSE :at END"
_LOOK_AGAIN = f"UPDATE requests SET {_SOONER}, revision = revision + 1 WHERE state = 'pending'"


class SqlRequests(Table):
    """Implements `reconciler.state.tables.Requests`."""

    def get(self, id: str) -> Request | None:
        row = self._first("SELECT * FROM requests WHERE id = :id", {"id": id})
        return self._whole(row) if row else None

    def find(self, state: RequestState | None = None, *, limit: int = 100, before: str | None = None) -> list[Request]:
        conditions = []
        if state is not None:
            conditions.append("state = :state")
        if before is not None:
            conditions.append("(created, id) < (SELECT created, id FROM requests WHERE id = :before)")
        query = page("SELECT * FROM requests", conditions, "created DESC, id DESC", limit)
        values = {"state": state.value if state else None, "before": before, "limit": limit}
        return [self._whole(row) for row in self._connection.rows(query, values)]

    def due(self, now: datetime, limit: int) -> list[Request]:
        query = _DUE.format(self._connection.through("requests_due"))
        found = self._connection.rows(query, {"now": format_timestamp(now), "limit": limit})
        return [self._whole(row) for row in found]

    def add(self, request: Request) -> bool:
        columns = written(_REQUEST, request)
        return self._connection.change(insert_new("requests", columns, "id"), columns) == 1

    def move(self, request: Request) -> bool:
        columns = written({name: _REQUEST[name] for name in ("id", *_MOVING)}, request)
        return self._connection.change(_MOVE, columns) == 1

    def look_again(self, at: datetime) -> None:
        self._connection.change(_LOOK_AGAIN, {"at": format_timestamp(at)})

    def _whole(self, row: Row) -> Request:
        query = "SELECT * FROM decisions WHERE request = :id ORDER BY position"
        return _request(row, [_decision(each) for each in self._connection.rows(query, {"id": row["id"]})])


class SqlDecisions(Table):
    """Implements `reconciler.state.tables.Decisions`."""

    def count(self, request: str) -> int:
        query = "SELECT count(*) AS decided FROM decisions WHERE request = :request"
        return number(self._connection.rows(query, {"request": request})[0]["decided"])

    def add(self, request: str, position: int, decision: Decision) -> bool:
        person = decision.person
        columns = written(_DECISION, decision) | {
            "request": request,
            "position": position,
            "person": make_person_key(person.address),
            **mailbox_data(person),
        }
        return self._connection.change(insert_new("decisions", columns, "request, person"), columns) == 1


_PENDING = "SELECT id FROM requests WHERE state = 'pending'{} ORDER BY created, id"
_UNFINISHED = "SELECT id FROM messages WHERE state NOT IN ('delivered', 'failed', 'cancelled'){} ORDER BY id"
_GROWN = "revision = CASE WHEN state = 'pending' THEN revision + 1 ELSE revision END"

_PLACES = {
    NamedIn.REQUEST_TYPE: ("requests", "type", _PENDING),
    NamedIn.REQUEST_PROCESS: ("requests", "process", _PENDING),
    NamedIn.MESSAGE_TASK: ("messages", "task", _UNFINISHED),
    NamedIn.MESSAGE_SERVER: ("messages", "server", _UNFINISHED),
}
"""Table, column and what finds unfinished rows. Groups stand inside a column."""


class SqlNames(Table):
    """Implements `reconciler.state.tables.Names`."""

    def unfinished(self, place: NamedIn, name: str | None) -> list[str]:
        if place is NamedIn.STAGE_GROUP:
            query, name = _PENDING.format(" AND stages LIKE :name"), _naming(name)
        else:
            _, column, query = _PLACES[place]
            query = query.format("" if name is None else f" AND {column} = :name")
        return [text(row["id"]) for row in self._connection.rows(query, {"name": name})]

    def newest(self, place: NamedIn, name: str) -> datetime | None:
        """No index serves it: it is asked of what is deleted alone."""
        table, column, _ = _PLACES[place]
        query = f"SELECT max(created) AS newest FROM {table} WHERE {column} = :name"
        newest = self._connection.rows(query, {"name": name})[0]["newest"]
        return moment(newest) if newest else None

    def rename(self, place: NamedIn, old: str, new: str) -> None:
        if place is NamedIn.STAGE_GROUP:
            self._rename_group(old, new)
            return
        table, column, _ = _PLACES[place]
        changes = f"{column} = :new" + (f", {_GROWN}" if table == "requests" else "")
        self._connection.change(f"UPDATE {table} SET {changes} WHERE {column} = :old", {"old": old, "new": new})

    def _rename_group(self, old: str, new: str) -> None:
        """Requests pin their approvers with the groups they come from; who is in a group is looked up when it matters."""
        query = "SELECT id, stages FROM requests WHERE stages LIKE :name"
        for row in self._connection.rows(query, {"name": _naming(old)}):
            statement = f"UPDATE requests SET stages = :stages, {_GROWN} WHERE id = :id"
            stages = write_canonical_json(_renamed(row["stages"], old, new))
            self._connection.change(statement, {"id": row["id"], "stages": stages})


def _naming(group: str | None) -> str:
    """What is like the stages in which the group stands, or any group."""
    return '%{"group":%' if group is None else f"%{write_canonical_json({'group': group})}%"


@stored("request")
def _renamed(stages: str, old: str, new: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_back(stages)
    for stage in found:
        stage["approvers"] = [{"group": new} if each == {"group": old} else each for each in stage["approvers"]]
    return found


@stored("request")
def _request(row: Row, decisions: Sequence[Decision]) -> Request:
    request = Request(decisions=tuple(decisions), **read(_REQUEST, row))
    if request.stage not in range(len(request.stages)):
        raise ValueError("there is no such stage")
    return request


@stored("decision")
def _decision(row: Row) -> Decision:
    return Decision(person=Mailbox(row["address"], row["name"]), **read(_DECISION, row))


def _recipient_data(recipient: Recipient) -> dict[str, str]:
    return {"group": recipient.group} if isinstance(recipient, GroupReference) else mailbox_data(recipient)


def _recipient_from(data: dict[str, str]) -> Recipient:
    return GroupReference(data["group"]) if "group" in data else mailbox_from(data)


def _stages_data(stages: Sequence[Stage]) -> list[dict[str, Any]]:
    return [
        {
            "name": stage.name,
            "approvers": [_recipient_data(recipient) for recipient in stage.approvers],
            "quorum": stage.quorum,
            "expireAfter": {"text": stage.expire_after.text, "seconds": stage.expire_after.seconds},
        }
        for stage in stages
    ]


def _stages_from(data: list[dict[str, Any]]) -> tuple[Stage, ...]:
    return tuple(
        Stage(
            stage["name"],
            tuple(_recipient_from(recipient) for recipient in stage["approvers"]),
            stage["quorum"],
            parse_duration(stage["expireAfter"]["text"]),
        )
        for stage in data
    )


def _rules_data(rules: Rules) -> dict[str, Any]:
    return {key: getattr(rules, name) for name, key in _RULES.items()}


def _rules_from(data: dict[str, Any]) -> Rules:
    return Rules(**{name: data[key] for name, key in _RULES.items()})


_RULES = {"self_approval": "selfApproval", "require_reason": "requireReason", "require_comment": "requireComment"}

_REQUEST = {
    **each(PLAIN, "id", "type", "process", "subject", "reason", "stage", "revision", "submitted_by"),
    **each(MOMENT, "created", "opened", "expires"),
    **each(optional(MOMENT), "due", "accepted", "completed"),
    "requester": json_of(mailbox_data, mailbox_from),
    "fields": EXACT_JSON,
    "stages": json_of(_stages_data, _stages_from),
    "rules": json_of(_rules_data, _rules_from),
    "state": choice(RequestState),
}
_DECISION = {
    **each(PLAIN, "comment", "stage", "identity", "operator"),
    "choice": choice(Choice),
    "at": MOMENT,
    "via": json_of(list, tuple),
}
