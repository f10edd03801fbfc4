"""Whatever is damaged in a state: every command does its work or says in plain words that it cannot."""

from __future__ import annotations

import contextlib
import io
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from reconciler.cli.app import run
from tests.fuzz.used_state import damaged, used_state
from tests.fuzz.within import within
from tests.support.draws import drawn

BUG = 70

QUICK = (
    "show", "show --format json", "status", "status --format json", "history", "history Group/night-shift", "access",
    "approvals list", "approvals list --format json", "approvals show {request}", "approvals show {request} --format json",
    "deliveries list", "deliveries show {message}", "audit list", "audit list --format json", "audit verify", "run --once",
    "approvals approve {request} --as first@example.com", "resume EmailTask/notice", "state thaw", "state unlock lock_1",
    "send notice --param day=Monday", "state backup {folder}/copy.db",
)  # fmt: skip
SLOW = ("plan", "plan --format json", "why SmtpServer/relay", "export {folder}/manifests", "apply --auto-approve",
        "rollback 1 --auto-approve")  # fmt: skip


@dataclass(frozen=True)
class Used:
    """The project, the bytes of its state, and the ids in it."""

    folder: Path
    state: bytes
    requests: list[str]
    messages: list[str]

    def run(self, words: str) -> tuple[int, str]:
        """Exit code and output of a command on the damaged copy."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = run(["-C", str(self.folder / "project"), "--state", f"sqlite:{self.copy}", *words.split()])
        return code, said.getvalue()

    @property
    def copy(self) -> Path:
        return self.folder / "damaged" / "state.db"

    def clear(self) -> None:
        """Nothing is left of an earlier copy, nor of what was made of it."""
        for file in (*self.copy.parent.iterdir(), self.folder / "copy.db"):
            file.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Used]:
    folder = tmp_path_factory.mktemp("used")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        file = used_state(folder)
    (folder / "damaged").mkdir()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        requests = [id for (id,) in connection.execute("SELECT id FROM requests ORDER BY id")]
        messages = [id for (id,) in connection.execute("SELECT id FROM messages ORDER BY id")]
    yield Used(folder, file.read_bytes(), requests, messages)


def test_the_state_is_sound_before_it_is_damaged(used: Used) -> None:
    used.clear()
    used.copy.write_bytes(used.state)
    words = {"folder": used.folder, "request": used.requests[0], "message": used.messages[0]}
    codes = {word: used.run(word.format_map(words))[0] for word in (*QUICK, *SLOW)}
    assert {word for word, code in codes.items() if code not in (0, 5)} == {"status", "status --format json"}


@drawn(150)
@given(random=st.randoms(use_true_random=False))
def test_no_damage_ends_in_a_bug_or_a_hang(used: Used, random: Random) -> None:
    used.clear()
    note(damaged(used.state, used.copy, random))
    words = {"folder": used.folder, "request": random.choice(used.requests), "message": random.choice(used.messages)}
    commands = [*(random.choice(QUICK) for _ in range(3)), *([random.choice(SLOW)] if random.random() < 0.1 else [])]
    for command in commands:
        note(command)
        with within():
            code, said = used.run(command.format_map(words))
        assert code != BUG and "this is a bug" not in said, said
        assert "Traceback" not in said
