"""Rows as values and values as rows. One function each way per value; columns are named by key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from sqlite3 import Row
from typing import Any

from reconciler.model.approvals.person import person_key
from reconciler.model.approvals.request import Choice, Decision, Request, RequestState, Rules, Stage
from reconciler.model.canonical import canonical_json, exact_json
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.suspension import Suspension
from reconciler.model.duration import parse_duration
from reconciler.model.journal import Entry, JournalEntry, from_timestamp, timestamp
from reconciler.model.mail.mailbox import GroupReference, Mailbox, Recipient
from reconciler.model.mail.message import About, Attempt, Fate, Message, MessageState, RecipientVerdict, Verdict
from reconciler.model.written import read_back
from reconciler.state.protocols import Holder
from reconciler.state.sqlite.stored_values import stored

Columns = dict[str, Any]


def record_columns(record: Record) -> Columns:
    """A row of ``resources``, without its serial."""
    return {
        "kind": record.address.kind,
        "name": record.address.name,
        "owner": record.owner,
        "schema_version": record.schema_version,
        "metadata": canonical_json(record.metadata),
        "spec": exact_json(record.spec),
        "templates": canonical_json(record.templates),
        "files": canonical_json(record.files),
        "source": record.source,
    }


@stored("resource")
def record_from(row: Row) -> Record:
    """The inverse of `record_columns`."""
    return Record(
        address=Address(row["kind"], row["name"]),
        owner=row["owner"],
        schema_version=row["schema_version"],
        metadata=read_back(row["metadata"]),
        spec=read_back(row["spec"]),
        templates=read_back(row["templates"]),
        files=read_back(row["files"]),
        source=row["source"],
    )


def record_text(record: Record) -> str:
    """The whole record as JSON, as a revision keeps it."""
    return exact_json(
        {
            "kind": record.address.kind,
            "name": record.address.name,
            "owner": record.owner,
            "schemaVersion": record.schema_version,
            "metadata": record.metadata,
            "spec": record.spec,
            "templates": record.templates,
            "files": record.files,
            "source": record.source,
        }
    )


@stored("resource")
def record_read(text: str) -> Record:
    """The inverse of `record_text`."""
    data = read_back(text)
    return Record(
        address=Address(data["kind"], data["name"]),
        owner=data["owner"],
        schema_version=data["schemaVersion"],
        metadata=data["metadata"],
        spec=data["spec"],
        templates=data["templates"],
        files=data["files"],
        source=data["source"],
    )


def suspension_columns(suspension: Suspension) -> Columns:
    """A row of ``suspensions``."""
    return {
        "kind": suspension.address.kind,
        "name": suspension.address.name,
        "actor": suspension.actor,
        "at": timestamp(suspension.at),
        "reason": suspension.reason,
        "until": optional_timestamp(suspension.until),
    }


@stored("suspension")
def suspension_from(row: Row) -> Suspension:
    """The inverse of `suspension_columns`."""
    address = Address(row["kind"], row["name"])
    return Suspension(address, row["actor"], from_timestamp(row["at"]), row["reason"], _optional_time(row["until"]))


def request_columns(request: Request) -> Columns:
    """A row of ``requests``; decisions have rows of their own."""
    return {
        "id": request.id,
        "type": request.type,
        "process": request.process,
        "subject": request.subject,
        "requester": canonical_json(_mailbox_data(request.requester)),
        "reason": request.reason,
        "fields": exact_json(request.fields),
        "stages": canonical_json([_stage_data(stage) for stage in request.stages]),
        "rules": canonical_json(_rules_data(request.rules)),
        "created": timestamp(request.created),
        "opened": timestamp(request.opened),
        "expires": timestamp(request.expires),
        "due": optional_timestamp(request.due),
        "state": request.state.value,
        "stage": request.stage,
        "revision": request.revision,
        "submitted_by": request.submitted_by,
        "accepted": optional_timestamp(request.accepted),
        "completed": optional_timestamp(request.completed),
    }


@stored("request")
def request_from(row: Row, decisions: Sequence[Decision]) -> Request:
    """The inverse of `request_columns`."""
    stages = tuple(_stage_from(stage) for stage in read_back(row["stages"]))
    if row["stage"] not in range(len(stages)):
        raise ValueError("there is no such stage")
    return Request(
        id=row["id"],
        type=row["type"],
        process=row["process"],
        subject=row["subject"],
        requester=_mailbox_from(read_back(row["requester"])),
        reason=row["reason"],
        fields=read_back(row["fields"]),
        stages=stages,
        rules=_rules_from(read_back(row["rules"])),
        created=from_timestamp(row["created"]),
        opened=from_timestamp(row["opened"]),
        expires=from_timestamp(row["expires"]),
        due=_optional_time(row["due"]),
        state=RequestState(row["state"]),
        stage=row["stage"],
        revision=row["revision"],
        submitted_by=row["submitted_by"],
        accepted=_optional_time(row["accepted"]),
        completed=_optional_time(row["completed"]),
        decisions=tuple(decisions),
    )


def decision_columns(request: str, position: int, decision: Decision) -> Columns:
    """A row of ``decisions``: the one at ``position`` (from 0) of the request."""
    return {
        "request": request,
        "position": position,
        "person": person_key(decision.person.address),
        "address": decision.person.address,
        "name": decision.person.name,
        "choice": decision.choice.value,
        "comment": decision.comment,
        "at": timestamp(decision.at),
        "stage": decision.stage,
        "via": canonical_json(decision.via),
        "identity": decision.identity,
        "operator": decision.operator,
    }


@stored("decision")
def decision_from(row: Row) -> Decision:
    """The inverse of `decision_columns`."""
    return Decision(
        person=Mailbox(row["address"], row["name"]),
        choice=Choice(row["choice"]),
        comment=row["comment"],
        at=from_timestamp(row["at"]),
        stage=row["stage"],
        via=tuple(read_back(row["via"])),
        identity=row["identity"],
        operator=row["operator"],
    )


def message_columns(message: Message) -> Columns:
    """A row of ``messages`` that nobody is sending; its bytes stand in ``message_data``."""
    about = message.about
    return {
        "id": message.id,
        "key": message.key,
        "task": message.task,
        "server": message.server,
        "subject": message.subject,
        "envelope_from": message.envelope_from,
        "fates": fates_text(message.fates),
        "created": timestamp(message.created),
        "wanted": timestamp(message.due),
        "due": timestamp(message.due),
        "give_up": timestamp(message.give_up),
        "state": message.state.value,
        "attempts": message.attempts,
        "request": about.request if about else None,
        "stage": about.stage if about else None,
        "person": about.person if about else None,
        "slot": about.slot if about else None,
    }


@stored("message")
def message_from(row: Row) -> Message:
    """The inverse of `message_columns`, of a row joined with its ``data``."""
    about = None
    if row["request"] is not None:
        about = About(row["request"], row["stage"], row["person"], row["slot"])
    return Message(
        id=row["id"],
        key=row["key"],
        task=row["task"],
        server=row["server"],
        subject=row["subject"],
        envelope_from=row["envelope_from"],
        data=row["data"],
        fates=fates_from(row["fates"]),
        created=from_timestamp(row["created"]),
        due=from_timestamp(row["due"]),
        give_up=from_timestamp(row["give_up"]),
        state=MessageState(row["state"]),
        attempts=row["attempts"],
        about=about,
    )


def fates_text(fates: Sequence[Fate]) -> str:
    """The ``fates`` column."""
    return canonical_json(
        [
            {
                "address": fate.address,
                "verdict": fate.verdict.value if fate.verdict else None,
                "reply": fate.reply,
                "at": optional_timestamp(fate.at),
            }
            for fate in fates
        ]
    )


@stored("fate of a message")
def fates_from(text: str) -> tuple[Fate, ...]:
    """The inverse of `fates_text`."""
    return tuple(
        Fate(
            address=fate["address"],
            verdict=Verdict(fate["verdict"]) if fate["verdict"] else None,
            reply=fate["reply"],
            at=_optional_time(fate["at"]),
        )
        for fate in read_back(text)
    )


def attempt_columns(attempt: Attempt) -> Columns:
    """A row of ``attempts``, without its number."""
    verdicts = [
        {"address": v.address, "verdict": v.verdict.value, "reply": v.reply, "phase": v.phase} for v in attempt.verdicts
    ]
    return {
        "message": attempt.message,
        "at": timestamp(attempt.at),
        "server": attempt.server,
        "verdicts": canonical_json(verdicts),
        "fault": attempt.fault,
    }


@stored("delivery attempt")
def attempt_from(row: Row) -> Attempt:
    """The inverse of `attempt_columns`."""
    verdicts = tuple(
        RecipientVerdict(v["address"], Verdict(v["verdict"]), v["reply"], v["phase"])
        for v in read_back(row["verdicts"])
    )
    return Attempt(row["message"], from_timestamp(row["at"]), row["server"], verdicts, row["fault"])


def journal_columns(item: JournalEntry) -> Columns:
    """A row of ``journal``."""
    return {
        "sequence": item.sequence,
        "previous": item.previous,
        "hash": item.hash,
        "text": item.text,
        "event": item.entry.event,
        "subject": item.entry.subject,
        "actor": item.entry.actor,
        "at": timestamp(item.entry.at),
        "data": canonical_json(item.entry.data),
    }


@stored("journal entry")
def journal_from(row: Row) -> JournalEntry:
    """The inverse of `journal_columns`; nothing is verified here."""
    entry = Entry(row["event"], row["subject"], row["actor"], from_timestamp(row["at"]), read_back(row["data"]))
    return JournalEntry(row["sequence"], row["previous"], row["hash"], row["text"], entry)


def holder_columns(holder: Holder) -> Columns:
    """The row of ``lock``."""
    return {
        "id": 1,
        "token": holder.token,
        "actor": holder.actor,
        "host": holder.host,
        "process": holder.process,
        "started": holder.started,
        "operation": holder.operation,
        "since": timestamp(holder.since),
    }


@stored("lock")
def holder_from(row: Row) -> Holder:
    """The inverse of `holder_columns`."""
    return Holder(
        token=row["token"],
        actor=row["actor"],
        host=row["host"],
        process=row["process"],
        started=row["started"],
        operation=row["operation"],
        since=from_timestamp(row["since"]),
    )


def insert(table: str, columns: Columns) -> str:
    """``INSERT INTO table`` with named parameters for these columns. Names come from this file, never from outside."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(':' + name for name in columns)})"  # noqa: S608


