"""What people and pipelines read, whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Golden
from tests.cli.walking import walked_commands

pytestmark = pytest.mark.usefixtures("same_samples")


@pytest.mark.parametrize("words", [path for path, _ in walked_commands()], ids=" ".join)
def test_help(cli: Cli, golden: Golden, words: tuple[str, ...]) -> None:
    result = cli(*words, "--help")
    assert (result.code, result.err) == (0, "")
    golden(f"help/{'-'.join(words) or 'reconciler'}.txt", result.out)


def test_no_words_print_the_help_of_the_whole(cli: Cli) -> None:
    assert cli().out == cli("--help").out


COMMANDS = [
    ("validate",),
    ("plan",),
    ("plan", "--verbose"),
    ("plan", "--target", "EmailTask/notice"),
    ("graph",),
    ("graph", "Group/night-shift"),
    ("show",),
]
AFTER_APPLY = [
    ("plan",),
    ("apply", "--auto-approve"),
    ("show",),
    ("show", "ApprovalProcess/two-of-shift"),
    ("access",),
    ("audit", "list"),
    ("audit", "verify"),
    ("history",),
    ("rollback", "1", "--auto-approve"),
    ("why", "SmtpServer/relay"),
    ("graph", "--stored"),
    ("status",),
    ("suspend", "relay", "--reason", "Moving"),
    ("state", "freeze", "--reason", "Moving"),
    ("deliveries", "list"),
    ("approvals", "list"),
    ("run", "--once"),
    ("send", "notice", "--param", "day=Sunday", "--dry-run"),
]


@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_before_anything_is_applied(cli: Cli, golden: Golden, words: tuple[str, ...], format: str) -> None:
    result = cli(*words, f"--format={format}")
    told = "There is no state at sqlite:.reconciler/state.db yet; the first apply makes it.\n"
    assert (result.code, result.err) == (0, told if (words[0], format) == ("show", "text") else "")
    golden(f"new/{_name(words, format)}", result.out)


@pytest.mark.parametrize("format", ["text", "json"])
def test_apply(cli: Cli, golden: Golden, format: str) -> None:
    result = cli("apply", "--auto-approve", f"--format={format}")
    assert result.code == 0
    golden(f"new/{_name(('apply',), format)}", result.out)
    assert result.err == "" if format == "text" else "6 to create" in result.err


@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize("words", AFTER_APPLY, ids=" ".join)
def test_after_apply(applied: Cli, golden: Golden, words: tuple[str, ...], format: str) -> None:
    result = applied(*words, f"--format={format}")
    assert result.code == 0
    golden(f"applied/{_name(words, format)}", result.out)


@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize(
    "words", [("approvals", "show"), ("approvals", "cancel"), ("approvals", "approve", "--as", "first@example.com")]
)
def test_with_a_request(applied: Cli, request_id: str, golden: Golden, words: tuple[str, ...], format: str) -> None:
    result = applied(*words, request_id, f"--format={format}")
    assert (result.code, result.err) == (0, "")
    golden(f"request/{_name(words[:2], format)}", result.out)


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_change_is_shown_field_by_field(applied: Cli, project: Path, golden: Golden, format: str) -> None:
    people = project / "manifests" / "people.yaml"
    people.write_text(people.read_text().replace("second@", "third@"))
    template = project / "templates" / "notice.txt.j2"
    template.write_text(template.read_text() + "Thank you.\n")
    approvals = project / "manifests" / "approvals.yaml"
    approvals.write_text(approvals.read_text().replace("quorum: 2", "quorum: all"))
    result = applied("plan", f"--format={format}")
    assert (result.code, result.err) == (0, "")
    golden(f"applied/{_name(('plan', 'changes'), format)}", result.out)


ERRORS = {
    "unknown-command": ("plna",),
    "unknown-option": ("plan", "--detailed-exitcod"),
    "missing-command": ("approvals",),
    "missing-argument": ("send",),
    "unknown-resource": ("show", "SmtpServer/rely"),
    "unknown-schema": ("schema", "SmtpServr"),
    "unknown-field": ("explain", "SmtpServer.tls.mod"),
    "unknown-request": ("approvals", "show", "req_1"),
    "unknown-type": ("approvals", "request", "open-dor", "--requester", "kim@example.org"),
    "fields": ("approvals", "request", "open-door", "--requester", "kim@example.org", "--reason", "x",
               "--field", "dor=4", "--field", "until=x"),
    "parameters": ("send", "notice", "--param", "hours=25", "--param", "room=Hall", "--param", "dya=Sunday"),
    "no-terminal": ("apply",),
    "state-url": ("plan", "--state", "mysql://db"),
    "anchor": ("audit", "verify", "--anchor", "1:2"),
    "no-target": ("plan", "--target", "EmailTask/notise", "--target", "SmtpServer/*", "--target", "label=team=mail"),
    "unknown-graph-resource": ("graph", "SmtpServer/rely"),
    "bad-target": ("plan", "--target", "notice"),
    "no-lock": ("state", "unlock", "lock_1"),
}  # fmt: skip


@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize("name", ERRORS)
def test_errors(applied: Cli, golden: Golden, name: str, format: str) -> None:
    result = applied(*ERRORS[name], f"--format={format}")
    assert result.code == 1
    shown, silent = (result.out, result.err) if format == "json" else (result.err, result.out)
    assert silent == ""
    golden(f"errors/{name}.{'json' if format == 'json' else 'txt'}", shown)


@pytest.mark.parametrize("format", ["text", "json"])
def test_faults_of_manifests_are_shown_all_at_once(cli: Cli, project: Path, golden: Golden, format: str) -> None:
    (project / "manifests" / "bad.yaml").write_text(BAD)
    for command in ("validate", "plan"):
        result = cli(command, f"--format={format}")
        assert result.code == 1
        golden(f"errors/{command}-manifests.{'json' if format == 'json' else 'txt'}", result.both)


BAD = """\
apiVersion: reconciler/v1
kind: Group
metadata: {name: empty}
spec: {members: []}
---
apiVersion: reconciler/v1
kind: SmtpServer
metadata: {name: spare}
spec: {uri: smtps://mail.example.com, form: desk@example.com, limits: {connections: true}}
---
apiVersion: reconciler/v1
kind: Gruop
metadata: {name: x}
spec: {}
"""


def _name(words: tuple[str, ...], format: str) -> str:
    plain = "-".join(word.lstrip("-").replace("/", "-") for word in words)
    return f"{plain}.{'json' if format == 'json' else 'txt'}"
