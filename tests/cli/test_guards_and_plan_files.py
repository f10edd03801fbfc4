"""Exit codes 4 and 6, what is printed with them, and that nothing is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import STATE, Cli, contents, edit

DIGEST = "5" * 64


@pytest.fixture
def emptied(project: Path, applied: Cli) -> None:
    """Manifest files without a document: they ask for everything to be deleted."""
    for file in (project / "manifests").iterdir():
        file.write_text("# nothing\n")


class TestGuards:
    def test_files_without_a_document_are_4_and_everything_is_printed(self, cli: Cli, emptied: None) -> None:
        text = cli("plan")
        assert (text.code, text.err) == (4, "")
        assert text.out.index("Blocked: 1 guard stops the apply.") < text.out.index("- ApprovalType/open-door")
        assert "6 of 6 resources of owner default would be deleted" in " ".join(text.out.split())
        document = cli("plan", "--format=json")
        assert document.code == 4
        (guard,) = document.json["guards"]
        assert (guard["id"], guard["address"], guard["allowed"]) == ("deletions", None, False)
        assert document.json["summary"]["delete"] == 6

    def test_4_wins_over_2(self, cli: Cli, emptied: None) -> None:
        assert cli("plan", "--detailed-exitcode").code == 4
        assert cli("plan", "--detailed-exitcode", "--allow", "deletions").code == 2

    @pytest.mark.parametrize("format", ["text", "json"])
    def test_apply_is_4_and_changes_nothing(self, cli: Cli, project: Path, emptied: None, format: str) -> None:
        before = contents(project)[str(STATE)]
        result = cli("apply", "--auto-approve", f"--format={format}")
        assert result.code == 4
        assert contents(project)[str(STATE)] == before
        if format == "json":
            assert result.json["error"]["code"] == "blocked"
            assert "--allow deletions" in result.json["error"]["detail"]

    def test_apply_goes_on_when_allowed(self, cli: Cli, emptied: None) -> None:
        result = cli("apply", "--auto-approve", "--allow", "deletions")
        assert result.code == 0
        assert "deletions by --allow deletions" in result.out
        assert "6 deleted" in result.out

    def test_an_entry_allows_too_and_is_shown_as_new_until_it_was_applied(self, cli: Cli, project: Path) -> None:
        people = project / "manifests" / "people.yaml"
        edit(people, "{name: night-shift}", "{name: night-shift, protected: true}")
        assert cli("apply", "--auto-approve").code == 0
        edit(people, ", protected: true", "")
        assert cli("plan").code == 4
        (project / "acknowledgements.yaml").write_text(
            "- {guard: protected, address: Group/night-shift, reason: moved, until: 2999-01-31}\n"
        )
        shown = cli("plan")
        assert shown.code == 0
        words = " ".join(shown.out.split())
        assert "by acknowledgements.yaml:1:3 (“moved”, until 2999-01-31, added since the last apply)" in words
        assert cli("apply", "--auto-approve").code == 0
        assert "warning: Acknowledgement without effect" in cli("plan").out

    @pytest.mark.parametrize(
        ("word", "said"),
        [
            ("deletion", 'Did you mean "deletions"?'),
            ("in-flite", 'Did you mean "in-flight"?'),
            ("weakening=desk", "is not an address"),
            ("deletions=Group/desk", "names no resource"),
        ],
    )
    def test_a_mistyped_allowance_is_1(self, cli: Cli, word: str, said: str) -> None:
        result = cli("plan", "--allow", word)
        assert result.code == 1
        assert said in " ".join(result.err.split())


class TestExpectedDigest:
    def test_the_reviewed_plan_is_applied_without_a_question(self, cli: Cli) -> None:
        digest = cli("plan", "--format=json").json["digest"]
        assert cli("apply", "--expect-digest", digest).code == 0

    def test_any_other_is_6(self, applied: Cli, project: Path, changed: None) -> None:
        before = contents(project)[str(STATE)]
        result = applied("apply", "--expect-digest", DIGEST, "--format=json")
        assert (result.code, result.json["error"]["code"]) == (6, "stale")
        assert DIGEST in result.json["error"]["detail"]
        assert contents(project)[str(STATE)] == before

    def test_6_also_with_auto_approve(self, cli: Cli) -> None:
        assert cli("apply", "--auto-approve", "--expect-digest", DIGEST).code == 6

    @pytest.mark.parametrize("word", ["", "abc", DIGEST + "0"])
    def test_a_word_that_is_no_digest_approves_nothing(self, cli: Cli, project: Path, word: str) -> None:
        assert cli("apply", "--expect-digest", word).code == 1
        assert not (project / STATE).exists()


class TestPlanFiles:
    def test_plan_then_apply(self, cli: Cli, project: Path) -> None:
        saved = cli("plan", "--out", "change.plan")
        assert saved.code == 0
        assert saved.err == "Saved. To apply exactly this: reconciler apply change.plan\n"
        assert cli("apply", "change.plan", "--format=json").json["serial"] == 1

    @pytest.mark.parametrize("format", ["text", "json"])
    def test_6_for_one_that_was_altered(self, cli: Cli, project: Path, format: str) -> None:
        cli("plan", "--out", "change.plan")
        file = project / "change.plan"
        file.write_bytes(file.read_bytes().replace(b"first@", b"fours@"))
        result = cli("apply", "change.plan", f"--format={format}")
        assert result.code == 6
        assert "The plan file was altered" in result.both
        assert not (project / STATE).exists()

    def test_1_for_one_that_is_not_there(self, cli: Cli) -> None:
        assert "No such plan file" in cli("apply", "change.plan").err

    def test_1_for_an_allowance_beside_it(self, cli: Cli) -> None:
        cli("plan", "--out", "change.plan")
        result = cli("apply", "change.plan", "--allow", "deletions")
        assert result.code == 1
        assert "plan --allow" in result.err

    def test_4_and_no_file_where_a_guard_blocks(self, cli: Cli, project: Path, emptied: None) -> None:
        result = cli("plan", "--out", "change.plan")
        assert result.code == 4
        assert "Not saved to change.plan: a guard blocks." in result.err
        assert not (project / "change.plan").exists()


class TestDestroy:
    def test_4_until_it_is_allowed(self, applied: Cli) -> None:
        assert applied("destroy", "--auto-approve").code == 4
        result = applied("destroy", "--auto-approve", "--allow", "deletions", "--format=json")
        assert (result.code, result.json["summary"]["delete"]) == (0, 6)
        assert applied("show", "--format=json").json["resources"] == []

    def test_needs_no_manifests(self, applied: Cli, project: Path) -> None:
        edit(project / "manifests" / "people.yaml", "members", "membres")
        assert applied("destroy", "--auto-approve", "--allow", "deletions").code == 0

    def test_what_is_open_stops_it(self, applied: Cli, request_id: str) -> None:
        result = applied("destroy", "--auto-approve", "--allow", "deletions")
        assert result.code == 4
        assert request_id in result.err

    def test_1_without_a_terminal(self, applied: Cli) -> None:
        assert "Nobody is here to approve" in applied("destroy").err
