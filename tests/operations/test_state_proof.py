"""What is stored is compared with what the journal says was stored."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.app import run
from reconciler.model.canonical import write_canonical_json
from reconciler.model.journal import GENESIS, Entry, chain_entry, read_timestamp
from reconciler.state.sql.standing import journal_columns
from reconciler.state.sql.statements import insert
from tests.fuzz.used_state import used_state


@dataclass(frozen=True)
class Used:
    """A project whose state can be changed behind everybody's back."""

    folder: Path
    sound: bytes

    @property
    def file(self) -> Path:
        return self.folder / "copy" / "state.db"

    def __call__(self, *words: str) -> tuple[int, str]:
        """Exit code and output, its lines joined."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = run(["-C", str(self.folder / "project"), "--state", f"sqlite:{self.file}", *words])
        return code, " ".join(said.getvalue().split())

    def verified(self) -> tuple[int, dict[str, str], list[str]]:
        """Exit code, what differs by subject, and what is not provable."""
        code, said = self("audit", "verify", "--format", "json")
        data = json.loads(said)
        return code, {each["subject"]: each["reason"] for each in data["differences"]}, data["notProvable"]

    def tamper(self, *statements: str) -> None:
        with self.opened() as connection:
            for statement in statements:
                assert connection.execute(statement).rowcount, statement

    @contextlib.contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """The database without its triggers."""
        with contextlib.closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            yield connection
            for _, sql in triggers:
                connection.execute(sql)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Used:
    folder = tmp_path_factory.mktemp("used")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        sound = used_state(folder).read_bytes()
    (folder / "copy").mkdir()
    return Used(folder, sound)


@pytest.fixture
def used(made: Used) -> Used:
    made.file.write_bytes(made.sound)
    made.file.chmod(0o600)
    return made


@pytest.fixture
def running(used: Used) -> Used:
    """Neither frozen nor locked."""
    used("state", "thaw")
    used("state", "unlock", "lock_1")
    return used


def as_of_before(used: Used) -> None:
    """Write the journal anew as earlier versions would have: without fingerprints of what is stored."""
    with used.opened() as connection:
        rows = connection.execute("SELECT * FROM journal ORDER BY sequence").fetchall()
        connection.execute("DELETE FROM journal")
        previous = GENESIS
        for row in rows:
            data = {key: value for key, value in json.loads(row["data"]).items() if key not in _NEW}
            if "messages" in data:
                data["messages"] = [{k: v for k, v in each.items() if k != "bytes"} for each in data["messages"]]
            entry = Entry(row["event"], row["subject"], row["actor"], read_timestamp(row["at"]), data)
            item = chain_entry(entry, row["sequence"], previous)
            connection.execute(insert("journal", journal_columns(item)), journal_columns(item))
            previous = item.hash


_NEW = ("records", "pinned", "groups", "process", "bytes")

PINNED = "subject, reason, fields, stages or rules"
APPROVER = "UPDATE resources SET spec = replace(spec, 'second@example.com', 'eve@example.net') WHERE kind = 'Group'"


def test_what_nobody_touched_is_what_the_journal_says(used: Used) -> None:
    assert used.verified() == (0, {}, [])
    code, said = used("audit", "verify")
    assert code == 0 and "What is stored is what it says" in said and "Not told by it, and not proved" in said


@pytest.mark.parametrize(
    ("statement", "subject", "reason"),
    [
        (APPROVER, "Group/night-shift", "has another content"),
        ("UPDATE resources SET owner = 'eve' WHERE name = 'relay'", "SmtpServer/relay", "has another owner"),
        ("UPDATE resources SET metadata = json_set(metadata, '$.title', 'x') WHERE name = 'ask'", "EmailTask/ask", "content"),
        ("UPDATE resources SET templates = '{}' WHERE name = 'ask'", "EmailTask/ask", "has another content"),
        ("DELETE FROM resources WHERE name = 'notice'", "EmailTask/notice", "is in the journal and is not there"),
        ("INSERT INTO resources SELECT kind, 'eve', owner, schema_version, json_set(metadata, '$.name', 'eve'), spec, templates, "
         "files, source, serial FROM resources WHERE kind = 'Group'", "Group/eve", "is not in the journal"),
        ("UPDATE blobs SET content = x'50' WHERE CAST(content AS TEXT) LIKE 'On %'", "EmailTask/notice", "notice.txt.j2"),
        ("UPDATE revision_changes SET after = replace(after, 'second@', 'eve@') WHERE kind = 'Group'", "serial 1",
         "Group/night-shift"),
        ("UPDATE revisions SET actor = 'eve' WHERE serial = 2", "serial 2", "another actor"),
        ("DELETE FROM revision_changes WHERE serial = 2", "serial 2", "does not keep SmtpServer/relay"),
        ("UPDATE suspensions SET until = NULL", "suspension of EmailTask/notice", "has another end"),
        ("DELETE FROM suspensions", "suspension of EmailTask/notice", "is in the journal and is not there"),
        ("UPDATE freeze SET reason = 'x'", "freeze", "has another reason"),
        ("DELETE FROM freeze", "freeze", "is in the journal and is not there"),
    ],
)  # fmt: skip
def test_what_differs_is_named(used: Used, statement: str, subject: str, reason: str) -> None:
    used.tamper(statement)
    code, found, _ = used.verified()
    assert code == 1 and list(found) == [subject] and reason in found[subject]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE requests SET stages = replace(stages, '\"quorum\":2', '\"quorum\":1')", PINNED),
        ("UPDATE requests SET stages = replace(stages, 'night-shift', 'eve')", "groups"),
        ("UPDATE requests SET rules = replace(rules, 'false', 'true')", PINNED),
        ("UPDATE requests SET fields = '{\"door\":99}'", PINNED),
        ("UPDATE requests SET state = 'approved', due = NULL", "state"),
        ("UPDATE requests SET expires = '2030-01-01T00:00:00.000000Z'", "deadline"),
        ("UPDATE requests SET process = 'eve'", "process"),
        ("UPDATE decisions SET choice = 'approve', comment = 'Yes'", "decisions"),
        ("DELETE FROM decisions", "decisions"),
    ],
)  # fmt: skip
def test_what_differs_in_a_request_is_named(used: Used, statement: str, reason: str) -> None:
    decided = "decisions" in statement
    with used.opened() as connection:
        state = "denied" if decided else "pending"
        [(request,)] = connection.execute("SELECT id FROM requests WHERE state = ?", (state,)).fetchall()
    used.tamper(f"{statement} WHERE {'request' if decided else 'id'} = '{request}'")
    assert used.verified()[:2] == (1, {request: f"has another {reason} than the journal says"})


@pytest.mark.parametrize(
    ("table", "change", "reason"),
    [
        ("message_data", "data = x'50'", "content"),
        ("messages", "fates = replace(fates, '@', '@eve.')", "recipients"),
        ("messages", "state = 'failed'", "outcome"),
    ],
)
def test_what_differs_in_a_message_is_named(used: Used, table: str, change: str, reason: str) -> None:
    with used.opened() as connection:
        id = connection.execute("SELECT id FROM messages WHERE state = 'delivered' LIMIT 1").fetchone()[0]
    used.tamper(f"UPDATE {table} SET {change} WHERE {'message' if table == 'message_data' else 'id'} = '{id}'")
    assert used.verified()[:2] == (1, {id: f"has another {reason} than the journal says"})


def test_a_message_nobody_wrote_is_named(used: Used) -> None:
    with used.opened() as connection:
        id = connection.execute("SELECT id FROM messages WHERE state = 'delivered' LIMIT 1").fetchone()[0]
        connection.execute("UPDATE message_data SET message = 'msg_eve' WHERE message = ?", (id,))
        connection.execute("UPDATE messages SET id = 'msg_eve' WHERE id = ?", (id,))
    assert used.verified()[1]["msg_eve"] == "is not in the journal"


def test_a_row_that_cannot_be_read_is_told_beside_the_chain(used: Used) -> None:
    used.tamper("UPDATE resources SET spec = '{' WHERE kind = 'Group'")
    code, said = used("audit", "verify")
    assert code == 1 and "The journal holds" in said and "A stored resource cannot be read back" in said


@pytest.mark.parametrize(
    "words",
    [("plan",), ("plan", "--out", "{folder}/x.plan"), ("apply", "--auto-approve"), ("destroy", "--auto-approve")],
)
def test_nothing_is_planned_or_applied_on_what_was_changed_by_hand(running: Used, words: tuple[str, ...]) -> None:
    running.tamper(APPROVER)
    code, said = running(*(word.format(folder=running.folder) for word in words))
    assert code == 1 and "The state was changed by hand" in said
    assert "Group/night-shift has another content" in said and "audit verify" in said and "rollback 2" in said
    assert not (running.folder / "x.plan").exists()


def test_status_is_unhealthy_where_something_was_changed_by_hand(used: Used) -> None:
    assert "altered" not in [each["id"] for each in troubles(used)]
    used.tamper(APPROVER)
    [found] = [each for each in troubles(used) if each["id"] == "altered"]
    assert "Group/night-shift" in found["text"] and "audit verify" in found["hint"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE requests SET stages = replace(stages, 'night-shift', 'eve')",
        "UPDATE requests SET stages = replace(stages, '\"quorum\":2', '\"quorum\":1')",
        "UPDATE requests SET rules = replace(rules, 'false', 'true')",
    ],
)
def test_nobody_decides_on_a_request_that_was_changed_by_hand(running: Used, statement: str) -> None:
    with running.opened() as connection:
        [(request,)] = connection.execute("SELECT id FROM requests WHERE state = 'pending'").fetchall()
    running.tamper(f"{statement} WHERE id = '{request}'")
    for choice in ("approve", "deny"):
        code, said = running("approvals", choice, request, "--as", "second@example.com", "--comment", "Well.")
        assert code == 1 and "The request was changed by hand" in said and "audit verify" in said
    if "night-shift" not in statement:  # whose group is named follows renames, which only the whole journal tells
        assert request in next(each["text"] for each in troubles(running) if each["id"] == "altered")
    assert running("approvals", "cancel", request)[0] == 0


def test_a_serial_that_no_apply_left_is_named(running: Used) -> None:
    running.tamper("UPDATE state SET serial = 99")
    assert "is at serial 99" in running("status")[1] and running("plan")[0] == 1
    assert running.verified()[1]["the state"].startswith("is at serial 99")


def troubles(used: Used) -> Any:
    return json.loads(used("status", "--format", "json")[1])["troubles"]


@pytest.mark.parametrize(
    "statement",
    [
        APPROVER,
        "UPDATE resources SET owner = 'eve' WHERE name = 'relay'",
        "DELETE FROM resources WHERE name = 'notice'",
    ],
)
def test_a_rollback_puts_back_what_was_applied(running: Used, statement: str) -> None:
    running.tamper(statement)
    code, said = running("rollback", "2", "--auto-approve", "--allow", "weakening", "--allow", "ownership")
    assert code == 0, said
    assert running.verified()[:2] == (0, {})
    assert running("plan")[0] == 0


def test_a_state_of_an_earlier_version_is_proved_as_far_as_it_can_be(running: Used) -> None:
    as_of_before(running)
    code, found, unproved = running.verified()
    assert (code, found) == (0, {}) and len(unproved) == 2 and "3 of the requests" in unproved[0]
    assert running("plan")[0] == 0 and "altered" not in [each["id"] for each in troubles(running)]
    running.tamper(APPROVER)
    assert list(running.verified()[1]) == ["Group/night-shift"]
    assert running("plan")[0] == 1 and "altered" in [each["id"] for each in troubles(running)]


def test_an_entry_of_an_apply_has_the_fingerprint_of_all_records(used: Used) -> None:
    with used.opened() as connection:
        rows = connection.execute("SELECT data FROM journal WHERE event = 'config.applied'").fetchall()
    fingerprints = [json.loads(row["data"])["records"] for row in rows]
    assert len({write_canonical_json(each) for each in fingerprints}) == len(rows) == 2


def test_renames_are_followed(running: Used, tmp_path: Path) -> None:
    shutil.copytree(running.folder, tmp_path / "renamed")
    renamed = Used(tmp_path / "renamed", b"")
    for file in (renamed.folder / "project" / "manifests").iterdir():
        text = file.read_text()
        for old in ("night-shift", "two-of-shift", "open-door", "notice", "relay"):
            text = text.replace(f"metadata: {{name: {old}", f"metadata: {{renamedFrom: {old}, name: new-{old}")
            text = re.sub(rf"(group|process): {old}\b", rf"\1: new-{old}", text)
        file.write_text(text)
    code, said = renamed("apply", "--auto-approve", "--allow", "weakening", "--allow", "in-flight")
    assert code == 0 and "3 of them renamed), 2 renamed" in said, said
    assert renamed.verified() == (0, {}, [])
    with renamed.opened() as connection:
        [(request,)] = connection.execute("SELECT id FROM requests WHERE state = 'pending'").fetchall()
        assert connection.execute("SELECT name FROM suspensions").fetchone()[0] == "new-notice"
    renamed.tamper(f"UPDATE requests SET type = 'open-door' WHERE id = '{request}'")
    assert renamed.verified()[1] == {request: "has another type than the journal says"}
