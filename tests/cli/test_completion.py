"""`completion`: what a shell is told while a person types, asked as the shells ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.cli.app import COMMANDS, run
from reconciler.cli.settings import COMPLETION
from tests.cli.conftest import Cli

Offered = Callable[..., list[str]]


@pytest.fixture
def offered(cli: Cli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Offered:
    """The words bash is offered for the last of these words."""

    def ask(*words: str) -> list[str]:
        monkeypatch.setenv(COMPLETION, "bash_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(("reconciler", *words)))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        capsys.readouterr()
        code = run([])
        monkeypatch.delenv(COMPLETION)
        out, err = capsys.readouterr()
        assert (code in (0, 1), err) == (True, "")
        return [line.partition(",")[2] for line in out.splitlines() if line]

    return ask


def test_commands(offered: Offered) -> None:
    assert offered("") == list(COMMANDS)
    assert offered("sch") == ["schema"]
    assert offered("approvals", "li") == ["list"]


def test_commands_are_offered_without_loading_them() -> None:
    """Loading all takes a second, at each press of the key."""
    script = (
        "import os, sys; os.environ.update(_RECONCILER_COMPLETE='bash_complete', COMP_WORDS='reconciler p', COMP_CWORD='1');"
        "from reconciler.cli.app import run; run([]); print([m for m in sys.modules if m.endswith('_command')])"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == ["plain,plan", "[]"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("plan", "--det"), ["--detailed-exitcode"]),
        (("plan", "--format", "m"), ["markdown"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
        (("schema", "Em"), ["EmailTask"]),
        (("explain", "Smtp"), ["SmtpServer"]),
        (("explain", "SmtpServer.t"), ["SmtpServer.timeouts", "SmtpServer.tls"]),
        (("explain", "SmtpServer.tls.v"), ["SmtpServer.tls.verify"]),
        (("explain", "Nothing.x"), []),
        (("nosuch", ""), []),
        (("show", ""), []),
    ],
)
def test_words(offered: Offered, words: tuple[str, ...], expected: list[str]) -> None:
    assert offered(*words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("show", "Sm"), ["SmtpServer/relay"]),
        (("show", "SmtpServer/"), ["SmtpServer/relay"]),
        (("why", "rel"), ["relay"]),
        (("send", "not"), ["notice"]),
        (("approvals", "request", ""), ["open-door"]),
    ],
)
def test_applied_resources(applied: Cli, offered: Offered, words: tuple[str, ...], expected: list[str]) -> None:
    assert offered(*words) == expected


def test_resources_of_another_folder(
    applied: Cli,
    offered,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(project.parent)
    assert offered("-C", "project", "show", "Sm") == ["SmtpServer/relay"]
    assert offered("show", "-C", "project", "Sm") == ["SmtpServer/relay"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_names_the_command(cli: Cli, shell: str) -> None:
    result = cli("completion", shell)
    assert (result.code, result.err) == (0, "")
    assert COMPLETION in result.out and "reconciler" in result.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_understands_its_script(cli: Cli, tmp_path: Path, shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell}")
    script = tmp_path / "script"
    script.write_text(cli("completion", shell).out, encoding="utf-8")
    assert subprocess.run([shell, "-n", str(script)], capture_output=True, check=False).returncode == 0


def test_a_real_bash_completes(cli: Cli, tmp_path: Path) -> None:
    script, program = tmp_path / "script", tmp_path / "reconciler"
    script.write_text(cli("completion", "bash").out, encoding="utf-8")
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m reconciler "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    steps = (
        f"source {script}; complete -p reconciler; COMP_WORDS=(reconciler completion z); COMP_CWORD=2;"
        "_reconciler_completion reconciler; echo ${COMPREPLY[@]}"
    )
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    told = subprocess.run(["bash", "--norc", "-c", steps], capture_output=True, text=True, check=True, env=environment)
    registered, completed = told.stdout.splitlines()
    assert registered == "complete -o nosort -F _reconciler_completion reconciler"
    assert (completed, told.stderr) == ("zsh", "")
