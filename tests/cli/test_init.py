"""`init`: a new project, valid as it stands; nothing is overwritten."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from reconciler.cli.commands.schema import SCHEMAS
from reconciler.sources.yaml.documents import read_documents
from tests.cli.conftest import Cli, Golden, contents


@pytest.fixture
def empty(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, the current one."""
    folder = project.parent / "Mail & more"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_what_it_says(cli: Cli, golden: Golden, empty: Path) -> None:
    golden("init/here.txt", cli("init").out)
    golden("init/there.txt", cli("init", "deep/down").out)
    assert cli("init", "third", "--format=json").json == {
        "formatVersion": "1.0",
        "folder": str(empty / "third"),
        "written": ["reconciler.yaml", "manifests/mail-server.yaml", "manifests/approvals.yaml", ".gitignore"],
        "next": ["cd third", "reconciler validate", "reconciler plan", "reconciler apply"],
    }


def test_the_project_is_valid_and_plans_without_a_warning(cli: Cli, empty: Path) -> None:
    assert cli("init").code == 0
    validated = cli("validate")
    assert (validated.code, validated.out, validated.err) == (0, "Valid: 4 resources.\n", "")
    planned = cli("plan", "--format=json").json
    assert planned["diagnostics"] == []
    assert planned["summary"]["create"] == 4
    assert "Project/mail-more" in [change["address"] for change in planned["changes"]]
    assert cli("apply", "--auto-approve").code == 0
    assert cli("plan", "--detailed-exitcode").code == 0


def test_the_project_fits_the_schemas(cli: Cli, empty: Path) -> None:
    cli("init")
    for path in empty.rglob("*.yaml"):
        schema = SCHEMAS["project" if path.name == "reconciler.yaml" else "manifest"]()
        for document in read_documents(path.read_text(encoding="utf-8"), path.name)[0]:
            jsonschema.Draft7Validator(json.loads(json.dumps(schema))).validate(document.data)


@pytest.mark.parametrize("name", ["reconciler.yaml", "reconciler.yml", "manifests/own.yaml", "manifests"])
def test_where_a_project_is_nothing_is_written(cli: Cli, empty: Path, name: str) -> None:
    (empty / name).parent.mkdir(exist_ok=True)
    (empty / name).write_text("mine\n", encoding="utf-8")
    before = contents(empty)
    result = cli("init")
    assert (result.code, result.out) == (1, "")
    assert f"holds {name.partition('/')[0]}" in result.err
    assert contents(empty) == before


def test_a_second_time_is_refused(cli: Cli, empty: Path) -> None:
    cli("init")
    before = contents(empty)
    assert cli("init").code == 1
    assert contents(empty) == before


@pytest.mark.parametrize(("ignored", "told"), [("*.pyc\n", True), ("/.reconciler/\n", False)])
def test_an_ignore_file_that_is_there_stays(cli: Cli, empty: Path, ignored: str, told: bool) -> None:
    (empty / ".gitignore").write_text(ignored, encoding="utf-8")
    result = cli("init")
    assert result.code == 0
    assert ("add the line .reconciler/ to it" in result.out) is told
    assert (empty / ".gitignore").read_text(encoding="utf-8") == ignored


def test_a_file_is_no_folder(cli: Cli, empty: Path) -> None:
    (empty / "notes").write_text("", encoding="utf-8")
    result = cli("init", "notes")
    assert result.code == 1
    assert "The folder cannot be written" in result.err


def test_what_cannot_be_written_whole_is_not_written(cli: Cli, empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty / "manifests").mkdir()
    synced = iter((None, None))

    def full(file: int) -> None:
        if next(synced, file) is not None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = cli("init")
    assert result.code == 1
    assert "no space left on device" in result.err
    assert contents(empty) == {}