def optional_timestamp(at: datetime | None) -> str | None:
    """`timestamp`, or None."""
    return timestamp(at) if at else None


def _optional_time(text: str | None) -> datetime | None:
    return from_timestamp(text) if text else None


def _mailbox_data(mailbox: Mailbox) -> dict[str, str]:
    return {"address": mailbox.address, "name": mailbox.name}


def _mailbox_from(data: dict[str, str]) -> Mailbox:
    return Mailbox(data["address"], data["name"])


def _recipient_data(recipient: Recipient) -> dict[str, str]:
    return {"group": recipient.group} if isinstance(recipient, GroupReference) else _mailbox_data(recipient)


def _recipient_from(data: dict[str, str]) -> Recipient:
    return GroupReference(data["group"]) if "group" in data else _mailbox_from(data)


def _stage_data(stage: Stage) -> dict[str, Any]:
    return {
        "name": stage.name,
        "approvers": [_recipient_data(recipient) for recipient in stage.approvers],
        "quorum": stage.quorum,
        "expireAfter": {"text": stage.expire_after.text, "seconds": stage.expire_after.seconds},
    }


def _stage_from(data: dict[str, Any]) -> Stage:
    expire_after = parse_duration(data["expireAfter"]["text"])
    approvers = tuple(_recipient_from(recipient) for recipient in data["approvers"])
    return Stage(data["name"], approvers, data["quorum"], expire_after)


def _rules_data(rules: Rules) -> dict[str, Any]:
    return {
        "selfApproval": rules.self_approval,
        "requireReason": rules.require_reason,
        "requireComment": rules.require_comment,
    }


def _rules_from(data: dict[str, Any]) -> Rules:
    return Rules(data["selfApproval"], data["requireReason"], data["requireComment"])
