"""A runner that is killed while it sends: every mail arrives, and one that arrives twice is recorded as such."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.model.mail.message import MessageState, Verdict
from reconciler.operations.mail.deliver import run_due
from reconciler.testkit.capture import CapturedMail, CaptureServer
from reconciler.testkit.scripted import ScriptedServer, Step, expect, hello, say, stall, take_body, take_mail
from reconciler.wiring import open_workspace
from tests.crash.project import apply_here, here, keep_in, opened, start, words_of, write_approval
from tests.support.components import require
from tests.support.crash import kill_at_every_write, strace_works
from tests.support.nursery import ENVIRONMENT, Child

FULL_SWEEP = os.environ.get("RECONCILER_TEST_SWEEP") == "full"
SLOWLY = 0.02
BATCHES_OF_FIVE = "import reconciler.operations.mail.deliver as d; d.BATCH = 5; from reconciler.cli import main; main()"
"""A runner that claims few messages at a time, so that two of them really share an outbox."""


class SlowServer(CaptureServer):
    """Keeps a mail a moment before it says so: the moment in which a runner that dies leaves the outcome unrecorded."""

    def keep(self, mail: CapturedMail) -> None:
        super().keep(mail)
        time.sleep(SLOWLY)


def waiting_mail(tmp_path: Path, uri: str, count: int, state: str = "") -> Path:
    """A project with a request that asks so many approvers, none of whom has been mailed yet. ``state``: its URL, where that
    is no file of the project."""
    project = write_approval(tmp_path / "project", uri, [f"approver-{number}@example.com" for number in range(count)])
    if state:
        keep_in(project, state)
    apply_here(project)
    words = ["approvals", "request", "run-application", "--requester", "asker@example.com", "--reason", "to test"]
    code, text = here(project, *words)
    assert code == 0, text
    with opened(project) as kept:
        assert [message.state for message in kept.outbox.find(limit=1000)] == [MessageState.QUEUED] * count
    return project


def run_later(project: Path) -> list[str]:
    """What `reconciler run` does once the leases of the dead have run out: the clock is two minutes ahead."""
    ahead = timedelta(minutes=2)
    workspace = replace(open_workspace(project, None, {}), now=lambda: datetime.now(UTC) + ahead)
    said: list[str] = []
    run_due(workspace, notice=said.append)
    return said


def wait_until(true: Callable[[], bool], process: Child) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.001)


def kill(process: Child) -> None:
    process.kill()
    assert process.wait(10) == -9


def journal_length(project: Path) -> int:
    with opened(project) as state:
        return len(list(state.journal.entries()))


def require_delivered(project: Path) -> dict[str, str]:
    """Every message is delivered and recorded; recipient by id of the messages recorded as ambiguous before that."""
    assert here(project, "audit", "verify")[0] == 0
    with opened(project) as state:
        messages = {message.id: message for message in state.outbox.find(limit=1000)}
        assert {message.state for message in messages.values()} == {MessageState.DELIVERED}
        events = Counter((item.entry.event, item.entry.subject) for item in state.journal.entries())
        assert all(events["delivery.delivered", id] == 1 for id in messages)
        ambiguous = {id for event, id in events if event == "delivery.ambiguous"}
        for id in ambiguous:
            first = state.outbox.attempts(id)[0]
            assert first.verdicts[0].verdict is Verdict.AMBIGUOUS and "without a recorded outcome" in first.fault
        return {id: messages[id].fates[0].address for id in ambiguous}


@pytest.mark.parametrize("after", [1, 12, 29])
def test_mail_of_a_killed_runner_arrives_and_none_twice_unrecorded(tmp_path: Path, after: int) -> None:
    with SlowServer() as server:
        project = waiting_mail(tmp_path, server.uri, 30)
        process = start(project, "run", output=tmp_path / "out")
        wait_until(lambda: len(server.mails) >= after, process)
        kill(process)
        said = run_later(project)
        arrived: dict[str, list[bytes]] = {}
        for mail in server.mails:
            arrived.setdefault(mail.recipients[0], []).append(mail.data)
    assert len(arrived) == 30
    ambiguous = require_delivered(project)
    twice = {address for address, copies in arrived.items() if len(copies) > 1}
    assert twice <= set(ambiguous.values())
    assert all(len(set(copies)) == 1 for copies in arrived.values())
    ids = [re.findall(rb"(?m)^Message-ID: (.+?)\r?$", copies[0]) for copies in arrived.values()]
    assert all(len(found) == 1 for found in ids) and len({found[0] for found in ids}) == 30
    assert all(any(id in line and "it may have arrived" in line for line in said) for id in ambiguous)


def test_nothing_is_sent_again_before_the_lease_of_the_dead_has_run_out(tmp_path: Path) -> None:
    with SlowServer() as server:
        project = waiting_mail(tmp_path, server.uri, 4)
        process = start(project, "run", output=tmp_path / "out")
        wait_until(lambda: bool(server.mails), process)
        kill(process)
        before = journal_length(project)
        assert here(project, "run", "--once")[0] == 0 and journal_length(project) == before
        run_later(project)
        assert {mail.recipients[0] for mail in server.mails} == {
            f"approver-{number}@example.com" for number in range(4)
        }
    require_delivered(project)


@pytest.mark.parametrize(
    ("cut", "taken"),
    [([expect("DATA"), stall()], 1), ([expect("DATA", "354 Go on"), take_body(), stall()], 2)],
    ids=["before the body", "before the answer to it"],
)
def test_a_runner_killed_in_the_middle_of_data_sends_the_same_bytes_again(
    tmp_path: Path, cut: list[Step], taken: int
) -> None:
    greeting = [say("220 ready"), hello("8BITMIME")]
    envelope = [expect("MAIL", "250 OK"), expect("RCPT", "250 OK")]
    good = [*greeting, *take_mail("250 OK"), expect("QUIT", "221 Bye")]
    with ScriptedServer([*greeting, *envelope, *cut], good) as server:
        project = waiting_mail(tmp_path, f"smtp://127.0.0.1:{server.port}", 1)
        process = start(project, "run", output=tmp_path / "out")
        wait_until(lambda: "DATA" in server.lines and len(server.bodies) == taken - 1, process)
        kill(process)
        run_later(project)
        assert len(server.bodies) == taken and len(set(server.bodies)) == 1
    assert list(require_delivered(project).values()) == ["approver-0@example.com"]


@pytest.mark.parametrize("injection", ["signal=SIGKILL", "error=ENOSPC"])
def test_a_runner_stopped_at_any_write_leaves_no_second_mail_unrecorded(tmp_path: Path, injection: str) -> None:
    """Killed or told that the disk is full, at what it writes to the state, the disk and the network."""
    require("strace", strace_works())
    calls = ["pwrite64", "fdatasync", "sendto"] if injection == "signal=SIGKILL" else ["pwrite64", "fdatasync"]
    prepared, project = tmp_path / "prepared", tmp_path / "project"

    def prepare() -> None:
        shutil.rmtree(project, ignore_errors=True)
        shutil.copytree(prepared, project)
        marks.append(len(server.mails))

    with SlowServer() as server:
        marks: list[int] = []
        waiting_mail(tmp_path, server.uri, 2).rename(prepared)
        runs = kill_at_every_write(
            words_of(project, "run", "--once"), ENVIRONMENT, tmp_path,
            prepare=prepare, step=1 if FULL_SWEEP else 16, injection=injection, calls=calls,
        )  # fmt: skip
        for fault in runs:
            assert "Traceback" not in fault.output and fault.returncode in (-9, 0, 1), fault
            run_later(project)
            arrived = Counter(mail.recipients[0] for mail in server.mails[marks[-1] :])
            ambiguous = require_delivered(project)
            assert set(arrived) == {"approver-0@example.com", "approver-1@example.com"}, fault
            assert {address for address, copies in arrived.items() if copies > 1} <= set(ambiguous.values()), fault
    assert len(marks) >= 6


def share_an_outbox(tmp_path: Path, state: str = "") -> None:
    """Two runners beside each other deliver fifty mails; ``state``: see `waiting_mail`."""
    with SlowServer() as server:
        project = waiting_mail(tmp_path, server.uri, 50, state)
        words = [sys.executable, "-B", "-c", BATCHES_OF_FIVE, "-C", str(project), "run", "--once"]
        runners = [subprocess.Popen(words, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        said = [runner.communicate(timeout=60)[1] for runner in runners]
        assert [runner.returncode for runner in runners] == [0, 0], said
        arrived = Counter(mail.recipients[0] for mail in server.mails)
    assert arrived == {f"approver-{number}@example.com": 1 for number in range(50)}
    assert all(" delivered: " in text for text in said), "both had a share"
    assert require_delivered(project) == {}


def test_two_runners_share_an_outbox_and_each_mail_arrives_once(tmp_path: Path) -> None:
    share_an_outbox(tmp_path)
