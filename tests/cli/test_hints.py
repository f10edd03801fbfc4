"""The next step a failure names is one that leads on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import STATE, Cli, contents


def test_a_dry_run_tells_the_mail_and_keeps_nothing(applied: Cli, project: Path) -> None:
    before = contents(project)[str(STATE)]
    result = applied("send", "notice", "--param", "day=Sunday", "--dry-run")
    assert "On Sunday, for 2 h, in Room 4." in result.out
    assert not re.search("msg_|queued|reconciler run", result.both)
    assert contents(project)[str(STATE)] == before


def test_send_does_not_deny_what_is_applied(cli: Cli, project: Path) -> None:
    for path in (project / "manifests").glob("*.yaml"):
        kept = [text for text in path.read_text().split("\n---\n") if "kind: Group" in text]
        path.write_text("\n---\n".join(kept))
    assert cli("apply", "--auto-approve").code == 0
    said = cli("send", "nothing").err
    assert "No EmailTask is applied" in said
    assert "Nothing is applied" not in said


def test_render_names_what_it_can_render(cli: Cli) -> None:
    for word in ("nope", "open-door", "SmtpServer/nope"):
        said = cli("render", word, "--format=json").json["error"]
        text = json.dumps(said)
        assert "reconciler show" not in text
        named = re.findall(r"[A-Z]\w+/[\w-]+", said["hint"])
        assert named
        assert [address for address in named if cli("render", address).code] == []


@pytest.mark.usefixtures("unreachable")
def test_a_command_named_as_next_step_keeps_the_options_that_tell_where(
    applied: Cli, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.parent)
    where = ("-C", "project", "--state", "sqlite:my state.db")
    kept = "reconciler -C project --state 'sqlite:my state.db' "
    assert f"{kept}apply" in applied(*where, "send", "notice").err
    assert f"{kept}approvals list" in applied("approvals", "show", "req_x", *where).err
    assert applied("apply", "--auto-approve", *where).code == 0
    made = applied("approvals", "request", "open-door", "--requester", "kim@example.org", "--reason", "x", "--field",
                   "door=4", *where).out  # fmt: skip
    assert f"{kept}approvals show req_" in made
    assert f"{kept}approvals deny req_" in applied("approvals", "show", made.partition(":")[0], *where).out
    assert f"{kept}deliveries show msg_" in applied("run", "--once", *where).out


def test_what_the_environment_says_is_not_repeated(
    applied: Cli, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_STATE", "sqlite:other.db")
    assert "run: reconciler apply" in applied("send", "notice").err


@pytest.mark.parametrize(
    "words",
    [("show",), ("history",), ("status",), ("why", "notice"), ("deliveries", "list"), ("approvals", "list"), ("access",),
     ("audit", "list"), ("audit", "verify"), ("run", "--once")],
)  # fmt: skip
def test_a_state_that_does_not_exist_is_told_and_not_made(applied: Cli, project: Path, words: tuple[str, ...]) -> None:
    result = applied(*words, "--state", "sqlite:mispelt.db")
    assert result.code == 0
    assert result.err == "There is no state at sqlite:mispelt.db yet; the first apply makes it.\n"
    assert not (project / "mispelt.db").exists()
    assert applied(*words, "--state", "sqlite:mispelt.db", "--format=json").err == ""
    assert "no state" not in applied(*words).err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "is empty"),
        ("sqlite:", "names no file"),
        ("sqlite", "names no file"),
        ("state.db", "does not begin with a backend"),
        ("mysql://kim:hunter2@db/x", "asks for the backend “mysql”"),
    ],
)
def test_a_state_url_that_is_none_is_told_by_its_option(cli: Cli, url: str, said: str) -> None:
    result = cli("show", "--state", url)
    assert result.code == 1
    assert f"--state (or RECONCILER_STATE) {said}" in result.err
    assert "sqlite:PATH" in result.err
    assert "hunter2" not in result.err


def test_a_state_url_of_the_project_file_is_told_as_that(cli: Cli, project: Path) -> None:
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: x}\nspec: {state: 'file.db'}\n"
    )
    said = cli("show").err
    assert "reconciler.yaml" in said
    assert "sqlite:" in said


def test_a_wrong_value_of_a_variable_names_the_variable(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "RECONCILER_FORMAT" not in cli("show", "--format", "bogus").err
    monkeypatch.setenv("RECONCILER_FORMAT", "bogus")
    assert "The value comes from the variable RECONCILER_FORMAT." in cli("show").err.replace("\n    ", " ")
