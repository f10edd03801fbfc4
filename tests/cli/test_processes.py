"""The command line as processes of their own: pipes, terminals, signals, what is loaded."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import STATE, Cli, command_line, contents
from tests.support.nursery import nursery

SECONDS = 20


def processed(
    words: list[str], project: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, capture_output=True, text=True, cwd=project, env=environment, timeout=SECONDS, check=False
    )


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """Undo what a shell leaves that runs the tests in the background: SIGINT ignored, in every child too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def started(project: Path, *words: str, stdout: int = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on meanwhile; it does not outlive the test."""
    with subprocess.Popen(
        command_line(*words), stdout=stdout, stderr=subprocess.PIPE, text=True, cwd=project
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_closed_pipe_is_no_traceback(applied: Cli, project: Path) -> None:
    words = " ".join(command_line("show", "--format=json"))
    done = processed(["bash", "-c", f"{words} | head -c 1"], project)
    assert (done.stdout, done.stderr) == ("{", "")


def test_a_reader_that_left_before_the_first_word_is_no_traceback(applied: Cli, project: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with started(project, "show", stdout=writer) as process:
        os.close(writer)
        _, err = process.communicate(timeout=SECONDS)
    assert err == ""
    assert process.returncode == 141


def test_a_pipe_gets_no_colour_and_no_width_of_a_terminal(applied: Cli, project: Path) -> None:
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "40"}
    done = processed(command_line("show"), project, environment)
    assert done.stdout == applied("show").out


class TestTerminal:
    def test_has_colour(self, applied: Cli, project: Path, changed: None) -> None:
        assert "\x1b[" in talk(project, ["plan"])[1]

    @pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}])
    def test_has_none_with_no_color(
        self, applied: Cli, project: Path, changed: None, variables: Mapping[str, str]
    ) -> None:
        code, shown = talk(project, ["plan"], variables=variables)
        assert code == 0
        assert "third@example.com" in shown
        assert "\x1b" not in shown

    def test_yes_goes_on(self, project: Path) -> None:
        code, shown = talk(project, ["apply"], answer="yes\n")
        assert code == 0
        assert "Only “yes” goes on:" in shown
        assert "Applied: 6 created. Serial 1." in shown

    @pytest.mark.parametrize("answer", ["y\n", "YES\n", "yes please\n", "\n", "no\n", "\x04"])
    def test_nothing_else_goes_on(self, project: Path, answer: str) -> None:
        code, shown = talk(project, ["apply"], answer=answer)
        assert code == 1
        assert "Nothing was changed." in shown
        assert not (project / STATE).exists()

    def test_ctrl_c_at_the_question_ends_with_130(self, project: Path) -> None:
        code, shown = talk(project, ["apply"], answer="\x03")
        assert code == 130
        assert "Interrupted" in shown
        assert "Traceback" not in shown
        assert not (project / STATE).exists()

    def test_the_question_names_the_state_and_counts_deletions(self, applied: Cli, project: Path) -> None:
        (project / "manifests" / "approvals.yaml").write_text("")
        shown = talk(project, ["apply", "--allow", "deletions"], answer="no\n")[1]
        assert "sqlite:.reconciler/state.db? 3 of the changes delete a resource." in shown


def talk(
    project: Path, words: list[str], *, answer: str = "", variables: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """A command at a terminal of its own, answered when it asks; its exit code and what was seen."""
    terminal, other = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", **(variables or {})}
    child = nursery().start(["-m", "reconciler", *words], Path(os.ttyname(other)), env=environment, cwd=project)
    seen = b""
    deadline = time.monotonic() + SECONDS
    while (running := child.poll() is None) or select.select([terminal], [], [], 0)[0]:
        assert time.monotonic() < deadline, seen
        if select.select([terminal], [], [], 0.01 * running)[0]:
            seen += os.read(terminal, 65_536)
        if answer and b"goes on: " in seen:
            os.write(terminal, answer.encode())
            answer = ""
    os.close(terminal)
    os.close(other)  # held until here: it stays open whether or not the command has opened it
    return child.wait(SECONDS), seen.decode("utf-8", "replace").replace("\r\n", "\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_runner_that_is_stopped_finishes_and_exits_0(applied: Cli, project: Path, number: signal.Signals) -> None:
    with started(project, "run", "--format=json") as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "Running on sqlite:.reconciler/state.db. Ctrl-C stops.\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert json.loads(out) == {"formatVersion": "1.0", "messages": {}, "requests": {}}
    assert err == f"{number.name}: finishing what is being sent, then stopping.\n"


def test_an_interrupted_command_ends_with_130(applied: Cli, project: Path) -> None:
    ask = ("approvals", "request", "open-door", "--requester", "kim@example.org", "--reason", "x", "--field", "door=4")
    with started(project, *ask, "--wait") as process:
        assert process.stderr is not None
        assert "waiting for the outcome" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out, err.strip()) == (130, "", "error: Interrupted")
    assert applied("approvals", "list", "--format=json").json["requests"][0]["state"] == "pending"


NEVER = ("deepdiff", "rich", "aiosmtpd", "asyncio", "pytest", "psycopg")
OTHERS = ("apply", "render", "send", "run", "approvals", "deliveries", "audit", "state", "demo")


def loaded(project: Path, *words: str) -> set[str]:
    """The modules a process has loaded when the command line has run."""
    program = "import sys, reconciler.cli.app as app; app.run(sys.argv[1:]); sys.stderr.write(' '.join(sys.modules))"
    done = processed([sys.executable, "-c", program, *words], project)
    assert done.returncode == 0
    return set(done.stderr.split())


def test_plan_loads_neither_other_commands_nor_what_only_they_need(project: Path) -> None:
    modules = loaded(project, "plan")
    assert not modules & {*NEVER, "reconciler.testkit"}
    assert "reconciler.cli.commands.plan" in modules
    assert not modules & {f"reconciler.cli.commands.{name}" for name in OTHERS}


def test_help_loads_no_backend_and_no_command(project: Path) -> None:
    modules = loaded(project, "--help")
    assert not modules & {*NEVER, "sqlite3", "smtplib", "jinja2", "pydantic", "reconciler.wiring"}
    assert not [name for name in modules if name.startswith("reconciler.cli.commands.")]


def test_a_process_prints_what_a_run_in_this_one_does(applied: Cli, project: Path) -> None:
    before = contents(project)
    done = processed(command_line("plan"), project)
    assert (done.returncode, done.stdout, done.stderr) == (0, applied("plan").out, "")
    assert contents(project) == before
