"""The runner's loop: it wakes when something changes or falls due, says what is wrong, and stops when told."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.model.condition import RunCounts
from reconciler.model.errors import StateFault
from reconciler.runner import loop
from reconciler.runner.loop import run_until, watch_signals
from reconciler.state.sqlite.backend import SqliteState
from reconciler.testkit.capture import CaptureServer
from reconciler.wiring import NAMED_IN
from tests.operations.conftest import Project

PATIENCE = 10.0


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(loop, "FAULT_SECONDS", 0.05)


@pytest.fixture
def real(applied: Project) -> Project:
    """By the real clock."""
    return replace(applied, workspace=replace(applied.workspace, now=lambda: datetime.now(UTC)))


@contextmanager
def running(project: Project, done: list[RunCounts]) -> Iterator[threading.Event]:
    """The loop in a thread of its own, with a state of its own, as another process would have."""
    stop = threading.Event()
    state = SqliteState(project.workspace.folder / ".reconciler" / "state.db", NAMED_IN)
    workspace = replace(project.workspace, state=state)
    thread = threading.Thread(target=lambda: done.append(run_until(workspace, stop, project.heard.append)))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENCE)
        state.close()
    assert not thread.is_alive()


def wait_for(what: Callable[[], object]) -> None:
    """Until it is so."""
    event = threading.Event()
    for _ in range(int(PATIENCE / 0.01)):
        if what():
            return
        event.wait(0.01)
    pytest.fail("it did not happen in time")


def test_it_wakes_when_somebody_else_commits(real: Project) -> None:
    done: list[RunCounts] = []
    with CaptureServer() as server:
        real.transport.port = server.port
        with running(real, done):
            for count in (1, 2):
                [message] = store(real)
                wait_for(lambda count=count: len(server.mails) == count)
                wait_for(lambda message=message: real.message(message).state.final)
    assert [counts.messages for counts in done] == [{"delivered": 2}]


def store(project: Project) -> list[str]:
    """One more message, due now."""
    project.clock.at = datetime.now(UTC)
    return [message.id for message in project.store()]


def test_it_wakes_when_something_falls_due(real: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is down at first; nobody commits anything when its pause is over."""
    from datetime import timedelta

    from reconciler.operations.mail import deliver

    monkeypatch.setattr(deliver, "choose_server_pause", lambda *_, **__: timedelta(milliseconds=200))
    done: list[RunCounts] = []
    with CaptureServer() as server:
        [message] = store(real)
        with running(real, done):
            wait_for(lambda: real.attempts(message))
            real.transport.port = server.port
            wait_for(lambda: real.message(message).state.final)
    assert done[0].messages["delivered"] == 1


def test_it_stops_at_once_when_nothing_is_under_way(real: Project) -> None:
    done: list[RunCounts] = []
    with running(real, done):
        pass
    assert done == [RunCounts()]


def test_a_state_that_fails_for_a_while_is_said_and_tried_again(real: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def due(*_: object, **__: object) -> RunCounts:
        calls.append(1)
        if len(calls) < 3:
            raise StateFault("The disk is full", "No byte is left.", "Make room.")
        return RunCounts()

    monkeypatch.setattr(loop, "run_due", due)
    done: list[RunCounts] = []
    with running(real, done):
        wait_for(lambda: len(calls) >= 3)
    assert real.heard.count("The disk is full. No byte is left. Trying again in 0 s.") == 2


def test_a_state_that_cannot_be_read_at_the_start_ends_it(real: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    path = real.workspace.folder / "other.db"
    path.write_text("no database " * 100)
    workspace = replace(real.workspace, state=SqliteState(path, NAMED_IN))
    with pytest.raises(StateFault):
        run_until(workspace, threading.Event(), real.heard.append)


def test_a_signal_in_the_middle_of_a_line_waits_until_it_is_written() -> None:
    """What writes a line may not be entered again by the signal that interrupts it."""
    writing, said = threading.Lock(), list[str]()

    def notice(line: str) -> None:
        with writing:
            said.append(line)

    with watch_signals(notice) as stop, writing:
        signal.raise_signal(signal.SIGTERM)
        assert stop.is_set() and said == []
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(5)
    assert said == ["SIGTERM: finishing what is being sent, then stopping."]
