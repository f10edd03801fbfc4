"""Small valid values for tests of the state; every argument that matters to a test is its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.model.approvals.request import Choice, Decision, Request, Rules, Stage
from reconciler.model.canonical import hash_bytes
from reconciler.model.configuration.address import Address, NamedIn
from reconciler.model.configuration.change import Effect
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.snapshot import Commit, Snapshot
from reconciler.model.duration import parse_duration
from reconciler.model.journal import Entry
from reconciler.model.mail.mailbox import GroupReference, Mailbox
from reconciler.model.mail.message import About, Fate, Message

NAMED_IN = {
    "ApprovalType": NamedIn.REQUEST_TYPE,
    "ApprovalProcess": NamedIn.REQUEST_PROCESS,
    "Group": NamedIn.STAGE_GROUP,
    "EmailTask": NamedIn.MESSAGE_TASK,
    "SmtpServer": NamedIn.MESSAGE_SERVER,
}
"""What the kinds declare, in as few words: a process that tests start need not import them."""

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
TEMPLATE = b"Dear {{ request.requester }}\n"


def after(**units: float) -> datetime:
    return NOW + timedelta(**units)


def entry(event: str = "config.applied", subject: str = "default", at: datetime = NOW, **data: Any) -> Entry:
    return Entry(event, subject, "desk@example.com", at, data)


def record(address: str = "Group/approvers", **spec: Any) -> Record:
    kind, name = address.split("/")
    metadata = {"name": name, "title": "", "description": "", "labels": {}}
    return Record(
        Address(kind, name), "default", 1, metadata, spec or {"members": ["a@example.com"]}, source="a.yaml:1"
    )


def templated(address: str = "EmailTask/ask") -> Record:
    return replace(record(address, subject="Hello"), templates={"ask.j2": hash_bytes(TEMPLATE)})


def commit(
    on: Snapshot,
    *put: Record,
    delete: tuple[str, ...] = (),
    effects: tuple[Effect, ...] = (),
    blobs: dict[str, bytes] | None = None,
    at: datetime = NOW,
    lineage: str = "lineage-1",
) -> Commit:
    gone = tuple(Address(*address.split("/")) for address in delete)
    given = blobs if blobs is not None else {hash_bytes(TEMPLATE): TEMPLATE}
    return Commit(
        (on.lineage, on.serial),
        on.lineage or lineage,
        put,
        gone,
        given,
        effects,
        entry(at=at, serial=on.serial + 1),
        at,
    )


def request(id: str = "req_1", **changes: Any) -> Request:
    stage = Stage("", (Mailbox("a@example.com", "A, the first"), GroupReference("team")), 1, parse_duration("7d"))
    given = Request(
        id=id,
        type="run-application",
        process="manual-email",
        subject="Run the application",
        requester=Mailbox("asker@example.com", 'Some "quoted" name'),
        reason="To test",
        fields={"count": 3, "name": "x", "flag": True},
        stages=(stage,),
        rules=Rules(),
        created=NOW,
        opened=NOW,
        expires=after(days=7),
        due=after(hours=1),
    )
    return replace(given, **changes)


def decision(address: str = "a@example.com", **changes: Any) -> Decision:
    given = Decision(
        Mailbox(address, "A"), Choice.APPROVE, "fine", after(minutes=5), 0, ("team",), "operator", "os@host"
    )
    return replace(given, **changes)


def message(id: str = "msg_1", *to: str, about: About | None = None, **changes: Any) -> Message:
    given = Message(
        id=id,
        key=f"manual:{id}",
        task="EmailTask/ask",
        server="relay",
        subject="Please decide",
        envelope_from="desk@example.com",
        data=b"Subject: x\r\n\r\nbody\x00\xff",
        fates=tuple(Fate(address) for address in to or ("a@example.com",)),
        created=NOW,
        due=NOW,
        give_up=after(days=5),
        about=about,
    )
    return replace(given, **changes)


def ask(id: str, request: str = "req_1", person: str = "a@example.com", **changes: Any) -> Message:
    about = About(request, 0, person, "start")
    return message(id, person, about=about, key=f"approval:{request}:0:{person}:start:{id}", **changes)
