"""A sample project, the command line run on it in this process, and whole outputs compared with files in ``golden/``.

To write the files anew after a wanted change, and then read the difference:

    RECONCILER_TEST_UPDATE_GOLDENS=1 python -m pytest tests/cli
    git diff tests/cli/golden
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.app import run
from reconciler.operations.context.workspace import started, this_host
from reconciler.state.protocols import Holder
from reconciler.state.sqlite.backend import SqliteState
from reconciler.wiring import NAMED_IN

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
STATE = Path(".reconciler/state.db")

Golden = Callable[[str, str], None]

_VOLATILE = (
    (re.compile(r"\b(req|msg|lock|lineage|lease)_[0-9a-z]{14}\b"), r"\1_00000000000000"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "0" * 64),
    (re.compile(r"(?<=  )[0-9a-f]{12}$", re.MULTILINE), "0" * 12),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"), "2027-03-01T09:00:00.000000Z"),
    (re.compile(r"\d{4}-\d\d-\d\d(\s+)\d\d:\d\d(:\d\d)?"), r"2027-03-01\g<1>09:00"),
    (re.compile(r"\(2 d 23 h left\)|\(3 d left\)"), "(3 d left)"),
)


@dataclass(frozen=True)
class Ran:
    """What one command line did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)

    @property
    def both(self) -> str:
        return self.out + self.err


Cli = Callable[..., Ran]
Hold = Callable[..., str]


def settled(text: str) -> str:
    """The text with what differs from run to run replaced: ids, hashes, moments."""
    for pattern, instead in _VOLATILE:
        text = pattern.sub(instead, text)
    return text


@pytest.fixture
def golden() -> Golden:
    """Compares a text, settled, with ``golden/NAME``."""

    def compare(name: str, text: str) -> None:
        path, shown = GOLDEN / name, settled(text)
        if os.environ.get("RECONCILER_TEST_UPDATE_GOLDENS"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(shown, encoding="utf-8")
        expected = path.read_text(encoding="utf-8") if path.exists() else f"{path.name} does not exist"
        assert shown == expected, "see tests/cli/conftest.py if this is wanted"

    return compare


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of ``project/``; the current folder."""
    folder = tmp_path / "project"
    shutil.copytree(HERE / "project", folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LOGNAME", "sam")
    monkeypatch.setattr("socket.gethostname", lambda: "desk-1")
    return folder


@pytest.fixture
def unreachable(project: Path, silent_port: int) -> int:
    """The port of the sample project's mail server, where nobody listens: for tests that send."""
    edit(project / "manifests" / "mail.yaml", "127.0.0.1:9", f"127.0.0.1:{silent_port}")
    return silent_port


@pytest.fixture
def cli(project: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs one command line in this process. No output ever holds a traceback; JSON is one document."""

    def ran(*words: str | Path) -> Ran:
        capsys.readouterr()
        code = run([str(word) for word in words])
        result = Ran(code, *capsys.readouterr())
        assert "Traceback" not in result.both
        assert "\x1b" not in result.both
        if "--format=json" in words:
            assert result.json["formatVersion"] == "1.0"
        return result

    return ran


@pytest.fixture
def applied(cli: Cli) -> Cli:
    """The command line on the sample project, applied."""
    result = cli("apply", "--auto-approve")
    assert result.code == 0, result.both
    return cli


@pytest.fixture
def request_id(applied: Cli) -> str:
    """A pending request of the applied project; its mail waits."""
    made = applied("approvals", "request", "open-door", "--requester", "kim@example.org", "--reason", "Lunch",
                   "--field", "door=4", "--format=json")  # fmt: skip
    assert made.code == 0, made.both
    return str(made.json["id"])


@pytest.fixture
def changed(project: Path) -> None:
    """The manifests ask for one change more."""
    edit(project / "manifests" / "people.yaml", "second@", "third@")


@pytest.fixture
def hold(project: Path) -> Hold:
    """Takes the lock of the project's state, as this living process unless it is told otherwise; its token."""

    def take(*, host: str = "", process: int = 0, since: str = "") -> str:
        state, pid = SqliteState(project / STATE, NAMED_IN), process or os.getpid()
        token = "lock_01k9xq3f8m2c7a"
        holder = Holder(token, "sam", host or this_host(), pid, since or started(pid), "apply", datetime.now(UTC))
        assert state.lock.acquire(holder) is None
        state.close()
        return token

    return take


def edit(path: Path, before: str, after: str) -> None:
    """Replace a piece of a file that must be there."""
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def contents(folder: Path) -> Mapping[str, bytes]:
    """Every file below the folder, by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def command_line(*words: str | Path) -> list[str]:
    """The command line as a process of its own."""
    return [sys.executable, "-m", "reconciler", *map(str, words)]
