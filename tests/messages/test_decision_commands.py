"""The command lines a mail offers for a decision."""

from __future__ import annotations

import shlex
from typing import Literal

import pytest

from reconciler.messages.contexts.values import decision_commands


@pytest.mark.parametrize(
    ("comment", "approve", "deny"),
    [("always", True, True), ("on-deny", False, True), ("never", False, False)],
)
def test_a_comment_is_written_where_it_is_demanded(
    comment: Literal["always", "on-deny", "never"], approve: bool, deny: bool
) -> None:
    commands = decision_commands("req_1", "rosa@example.com", comment)
    said = ' --comment "why"'
    assert commands.approve == "reconciler approvals approve req_1 --as rosa@example.com" + said * approve
    assert commands.deny == "reconciler approvals deny req_1 --as rosa@example.com" + said * deny


@pytest.mark.parametrize(
    "address", ["o'brien@example.com", "a`id`@example.com", "r&d@example.com", "$HOME@example.com"]
)
def test_a_shell_reads_the_address_as_it_is(address: str) -> None:
    commands = decision_commands("req_1", address, "always")
    assert shlex.split(commands.deny) == [
        "reconciler",
        "approvals",
        "deny",
        "req_1",
        "--as",
        address,
        "--comment",
        "why",
    ]
    assert shlex.quote(address) in commands.deny


def test_the_environment_is_named_where_there_is_one() -> None:
    commands = decision_commands("req_1", "rosa@example.com", "never", "staging")
    assert commands.approve == "reconciler --env staging approvals approve req_1 --as rosa@example.com"
    assert commands.deny == "reconciler --env staging approvals deny req_1 --as rosa@example.com"
