"""The formats of a plan: on standard output, in files, also where no plan can be made; none changes the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, edit

PROJECT = "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: mail}\n"

BEGINNINGS = {
    "text": "Plan: ",
    "json": "{",
    "markdown": "<!-- reconciler plan environment= -->",
    "html": "<!doctype html>",
    "github": "::",
    "sarif": "{",
}


@pytest.mark.parametrize("format", BEGINNINGS)
def test_a_report_is_what_the_format_prints(cli: Cli, project: Path, format: str) -> None:
    file = project / f"plan.{format}"
    printed = cli("plan", "--format", format)
    result = cli("plan", "--report", f"{format}={file}", "--format=json")
    assert (printed.code, result.code, printed.err) == (0, 0, "")
    assert printed.out == file.read_text()
    assert printed.out.startswith(BEGINNINGS[format])


def test_several_reports_are_written_at_once(cli: Cli, project: Path) -> None:
    result = cli("plan", *(f"--report={format}={project / format}" for format in BEGINNINGS))
    assert result.code == 0
    assert result.out.startswith("Plan: 6 to create")
    for format, beginning in BEGINNINGS.items():
        assert (project / format).read_text().startswith(beginning)


@pytest.mark.parametrize("format", BEGINNINGS)
def test_no_format_changes_the_exit_code(cli: Cli, project: Path, format: str) -> None:
    assert cli("plan", "--format", format, "--detailed-exitcode").code == 2
    edit(project / "manifests" / "people.yaml", "members", "mebmers")
    assert cli("plan", "--format", format).code == 1


@pytest.mark.parametrize("format", BEGINNINGS)
def test_without_a_plan_every_report_says_why(cli: Cli, project: Path, format: str) -> None:
    file = project / "report"
    assert cli("plan", "--report", f"{format}={file}").code == 0
    edit(project / "manifests" / "people.yaml", "members", "mebmers")
    result = cli("plan", "--report", f"{format}={file}", "--format", format)
    assert result.code == 1
    assert "mebmers" in file.read_text()
    assert "mebmers" in result.out if format != "text" else "mebmers" in result.err


def test_faults_are_annotated_where_the_repository_has_them(
    cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(project / "manifests" / "people.yaml", "members", "mebmers")
    monkeypatch.chdir(project.parent)
    annotations = cli("plan", "-C", "project", "--format", "github").out.splitlines()
    assert annotations[0].startswith("::error file=project/manifests/people.yaml,line=4,col=")
    log = json.loads(cli("plan", "-C", "project", "--format", "sarif").out)
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "project/manifests/people.yaml"
    assert place["region"]["startLine"] == 4


def test_a_workflow_may_run_inside_the_project(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(project / "manifests" / "people.yaml", "members", "mebmers")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.parent))
    assert cli("plan", "--format", "github").out.startswith("::error file=project/manifests/people.yaml,line=4,col=")
    monkeypatch.setenv("GITHUB_WORKSPACE", "/elsewhere")
    assert cli("plan", "--format", "github").out.startswith("::error file=manifests/people.yaml,line=4,col=")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan", "--report", "markdown"), "is not of the form FORMAT=FILE"),
        (("plan", "--report", "pdf=x"), "there is no format “pdf”"),
        (("plan", "--report", "html=nowhere/x"), "A report could not be written"),
        (("--format", "markdown", "show"), "--format markdown is not for this command: text, json are"),
        (("show", "--format", "markdown"), "'markdown' is not one of"),
        (("schema", "paln"), "There is no such schema"),
    ],
)
def test_what_cannot_be_is_said_plainly(cli: Cli, words: tuple[str, ...], said: str) -> None:
    result = cli(*words)
    assert result.code == 1
    assert said in result.err


def test_a_failure_goes_where_the_plan_of_its_environment_stood(cli: Cli, project: Path) -> None:
    (project / "reconciler.yaml").write_text(PROJECT + "spec: {environments: {staging: {mail: {deliver: all}}}}\n")
    words = ("plan", "--env", "staging", "--format", "markdown")
    good = cli(*words)
    edit(project / "manifests" / "people.yaml", "members", "mebmers")
    bad = cli(*words)
    assert (good.code, bad.code) == (0, 1), good.both
    assert (
        good.out.splitlines()[0]
        == bad.out.splitlines()[0]
        == "<!-- reconciler plan project=mail environment=staging -->"
    )
    (project / "reconciler.yaml").write_text(PROJECT + "spec: {manifest: x}\n")
    assert cli(*words).out.splitlines()[0] == good.out.splitlines()[0]


def test_a_format_may_stand_before_the_command(cli: Cli) -> None:
    assert cli("--format", "markdown", "plan").out == cli("plan", "--format", "markdown").out


def test_the_schema_of_a_plan_is_printed(cli: Cli) -> None:
    assert cli("schema", "plan").json["title"] == "A plan of reconciler"


def _contents(project: Path) -> dict[str, bytes]:
    return {str(path.relative_to(project)): path.read_bytes() for path in project.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--out", "manifests/people.yaml"), "--out manifests/people.yaml: that is in the folder of the manifests"),
        (("--out", "manifests/sub/new.plan"), "in the folder of the manifests"),
        (("--report", "html=templates/../templates/new.html"), "in the folder of the templates"),
        (("--report", "json=over/a.json"), "in the folder of the overlays"),
        (("--report", "markdown=reconciler.yaml"), "that is the project file"),
        (("--report", "json=acknowledgements.yaml"), "where guards are acknowledged"),
        (("--report", "text=.reconciler/state.db-wal"), "where state is kept"),
        (("--out", ".reconciler/plan.key"), "the key of saved plans"),
        (("--report", "json=a.out", "--report", "html=./a.out"), "One file is named twice"),
        (("--report", "json=a.out", "--out", "a.out"), "One file is named twice"),
    ],
)
def test_no_file_of_the_project_is_written_over(cli: Cli, project: Path, words: tuple[str, ...], said: str) -> None:
    staging = "spec: {environments: {staging: {overlays: [over], mail: {deliver: all}}}}\n"
    (project / "reconciler.yaml").write_text(PROJECT + staging)
    before = _contents(project)
    result = cli("plan", "--env", "staging", *words)
    assert result.code == 1
    assert said in result.err
    assert _contents(project) == before


def test_a_project_file_with_a_fault_is_not_written_over(cli: Cli, project: Path) -> None:
    (project / "reconciler.yaml").write_text(PROJECT + "spec: {manifest: x}\n")
    result = cli("plan", "--report", "markdown=reconciler.yaml")
    assert "that is the project file" in result.err
    assert (project / "reconciler.yaml").read_text().startswith(PROJECT)


def test_where_manifests_lie_beside_the_project_file_reports_may_too(cli: Cli, project: Path) -> None:
    (project / "reconciler.yaml").write_text(PROJECT + "spec: {manifests: .}\n")
    assert "in the folder of the manifests" in cli("plan", "--report", "json=new.yaml").err
    assert not (project / "new.yaml").exists()
    cli("plan", "--report", "json=new.json")
    assert (project / "new.json").exists()


def test_a_report_that_cannot_be_written_hides_no_fault(cli: Cli, project: Path) -> None:
    edit(project / "manifests" / "people.yaml", "members", "mebmers")
    result = cli("plan", "--report", "json=nowhere/x", "--report", "html=here")
    assert result.code == 1
    assert "mebmers" in result.err
    assert "No report could be written to nowhere/x: it does not exist." in result.err
    assert "The plan itself was made" not in result.err
    assert "mebmers" in (project / "here").read_text()
