"""Options: before or after the command, from the environment, the same for every command."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from reconciler.cli.app import COMMANDS, root
from reconciler.cli.settings import wants_json
from tests.cli.conftest import Cli, contents
from tests.cli.walking import walked_commands

ALL = walked_commands()
NAMED = [pytest.param(words, command, id=" ".join(words)) for words, command in ALL if words]


@pytest.mark.parametrize(("words", "command"), NAMED)
def test_every_option_is_a_variable_too(words: tuple[str, ...], command: click.Command) -> None:
    for option in command.params:
        if isinstance(option, click.Option):
            long_name = next(name for name in option.opts if name.startswith("--"))
            assert option.envvar == "RECONCILER_" + long_name[2:].replace("-", "_").upper()


@pytest.mark.parametrize(("words", "command"), NAMED)
def test_every_command_has_the_common_options_and_says_what_each_option_does(
    words: tuple[str, ...], command: click.Command
) -> None:
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert {"--directory", "--state", "--format", "--verbose"} <= {name for each in options for name in each.opts}
    assert all(option.help for option in options)


@pytest.mark.parametrize(("words", "command"), NAMED)
def test_every_command_shows_examples_of_itself(words: tuple[str, ...], command: click.Command) -> None:
    text = command.help or ""
    assert "Example" in text
    assert f"reconciler {' '.join(words)}" in text


@pytest.mark.parametrize(("words", "command"), NAMED)
def test_every_command_has_a_short_help_of_one_line(words: tuple[str, ...], command: click.Command) -> None:
    assert command.short_help and "\n" not in command.short_help


def test_the_list_of_commands_says_what_the_commands_say_of_themselves() -> None:
    context = click.Context(root)
    own = {name: root.get_command(context, name).short_help for name in COMMANDS}  # type: ignore[union-attr]
    assert own == COMMANDS


@pytest.mark.parametrize("words", [("--format=json", "show"), ("show", "--format", "json")])
def test_the_format_stands_before_or_after_the_command(applied: Cli, words: tuple[str, ...]) -> None:
    assert len(applied(*words).json["resources"]) == 6


def test_the_word_nearest_to_the_end_wins(applied: Cli) -> None:
    assert applied("--format", "text", "show", "--format=json").json
    assert applied("--format", "json", "show", "--format", "text").out.startswith("ADDRESS")


def test_groups_take_options_before_and_after_too(applied: Cli) -> None:
    for words in (
        ("--format=json", "audit", "list"),
        ("audit", "--format=json", "list"),
        ("audit", "list", "--format=json"),
    ):
        assert len(applied(*words).json["entries"]) == 1


@pytest.mark.parametrize("place", ["before", "after"])
def test_another_folder(applied: Cli, project: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.chdir(project.parent)
    words = ("-C", "project", "show") if place == "before" else ("show", "-C", "project")
    assert "SmtpServer/relay" in applied(*words).out


def test_a_folder_that_does_not_exist_is_wrong_usage(cli: Cli) -> None:
    result = cli("plan", "-C", "nowhere")
    assert result.code == 1
    assert "nowhere" in result.err


def test_another_state(applied: Cli, project: Path) -> None:
    assert applied("show", "--state", "sqlite:other.db").out == "Nothing has been applied yet.\n"
    assert applied("--state", "sqlite:.reconciler/state.db", "show").out == applied("show").out
    assert not (project / "other.db").exists()


def test_verbose_shows_what_is_cut_otherwise(cli: Cli, project: Path) -> None:
    long = "\n".join(f"    field{number}: {{title: Field {number}}}" for number in range(40))
    approvals = project / "manifests" / "approvals.yaml"
    approvals.write_text(approvals.read_text() + long + "\n")
    short, whole = cli("plan").out, cli("plan", "-v").out
    assert "--verbose shows all" in short
    assert "--verbose shows all" not in whole
    assert cli("-v", "plan").out == whole


class TestEnvironment:
    def test_sets_what_no_word_says(self, applied: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RECONCILER_FORMAT", "json")
        assert applied("show").json["serial"] == 1

    @pytest.mark.parametrize("words", [("--format", "text", "show"), ("show", "--format", "text")])
    def test_loses_against_a_word(self, applied: Cli, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
        monkeypatch.setenv("RECONCILER_FORMAT", "json")
        assert applied(*words).out.startswith("ADDRESS")

    def test_of_state_loses_against_a_word_before_the_command(
        self, applied: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("RECONCILER_STATE", "sqlite:elsewhere.db")
        assert "Nothing has been applied" in applied("show").out
        assert "SmtpServer/relay" in applied("--state", "sqlite:.reconciler/state.db", "show").out

    def test_of_a_folder(self, applied: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(project.parent)
        monkeypatch.setenv("RECONCILER_DIRECTORY", str(project))
        assert "SmtpServer/relay" in applied("show").out

    def test_of_flags(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RECONCILER_DETAILED_EXITCODE", "1")
        assert cli("plan").code == 2
        monkeypatch.setenv("RECONCILER_AUTO_APPROVE", "true")
        monkeypatch.setenv("RECONCILER_ACTOR", "release-bot")
        assert cli("apply").code == 0
        assert cli("audit", "list", "--format=json").json["entries"][0]["actor"] == "release-bot"

    def test_makes_wrong_usage_a_document_too(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RECONCILER_FORMAT", "json")
        result = cli("nonsense")
        assert (result.code, result.json["error"]["code"], result.err) == (1, "user", "")

    def test_names_the_actor_of_a_pipeline(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GITHUB_ACTOR", "octo")
        cli("apply", "--auto-approve")
        assert cli("audit", "list", "--format=json").json["entries"][0]["actor"] == "octo"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["plan", "--format", "json"], True),
        (["--format=json", "plan"], True),
        (["--format=json", "plan", "--format", "text"], False),
        (["plan", "--format"], False),
        (["plan"], False),
    ],
)
def test_the_format_of_a_failure_is_read_from_raw_words(words: list[str], expected: bool) -> None:
    assert wants_json(words, {}) is expected


def test_plan_writes_nothing(cli: Cli, project: Path) -> None:
    before = contents(project)
    for words in (("validate",), ("plan",), ("plan", "--format=json"), ("show",), ("approvals", "list"), ("audit", "list"),
                  ("audit", "verify"), ("deliveries", "list"), ("render", "notice")):  # fmt: skip
        assert cli(*words).code == 0
        assert contents(project) == before
        assert not (project / ".reconciler").exists()


def test_plan_leaves_the_state_as_it_is(applied: Cli, project: Path) -> None:
    (project / "manifests" / "people.yaml").write_text(
        (project / "manifests" / "people.yaml").read_text().replace("second@", "third@")
    )
    before = contents(project)
    assert applied("plan", "--detailed-exitcode").code == 2
    after = contents(project)
    assert {name: data for name, data in after.items() if not name.endswith("-shm")} == before


def test_json_is_one_document_and_all_there_is(applied: Cli) -> None:
    for words in (("validate",), ("plan",), ("show",), ("approvals", "list"), ("deliveries", "list"), ("audit", "list"),
                  ("audit", "verify"), ("run", "--once"), ("render", "notice"), ("apply", "--auto-approve")):  # fmt: skip
        result = applied(*words, "--format=json")
        assert result.out.endswith("}\n")
        assert json.loads(result.out)["formatVersion"] == "1.0"
