"""A state in which everything has happened that leaves a row, as one file, and ways to damage copies of it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from reconciler.cli.app import run
from reconciler.model.approvals.request import Request
from reconciler.state.protocols import Holder
from reconciler.state.sqlite.backend import SqliteState
from reconciler.testkit.capture import CaptureServer
from reconciler.wiring import NAMED_IN
from tests.support.ports import nobody_listens

PROJECT = Path(__file__).parents[1] / "cli" / "project"
RELAY = "smtp://127.0.0.1:9"


def used_state(folder: Path) -> Path:
    """A copy of the sample project in ``folder/project``, and the file of its state: applied, renamed, rolled back, asked,
    decided, sent, refused, suspended, frozen and locked."""
    project = folder / "project"
    shutil.copytree(PROJECT, project)
    mail = project / "manifests" / "mail.yaml"
    written = mail.read_text()

    def typed(*words: str) -> None:
        assert run(["-C", str(project), *words]) in (0, 1)

    with CaptureServer() as server:
        mail.write_text(written.replace(RELAY, f"smtp://127.0.0.1:{server.port}"))
        typed("apply", "--auto-approve")
        for door in ("1", "2", "3"):
            typed(
                "approvals",
                "request",
                "open-door",
                "--requester",
                "asa@example.org",
                "--reason",
                "Keys",
                "--field",
                f"door={door}",
            )
        typed("send", "notice", "--param", "day=Monday")
        typed("run", "--once")
        first, second, _ = _requests(project)
        typed("approvals", "approve", first.id, "--as", "first@example.com", "--comment", "Go in.")
        typed("approvals", "approve", first.id, "--as", "second@example.com")
        typed("approvals", "deny", second.id, "--as", "first@example.com", "--comment", "No.")
        typed("run", "--once")
    with nobody_listens() as port:
        mail.write_text(written.replace(RELAY, f"smtp://127.0.0.1:{port}"))
        typed("apply", "--auto-approve", "--allow", "weakening")
        typed("send", "notice", "--param", "day=Tuesday")
        typed("run", "--once")
    typed("suspend", "EmailTask/notice", "--reason", "Quiet week", "--until", "4h")
    typed("state", "freeze", "--reason", "Quiet week")
    with closing(SqliteState(project / ".reconciler" / "state.db", NAMED_IN)) as state:
        state.lock.acquire(Holder("lock_1", "bot", "elsewhere", 1, "1", "apply", datetime(2026, 1, 1, tzinfo=UTC)))
    typed("state", "backup", str(folder / "used.db"))
    return folder / "used.db"


def _requests(project: Path) -> list[Request]:
    with closing(SqliteState(project / ".reconciler" / "state.db", NAMED_IN)) as state:
        return state.requests.find()


_ODD = (
    None, -1, 0, 7, 1 << 62, 2.5, "", "x", "{", "[]", "{}", "null", "[[1]]", '{"a": 1}', b"\xff\xfe", b"",
    "2027-02-30T00:00:00.000000Z",
    "10000-01-01T00:00:00.000000Z", "0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z",
    "approved", "delivered", "Group/x",
)  # fmt: skip


def damaged(whole: bytes, to: Path, random: Random) -> str:
    """Write the state, damaged in one place, to the file; what was done, in words."""
    to.write_bytes(whole)
    if random.random() < 0.3:
        return _flipped(whole, to, random)
    with closing(sqlite3.connect(to, isolation_level=None)) as connection:
        return _altered(connection, random)


def _flipped(whole: bytes, to: Path, random: Random) -> str:
    content = bytearray(whole)
    places = [random.randrange(len(content)) for _ in range(random.choice((1, 1, 3, 30)))]
    for place in places:
        content[place] = random.randrange(256)
    if random.random() < 0.1:
        del content[random.randrange(len(content)) :]
    to.write_bytes(content)
    return f"bytes {places} of {len(content)}"


def _altered(connection: sqlite3.Connection, random: Random) -> str:
    connection.execute("PRAGMA ignore_check_constraints = ON")
    tables = [
        name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    ]
    table = random.choice([name for name in tables if connection.execute(f"SELECT 1 FROM {name}").fetchone()])
    column = random.choice([row[1] for row in connection.execute(f"PRAGMA table_info({table})")])
    rows = connection.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid").fetchall()
    row, value = random.choice(rows)
    new = random.choice([random.choice(_ODD), random.choice(rows)[1], _changed(value, random)])
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    with suppress(sqlite3.IntegrityError):  # a number for a row that has it as its name
        connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ? WHERE rowid = ?", (new, row))
    for _, sql in triggers:
        connection.execute(sql)
    return f"{table}.{column} of row {row}: {value!r} -> {new!r}"


def _changed(value: Any, random: Random) -> Any:
    """Something near the value: cut short, turned to bytes, or JSON with one thing in it exchanged or gone."""
    if isinstance(value, int):
        return value + random.choice((-1, 1))
    if not isinstance(value, str):
        return value
    cut = value[: random.randrange(len(value) + 1)]
    if not value.startswith(("{", "[")):
        return random.choice((cut, value.upper(), value + "\x00", value.encode() + b"\xff", value.encode()))
    return random.choice((cut, json.dumps(_exchanged(json.loads(value), random))))


def _exchanged(value: Any, random: Random) -> Any:
    if not isinstance(value, dict | list) or not value or random.random() < 0.2:
        return random.choice((None, True, -1, 1 << 70, 2.5, "", "x", [], {}, [None], {"x": []}, "\x00\ud800"))
    key = random.choice(list(value) if isinstance(value, dict) else range(len(value)))
    if random.random() < 0.2:
        del value[key]
    else:
        value[key] = _exchanged(value[key], random)
    return value
