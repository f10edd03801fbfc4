"""`fmt` on files: which it finds, what it writes, what it never touches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.cli.app import run
from reconciler.kinds.registry import REGISTRY
from reconciler.operations.authoring.format_files import format_files
from reconciler.sources.reading import Root

ROUGH = "kind: Group\napiVersion: reconciler/v1\nmetadata:   {name: desk}\nspec: {members: [a@example.com]} # who\n"
SMOOTH = "apiVersion: reconciler/v1\nkind: Group\nmetadata: {name: desk}\nspec: # who\n  members: [a@example.com]\n"
PROJECT = """\
apiVersion: reconciler/v1
kind: Project
metadata: {name: mail}
spec:
  manifests: config
  environments:
    staging: {mail: {deliver: hold}, overlays: [over]}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "a.yaml").write_text(ROUGH)
    (tmp_path / "manifests" / "b.yaml").write_text(SMOOTH)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_that_differ_are_written_and_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fmt"]) == 0
    assert capsys.readouterr().out == "manifests/a.yaml\n1 file laid out, 1 unchanged.\n"
    assert (project / "manifests" / "a.yaml").read_text() == SMOOTH
    assert run(["fmt"]) == 0
    assert capsys.readouterr().out == "2 files, all laid out already.\n"


@pytest.mark.parametrize("words", [("--check",), ("--check", "--diff"), ("--check", "--format", "json")])
def test_check_writes_nothing_and_exits_3(project: Path, words: tuple[str, ...]) -> None:
    assert run(["fmt", *words]) == 3
    assert (project / "manifests" / "a.yaml").read_text() == ROUGH
    assert run(["fmt", *words, "manifests/b.yaml"]) == 0


def test_a_diff_is_shown_and_the_file_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fmt", "--diff", "--format", "json"]) == 0
    (changed,) = json.loads(capsys.readouterr().out)["changed"]
    assert changed["path"] == "manifests/a.yaml"
    assert changed["diff"].endswith(
        "-spec: {members: [a@example.com]} # who\n+metadata: {name: desk}\n+spec: # who\n+  members: [a@example.com]"
    )
    assert (project / "manifests" / "a.yaml").read_text() == SMOOTH


def test_one_faulty_file_and_none_is_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "manifests" / "c.yaml").write_text("a: [\n")
    (project / "manifests" / "d.yaml").write_text("a: 1\na: 2\n")
    assert run(["fmt"]) == 1
    err = capsys.readouterr().err
    assert "manifests/c.yaml:1:5: error:" in err
    assert "manifests/d.yaml:2:1: error: Duplicate key" in err
    assert (project / "manifests" / "a.yaml").read_text() == ROUGH


def test_permissions_and_links_stay(project: Path) -> None:
    real = project / "real.txt"
    real.write_text(ROUGH)
    real.chmod(0o640)
    link = project / "manifests" / "c.yaml"
    link.symlink_to("../real.txt")
    assert run(["fmt", "manifests/c.yaml"]) == 0
    assert link.is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == (SMOOTH, 0o640)
    assert sorted(path.name for path in project.iterdir()) == ["manifests", "real.txt"]


def test_everything_a_project_is_written_in_is_found_without_naming_an_environment(project: Path) -> None:
    (project / "reconciler.yaml").write_text(PROJECT)
    (project / "acknowledgements.yaml").write_text("- {reason: why, guard: deletions}\n")
    for name in ("config", "over"):
        (project / name).mkdir()
        (project / name / "x.yml").write_text(ROUGH)
    found = format_files(Root(project), (), REGISTRY, write=False)
    assert [change.name for change in found.changes] == ["acknowledgements.yaml", "config/x.yml", "over/x.yml"]
    assert found.changes[0].after == "- {guard: deletions, reason: why}\n"


def test_the_project_file_has_the_order_of_what_may_stand_in_it(project: Path) -> None:
    """Of the whole file: what is not planned has its place in it too."""
    head, manifests, rest = PROJECT.partition("  manifests: config\n")
    for name in ("config", "over"):
        (project / name).mkdir()
    (project / "reconciler.yaml").write_text(head + rest + manifests + "  timezone: UTC\n")
    assert run(["fmt"]) == 0
    assert (project / "reconciler.yaml").read_text() == head + "  timezone: UTC\n" + manifests + rest


@pytest.mark.parametrize("words", [("nowhere.yaml",), ("empty",)])
def test_a_path_that_leads_to_no_yaml_is_an_error(project: Path, words: tuple[str, ...]) -> None:
    (project / "empty").mkdir()
    assert run(["fmt", *words]) == 1


def test_a_project_without_any_file_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fmt", "-C", str(tmp_path)]) == 1
    assert "No manifest files" in capsys.readouterr().err


def test_the_shipped_manifests_are_laid_out() -> None:
    assert not format_files(Root(Path(__file__).parents[2]), (), REGISTRY, write=False).changes
