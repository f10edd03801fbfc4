"""The journal, messages, runs and resources."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from reconciler.model.condition import RunCounts
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.configuration.suspension import UNTIL_RESUMED
from reconciler.model.journal import GENESIS, Entry, JournalEntry, Verification, chain_entry
from reconciler.model.mail.message import HELD, About, Fate, MessageState, Verdict
from reconciler.views.deliveries import (
    DELIVERIES,
    DELIVERY,
    RUN,
    describe_message,
    describe_messages,
    describe_next_step,
    describe_run,
)
from reconciler.views.journal import JOURNAL, VERIFICATION, describe_journal
from reconciler.views.resources import RESOURCES, describe_resource, describe_resources
from reconciler.views.writing.layout import Page
from tests.support.printed import describe_verification, describe_waiting
from tests.views.conftest import Golden
from tests.views.samples import ATTEMPTS, DIGEST, HOSTILE_TEXT, MANY_FATES, NOW, later, message, record


def journal() -> list[JournalEntry]:
    summary = {"create": 2, "update": 0, "delete": 0, "unchanged": 0}
    entries = [
        Entry("config.applied", "serial 1", "sam", NOW, {"serial": 1, "digest": DIGEST, "summary": summary, "x": [1]}),
        Entry("approval.requested", "req_01JQ", "sam", later(hours=1), {"type": "run-application"}),
        Entry("approval.denied", "req_01JQ", HOSTILE_TEXT, later(hours=2), {"comment": HOSTILE_TEXT}),
    ]
    made: list[JournalEntry] = []
    for number, entry in enumerate(entries, 1):
        made.append(chain_entry(entry, number, made[-1].hash if made else GENESIS))
    return made


@pytest.mark.parametrize("width", [80, 120])
def test_the_journal_is_a_table(width: int, golden: Golden) -> None:
    golden(f"journal-{width}.txt", describe_journal(journal(), Page(width=width)))


def test_the_journal_in_json_is_whole() -> None:
    data = json.loads(JOURNAL.text(entries=journal()))
    assert [entry["sequence"] for entry in data["entries"]] == [1, 2, 3]
    assert data["entries"][0]["data"]["digest"] == DIGEST
    assert data["entries"][1]["previous"] == data["entries"][0]["hash"]


def test_an_empty_journal_is_said() -> None:
    assert describe_journal([]) == "The journal is empty: nothing was applied yet."


DIFFERENCES = (("Group/leads", "has another content than the journal says"), ("msg\x1b_1", "is not in the journal"))
UNPROVED = ("the content of 2 of the messages", "the records of 1 of the revisions")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("holds", Verification(3, "3:abc", None)),
        ("anchored", Verification(3, "3:abc", None, "2:def")),
        ("broken", Verification(3, "3:abc", (2, "its text does not match its hash"))),
        ("broken-first", Verification(3, "3:abc", (1, "entry 1 is missing"))),
        ("empty", Verification(0, "", None)),
        ("differs", Verification(3, "3:abc", None, "", DIFFERENCES, UNPROVED)),
        ("older", Verification(3, "3:abc", None, "", (), UNPROVED)),
    ],
)
def test_a_check_of_the_journal_says_what_it_proves(name: str, found: Verification, golden: Golden) -> None:
    golden(f"verify-{name}.txt", describe_verification(found))


def test_a_check_of_the_journal_in_json() -> None:
    assert VERIFICATION.write(Verification(3, "3:abc", (2, "why"), "2:def")) == {
        "formatVersion": "1.0",
        "ok": False,
        "entries": 3,
        "head": "3:abc",
        "anchor": "2:def",
        "fault": {"sequence": 2, "reason": "why"},
        "differences": [],
        "notProvable": [],
    }
    differing = VERIFICATION.write(Verification(3, "3:abc", None, "", DIFFERENCES, UNPROVED))
    assert not differing["ok"] and differing["notProvable"] == list(UNPROVED)
    assert differing["differences"][0] == {
        "subject": "Group/leads",
        "reason": "has another content than the journal says",
    }
    assert VERIFICATION.write(Verification(0, "", None))["fault"] is None


def test_a_message_shows_every_fate_and_attempt(golden: Golden) -> None:
    golden("message.txt", describe_message(MANY_FATES, ATTEMPTS, Page(width=80)))


def test_a_message_has_colour_on_a_terminal(golden: Golden) -> None:
    about = About("req_01JQ", 0, "rosa@example.com", "start")
    golden("message-terminal.txt", describe_message(message(about=about), (), Page(colour=True, width=80)))


def test_a_message_in_json(golden: Golden) -> None:
    golden("message.json", DELIVERY.text(MANY_FATES, attempts=ATTEMPTS))


def test_messages_are_a_table(golden: Golden) -> None:
    hostile = message("msg_03", subject=HOSTILE_TEXT, fates=(Fate(HOSTILE_TEXT, Verdict.DELIVERED),))
    golden("messages.txt", describe_messages([message(), MANY_FATES, hostile]))


def test_messages_in_json_are_a_list() -> None:
    found = DELIVERIES.write(deliveries=[message(state=MessageState.DELIVERED)])["deliveries"]
    assert [(each["id"], each["state"], each["dueAt"]) for each in found] == [("msg_01", "delivered", None)]


def test_no_messages_are_said() -> None:
    assert describe_messages([]) == "No messages."


@pytest.mark.parametrize("state", MessageState)
def test_every_state_has_a_next_step(state: MessageState) -> None:
    assert describe_next_step(message(state=state)).endswith(".")


def test_what_waits_is_told_apart_by_what_ends_the_wait() -> None:
    waiting = [
        message("msg_01", due=later(minutes=5)),
        message("msg_02", due=later(minutes=7), server="backup"),
        message("msg_03", due=HELD),
        message("msg_04", due=UNTIL_RESUMED),
    ]
    assert describe_waiting(waiting).splitlines() == [
        "2 messages wait, the next until 2026-03-02 09:35 UTC: SmtpServer/relay, SmtpServer/backup. "
        "Why: reconciler deliveries show msg_01",
        "1 message waits, until somebody resumes what is suspended: SmtpServer/relay. Why: reconciler deliveries show msg_04",
        "1 message waits, because mail.deliver of the project is hold: SmtpServer/relay. "
        "Why: reconciler deliveries show msg_03",
    ]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (RunCounts(), "Nothing was due."),
        (RunCounts({"delivered": 0}), "Nothing was due."),
        (RunCounts({"delivered": 2, "deferred": 1, "failed": 0}), "Messages: 2 delivered, 1 deferred."),
        (RunCounts({"delivered": 2}, {"expired": 1}), "Messages: 2 delivered. Requests: 1 expired."),
    ],
)
def test_a_run_counts_what_it_did(counts: RunCounts, expected: str) -> None:
    assert describe_run(counts) == expected


def test_a_run_in_json() -> None:
    assert RUN.write(RunCounts({"delivered": 2}, {})) == {
        "formatVersion": "1.0",
        "messages": {"delivered": 2},
        "requests": {},
    }


SPEC = {
    "uri": "smtp://mail.example.com:587",
    "from": "Service Desk <desk@example.com>",
    "credential": None,
    "helo": "",
    "limits": {"connections": 4, "rate": Decimal("1.5")},
    "layers": [{"name": "a", "strict": False}],
    "members": ["a@example.com", {"group": "desk"}],
    "note": "two\nlines",
}
RELAY = record("SmtpServer/relay", "Company relay", SPEC, files={"ca.pem": DIGEST}, labels={"team": "mail"})
STORED = Snapshot("line-1", 7, {r.address: r for r in (RELAY, record("Group/desk", HOSTILE_TEXT, source=""))})


def test_resources_are_a_table(golden: Golden) -> None:
    golden("resources.txt", describe_resources(STORED))


def test_nothing_applied_is_said() -> None:
    assert describe_resources(Snapshot()) == "Nothing has been applied yet."


def test_one_resource_is_shown_whole(golden: Golden) -> None:
    golden("resource.txt", describe_resource(RELAY))


def test_resources_in_json(golden: Golden) -> None:
    golden("resources.json", RESOURCES.text(STORED))
    (only,) = RESOURCES.write(STORED, resources=[STORED.resources[Address("SmtpServer", "relay")]])["resources"]
    assert only["digest"] == RELAY.digest
