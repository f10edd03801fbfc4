"""Every exit code of docs/commands.md, where it is given and what is said with it."""

from __future__ import annotations

import re
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.cli.commands import approvals as approvals_command
from reconciler.cli.project import open_workspace_of
from reconciler.cli.settings import Settings
from reconciler.model.approvals.request import Choice
from reconciler.operations.approvals.decide import cancel_request, decide
from reconciler.operations.configuration import apply_changes
from reconciler.operations.context.workspace import Workspace
from reconciler.operations.mail.deliver import run_due
from reconciler.testkit.capture import CaptureServer
from tests.cli.conftest import STATE, Cli, Hold, contents, edit


def test_0_for_a_plan_with_changes(cli: Cli) -> None:
    assert cli("plan").code == 0


def test_2_for_a_plan_with_changes_where_it_is_asked_for(cli: Cli) -> None:
    assert cli("plan", "--detailed-exitcode").code == 2
    assert cli("plan", "--detailed-exitcode", "--format=json").code == 2
    cli("apply", "--auto-approve")
    assert cli("plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("plan", "--nonsense"),
        ("plan", "extra"),
        ("show", "a", "b"),
        ("send",),
        ("approvals",),
        ("approvals", "request", "open-door"),
        ("approvals", "approve", "req_1"),
        ("approvals", "list", "--limit", "0"),
        ("approvals", "list", "--status", "open"),
        ("approvals", "request", "open-door", "--requester", "kim@example.org", "--field", "door"),
        ("apply", "--auto-approve", "--lock-timeout", "soon"),
        ("plan", "--format", "xml"),
        ("plan", "--state", "nothing"),
        ("plan", "--format"),
    ],
    ids=" ".join,
)
def test_1_for_wrong_usage_and_never_2(cli: Cli, words: tuple[str, ...]) -> None:
    result = cli(*words)
    assert result.code == 1
    assert result.err.startswith("error: ")
    assert result.out == ""


def test_5_for_a_locked_state_without_a_write(applied: Cli, project: Path, hold: Hold, changed: None) -> None:
    token = hold()
    before = contents(project)[str(STATE)]
    result = applied("apply", "--auto-approve", "--format=json")
    assert (result.code, result.json["error"]["code"]) == (5, "locked")
    assert f"reconciler state unlock {token}" in result.json["error"]["hint"]
    assert contents(project)[str(STATE)] == before


def test_6_for_a_state_that_moved_while_the_plan_was_read(
    applied: Cli, project: Path, monkeypatch: pytest.MonkeyPatch, changed: None
) -> None:
    """Somebody else applies between the plan and the commit: here, as soon as the plan has been confirmed."""
    entered = apply_changes.hold_lock

    def meanwhile(workspace: object, *words: object, **more: object) -> object:
        monkeypatch.setattr(apply_changes, "hold_lock", entered)
        people = project / "manifests" / "people.yaml"
        wanted = people.read_text()
        people.write_text(wanted.replace("third@", "fourth@"))
        assert applied("apply", "--auto-approve").code == 0
        people.write_text(wanted)
        return entered(workspace, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(apply_changes, "hold_lock", meanwhile)
    result = applied("apply", "--auto-approve", "--format=json")
    assert (result.code, result.json["error"]["code"]) == (6, "stale")
    assert "fourth@example.com" in applied("show", "Group/night-shift").out


class TestWait:
    """`approvals request --wait`: what becomes of the request while the command waits."""

    ASK = ("approvals", "request", "open-door", "--requester", "kim@example.org", "--reason", "x", "--field", "door=4",
           "--wait", "--format=json")  # fmt: skip

    @pytest.fixture(autouse=True)
    def _quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(approvals_command, "_LOOK_SECONDS", 0.02)

    @pytest.mark.parametrize(("word", "code"), [("approve", 0), ("deny", 7), ("cancel", 8)])
    def test_0_7_and_8_for_the_outcome(self, applied: Cli, project: Path, word: str, code: int) -> None:
        with meanwhile(project, lambda workspace, id: told(workspace, id, word)):
            result = applied(*self.ASK)
        assert result.code == code
        assert result.json["state"] == {0: "approved", 7: "denied", 8: "cancelled"}[code]

    def test_8_when_it_expires_though_no_runner_is_at_work_any_more(self, applied: Cli, project: Path) -> None:
        with CaptureServer() as server:
            edit(project / "manifests" / "approvals.yaml", "expireAfter: 3d", "expireAfter: 1s")
            edit(project / "manifests" / "mail.yaml", "smtp://127.0.0.1:9", server.uri)
            assert applied("apply", "--auto-approve").code == 0
            with meanwhile(project, lambda workspace, _: run_due(workspace, notice=lambda _: None)):
                result = applied(*self.ASK, "--wait-timeout", "20s")
        assert (result.code, result.json["state"]) == (8, "expired")

    def test_9_when_the_time_is_up(self, applied: Cli) -> None:
        result = applied(*self.ASK, "--wait-timeout", "1s")
        assert (result.code, result.json["state"]) == (9, "pending")


@contextmanager
def meanwhile(project: Path, act: Callable[[Workspace, str], object]) -> Iterator[None]:
    """In another thread: does something to the first request that appears."""

    def wait_and_act() -> None:
        workspace = open_workspace_of(Settings(directory=project))
        while not (found := workspace.state.requests.find()):
            time.sleep(0.01)
        act(workspace, found[0].id)

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    yield
    thread.join()


def told(workspace: Workspace, id: str, word: str) -> None:
    if word == "cancel":
        cancel_request(workspace, id)
    else:
        for person in ("first@example.com", "second@example.com")[: 2 if word == "approve" else 1]:
            decide(workspace, id, Choice(word), person, "said")


def test_70_for_a_bug_with_a_log_of_one_owner(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("wheels came off")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("reconciler.cli.commands.plan.plan_changes", broken)
    result = cli("plan")
    assert result.code == 70
    assert result.err.startswith("error: Something went wrong that should not be possible\n")
    assert "this is a bug in reconciler" in result.err
    assert "wheels came off" not in result.both
    [log] = tmp_path.glob("reconciler-*.log")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "RuntimeError: wheels came off" in log.read_text()
    assert str(log) in result.err.replace("\n    ", "")
    document = cli("plan", "--format=json")
    assert (document.code, document.json["error"]["code"], document.err) == (70, "bug", "")


@pytest.mark.parametrize("words", [("plan",), ("plan", "--format=json")])
def test_130_for_an_interrupt(cli: Cli, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("reconciler.cli.commands.plan.plan_changes", interrupted)
    result = cli(*words)
    assert result.code == 130
    assert re.search("interrupted", result.both, re.IGNORECASE)
