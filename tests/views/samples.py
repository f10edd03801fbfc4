"""Values as the packages above hand them to the views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from reconciler.model.approvals.person import Member
from reconciler.model.approvals.request import Choice, Decision, Request, Rules, Stage
from reconciler.model.canonical import hash_bytes
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, AskApprovers, Change, FieldChange, LastUse, RetryMessages
from reconciler.model.configuration.plan import Plan
from reconciler.model.configuration.resource import Record
from reconciler.model.diagnostic import Diagnostic, Place, make_error, make_warning
from reconciler.model.duration import parse_duration
from reconciler.model.mail.mailbox import GroupReference, Mailbox
from reconciler.model.mail.message import About, Attempt, Fate, Message, MessageState, RecipientVerdict, Verdict

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DIGEST = hash_bytes(b"a plan")

REQUEST_ID = "req_01JQ3V8K2N5T7W9XZB4D6F8H0M"

ROSA = Mailbox("rosa@example.com", "Rosa")
TARIQ = Mailbox("tariq@example.com")
LENA = Mailbox("lena@example.org", "Lena, Service Desk")


def later(**span: float) -> datetime:
    return NOW + timedelta(**span)


def record(address: str, title: str = "", spec: Mapping[str, Any] | None = None, **more: Any) -> Record:
    kind, _, name = address.partition("/")
    metadata = {"name": name, "title": title, "description": "", "labels": more.pop("labels", {})}
    source = more.pop("source", f"manifests/{kind.lower()}.yaml:12")
    return Record(Address(kind, name), "default", 1, metadata, spec or {}, source=source, **more)


def create(address: str, title: str = "", **more: Any) -> Change:
    after = record(address, title, templates=more.pop("templates", {}))
    return Change(after.address, Action.CREATE, "new", None, after, **more)


def update(address: str, reason: str, *fields: FieldChange, title: str = "", **more: Any) -> Change:
    found = record(address, title)
    return Change(found.address, Action.UPDATE, reason, found, found, fields, **more)


def delete(address: str, title: str = "", **more: Any) -> Change:
    found = record(address, title)
    return Change(found.address, Action.DELETE, "no manifest names it any more", found, None, **more)


def plan(*changes: Change, unchanged: int = 14, **more: Any) -> Plan:
    return Plan("line-1", more.pop("serial", 7), more.pop("environment", None), changes, unchanged, DIGEST, **more)


OLD_BODY = "Hello,\n\nthese are the figures of the week.\nThey are attached.\n\nRegards\n"
NEW_BODY = "Hello,\n\nthese are the figures of the week.\nThey stand below.\nAsk if one is missing.\n\nRegards\n"

MIXED = plan(
    create(
        "Credential/relay-login",
        stated={"/spec/username": "desk", "/spec/password/secret": "relay-password"},
    ),
    create(
        "SmtpServer/relay",
        "Company relay",
        stated={
            "/spec/uri": "smtp://mail.example.com:587",
            "/spec/from": "Service Desk <desk@example.com>",
            "/spec/credential": "relay-login",
            "/spec/limits/connections": 2,
        },
        told=(RetryMessages("relay"),),
    ),
    create(
        "EmailTask/welcome",
        "Welcome",
        stated={
            "/spec/to": ["new@example.com", {"group": "service-desk"}],
            "/spec/subject": "{{ parameters.name }}, welcome",
            "/spec/body/html": "welcome.html.j2",
            "/spec/enabled": False,
        },
        templates={"welcome.html.j2": hash_bytes(b"1"), "layout.html.j2": hash_bytes(b"2")},
    ),
    update(
        "Group/service-desk",
        "spec changed: members",
        FieldChange(
            "/spec/members",
            [str(ROSA), "tariq@example.com"],
            [str(ROSA), str(LENA), {"group": "night"}],
            (str(LENA), {"group": "night"}),
            ("tariq@example.com",),
        ),
        title="Service desk",
        told=(AskApprovers("Group/service-desk"),),
    ),
    update(
        "ApprovalProcess/manual-email",
        "spec changed: requireComment, stages",
        FieldChange("/spec/requireComment", "on-deny", "never"),
        FieldChange("/spec/stages/0/quorum", 1, "all"),
        FieldChange("/spec/stages/0/expireAfter", "7d", "2w"),
        title="Manual Approval Process with E-mail Alerts",
    ),
    update(
        "EmailTask/weekly",
        "spec changed: body, parameters, subject; metadata changed: labels, title; template changed: weekly.html.j2",
        FieldChange("/metadata/labels/team", None, "mail"),
        FieldChange("/metadata/title", "Weekly", "Weekly report"),
        FieldChange("/spec/body", OLD_BODY, NEW_BODY),
        FieldChange("/spec/parameters/limit/max", Decimal("10"), Decimal("12.50")),
        FieldChange(
            "/spec/subject",
            "Figures of the week",
            "The figures of the week, with everything that has been left out of the last three of them, and the reasons",
        ),
        FieldChange("/templates/weekly.html.j2", hash_bytes(b"3"), hash_bytes(b"4")),
        title="Weekly report",
    ),
    update(
        "Credential/backup-login",
        "spec changed: password",
        FieldChange("/spec/password/secret", "backup-password", "backup-password-2026"),
    ),
    delete("Group/night-shift", "Night shift", told=(AskApprovers("Group/night-shift"),)),
    delete("Group/old"),
    delete("EmailTask/weekly", last_use=LastUse(later(days=-3))),
    delete("EmailTask/idle", last_use=LastUse(None)),
    environment="production",
    diagnostics=(
        make_warning(
            "Deletion would be refused",
            "Group/old is still needed: request req_01 asks its members. Apply would stop without changing anything.",
            Place("manifests/groups.yaml", 12),
            Address("Group", "old"),
            "Decide or cancel the request first.",
        ),
    ),
)

EMPTY = plan(unchanged=14)

FIRST = plan(
    create("Group/desk", stated={"/spec/members": ["rosa@example.com"]}), unchanged=0, serial=0, environment=None
)

HOSTILE_TEXT = "red\x1b[31m \u202eevil\u2066 \x07bell\u200b\r\nforged: line"

HOSTILE = plan(
    update(
        "EmailTask/trap",
        "spec changed: subject, body",
        FieldChange("/spec/subject", "plain", HOSTILE_TEXT),
        FieldChange("/spec/body", "one\ntwo\n", "one\n\x1b[2J\u202etwo\n"),
        FieldChange("/spec/to", [], [HOSTILE_TEXT], (HOSTILE_TEXT,), ()),
        FieldChange(f"/spec/parameters/{HOSTILE_TEXT}", 1, 2),
        title=HOSTILE_TEXT,
    ),
    environment=HOSTILE_TEXT,
)


def long_plan() -> Plan:
    """Many creates, then updates and deletes behind them, one with a long body."""
    body = "\n".join(f"line {number}" for number in range(60))
    return plan(
        create("EmailTask/a-long-one", stated={"/spec/subject": "Long", "/spec/body": body}),
        *(create(f"Group/team-{number:03}", stated={"/spec/members": ["a@example.com"]}) for number in range(120)),
        *(create(f"EmailTask/mail-{number:03}", stated={"/spec/subject": "Hi"}) for number in range(30)),
        update("SmtpServer/relay", "spec changed: helo", FieldChange("/spec/helo", "", "mail.example.com")),
        delete("Group/gone"),
    )


DIAGNOSTICS: list[Diagnostic] = [
    make_error(
        "Unknown reference",
        "There is no SmtpServer/rely. A task without its server could never send, so nothing is applied until the name fits.",
        Place("manifests/mail.yaml", 3, 15),
        Address("EmailTask", "weekly"),
        'Did you mean "relay"?',
    ),
    make_error("Broken YAML", "A mapping began here and did not end.", Place("manifests/über/läuft.yaml", 2, 7)),
    make_warning(
        "Certificate not verified",
        "Anybody between here and the server can read the mail and the password.",
        Place("manifests/mail.yaml", 4, 11),
        Address("SmtpServer", "relay"),
        "Remove tls.verify, or name the authority in tls.ca.",
    ),
    make_error("Unknown reference", HOSTILE_TEXT, Place(HOSTILE_TEXT, 1, 1), None, HOSTILE_TEXT),
]

SOURCES = {
    "manifests/mail.yaml": [
        "kind: EmailTask",
        "metadata: {name: weekly}",
        "  smtpServer: rely",
        "\tverify: \x1b[31mfalse" + " and so on" * 20,
    ],
    "manifests/über/läuft.yaml": ["日本: 1", "日本: {語: [", ""],
}

STAGE = Stage("desk", (GroupReference("service-desk"), TARIQ), 2, parse_duration("3d"))


def request(**more: Any) -> Request:
    made = Request(
        id=REQUEST_ID,
        type="run-application",
        process="manual-email",
        subject="Rosa asks to run “Ledger”",
        requester=Mailbox("requester@example.com", "R. Quester"),
        reason="The month has to be closed\nbefore Friday.",
        fields={"application": "Ledger", "amount": Decimal("12.50"), "urgent": True, "ticket": None},
        stages=(STAGE,),
        rules=Rules(),
        created=NOW,
        opened=NOW,
        expires=later(days=3),
        due=later(days=3),
    )
    return replace(made, **more)


APPROVERS = (Member(ROSA, ("service-desk",)), Member(LENA, ("night", "service-desk")), Member(TARIQ))

APPROVED_BY_ROSA = Decision(
    ROSA, Choice.APPROVE, "Fine by me.\nBut only once.", later(hours=2), 0, ("service-desk",), "operator", "sam@build-7"
)


def message(id: str = "msg_01", **more: Any) -> Message:
    made = Message(
        id=id,
        key=f"manual:{id}",
        task="EmailTask/weekly",
        server="relay",
        subject="The figures of the week",
        envelope_from="desk@example.com",
        data=b"x" * 12_345,
        fates=(Fate("rosa@example.com"),),
        created=NOW,
        due=NOW,
        give_up=later(days=5),
    )
    return replace(made, **more)


def asking(id: str, member: Member, state: MessageState, reply: str = "") -> Message:
    fate = Fate(member.mailbox.address, Verdict.DELIVERED if state is MessageState.DELIVERED else None, reply, NOW)
    return message(id, state=state, fates=(fate,), about=About(REQUEST_ID, 0, member.key, "start"))


ASKING = (
    asking("msg_11", APPROVERS[0], MessageState.DELIVERED, "250 2.0.0 queued as 4711"),
    asking("msg_12", APPROVERS[1], MessageState.FAILED, "550 5.1.1 \x1b[31mNo such user\u202e"),
)

MANY_FATES = message(
    "msg_02",
    state=MessageState.DEFERRED,
    attempts=2,
    due=later(minutes=20),
    fates=(
        Fate("rosa@example.com", Verdict.DELIVERED, "250 2.0.0 ok", later(minutes=1)),
        Fate("nobody@example.com", Verdict.FAILED, "550 5.1.1 No such user here", later(minutes=1)),
        Fate("later@example.com", Verdict.RETRY, "451 4.7.1 Greylisted, please try again later", later(minutes=5)),
        Fate("new@example.com"),
    ),
)

ATTEMPTS = (
    Attempt("msg_02", NOW, "relay", (), "The server relay cannot be reached: connection refused"),
    Attempt(
        "msg_02",
        later(minutes=1),
        "relay",
        (
            RecipientVerdict("rosa@example.com", Verdict.DELIVERED, "250 2.0.0 ok", "data"),
            RecipientVerdict("nobody@example.com", Verdict.FAILED, "550 5.1.1 No such user here", "rcpt"),
            RecipientVerdict(
                "later@example.com", Verdict.RETRY, "451 4.7.1 Greylisted, please try again later", "rcpt"
            ),
        ),
    ),
)
