"""Every command line that --help shows as an example is one the command line takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from reconciler.cli.app import root
from reconciler.cli.settings import Settings
from tests.cli.conftest import Cli
from tests.cli.walking import walked_commands


def _examples() -> list[str]:
    """The command lines of all helps; one that goes on in the next line is joined."""
    helps = (command.help or "" for _, command in walked_commands())
    lines = (line.strip() for text in helps for line in re.sub(r"\\\n *", "", text).splitlines())
    return [line for line in lines if line.startswith("reconciler ")]


@pytest.mark.parametrize("line", sorted({*_examples()}))
def test_is_understood(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "infra" / "mail").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for one in line.split("&&"):
        written = re.sub(r" {2,}.*| > \S+", "", one.strip()).replace("$REVIEWED_DIGEST", "0" * 64)
        _parsed(root, shlex.split(written)[1:], click.Context(root, obj=Settings()))


def _parsed(command: click.Command, words: list[str], parent: click.Context) -> None:
    with command.make_context(command.name, words, parent=parent) as context:
        if isinstance(command, click.Group):
            rest = [*context._protected_args, *context.args]
            if rest:
                _, chosen, remaining = command.resolve_command(context, rest)
                assert chosen is not None
                _parsed(chosen, remaining, context)


@pytest.mark.parametrize("words", [("approvals", "list", "--status", "pending"),
                                   ("deliveries", "list", "--status", "deferred", "--status", "failed")])  # fmt: skip
def test_a_state_is_written_as_it_is_printed(applied: Cli, words: tuple[str, ...]) -> None:
    assert applied(*words).code == 0
