"""A kind that is two files and a line in the registry does everything a kind does: no other table names it."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, cast

import pytest

from reconciler.kinds.registry import REGISTRY
from tests.cli.conftest import Cli, edit
from tests.kinds.planted.kind import Rota

MANIFEST = """\
apiVersion: reconciler/v1
kind: Rota
metadata: {name: nights}
spec:
  people: [{group: night-shift}, kim@example.org]
  server: relay
"""


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast(MutableMapping[str, Any], REGISTRY), Rota().name, Rota())


@pytest.fixture
def rota(project: Path) -> Path:
    path = project / "manifests" / "rota.yaml"
    path.write_text(MANIFEST)
    return path


@pytest.fixture
def kept(rota: Path, applied: Cli) -> Cli:
    """The command line on the project, the rota applied with it."""
    return applied


def test_its_manual_is_explained(cli: Cli) -> None:
    assert "Rota" in cli("explain").out
    told = cli("explain", "Rota")
    assert told.code == 0 and "who is called when something breaks" in told.out.lower() and "days" in told.out
    assert "Rota" in cli("schema", "manifest").out


def test_it_is_validated(rota: Path, cli: Cli) -> None:
    assert cli("validate").code == 0
    rota.write_text(MANIFEST.replace("relay", "rely").replace("kim@example.org", "kim") + '  days: " "\n  day: x\n')
    wrong = cli("validate")
    assert wrong.code == 1
    assert "manifests/rota.yaml:5" in wrong.both and "Malformed address" in wrong.both
    assert 'Did you mean "days"?' in wrong.both
    rota.write_text(MANIFEST.replace("relay", "rely") + '  days: " "\n')
    wrong = cli("validate")
    assert 'Did you mean "relay"?' in wrong.both and "spec.days holds nothing but blanks." in wrong.both


def test_it_is_formatted(rota: Path, cli: Cli) -> None:
    rota.write_text(MANIFEST.replace("spec:\n", "spec:\n  server: relay\n").removesuffix("  server: relay\n"))
    assert cli("fmt").code == 0
    assert rota.read_text() == MANIFEST


def test_it_is_planned_applied_and_shown(rota: Path, applied: Cli) -> None:
    edit(rota, "kim@", "lee@")
    planned = applied("plan", "--detailed-exitcode")
    assert planned.code == 2
    assert "~ Rota/nights" in planned.out
    assert "+ lee@example.org" in planned.out and "- kim@example.org" in planned.out
    assert applied("apply", "--auto-approve").code == 0
    assert applied("plan", "--detailed-exitcode").code == 0
    shown = applied("show", "Rota/nights", "--format=json").json["resources"]
    assert [each["spec"]["days"] for each in shown] == ["every day"]
    assert "every day" in applied("show", "nights").out
    assert "Rota/nights" in applied("why", "Rota/nights").out
    assert "Rota/nights" in applied("history", "Rota/nights").out
    assert "Rota/nights" in applied("graph", "SmtpServer/relay").out


def test_people_outside_are_told_of(rota: Path, applied: Cli) -> None:
    edit(rota, "kim@example.org", "kim@example.net")
    planned = applied("plan", "--detailed-exitcode")
    assert "external recipient domain" in planned.out and "example.net (kim@example.net)" in planned.out


def test_it_is_exported(kept: Cli, rota: Path, project: Path) -> None:
    rota.unlink()
    assert kept("export").code == 0
    assert kept("plan", "--detailed-exitcode").code == 0
    assert (project / "manifests" / "Rota" / "nights.yaml").exists()
    edit(project / "manifests" / "Rota" / "nights.yaml", "relay", "relay\n  days: weekdays")
    assert kept("apply", "--auto-approve").code == 0
    edit(project / "manifests" / "Rota" / "nights.yaml", "weekdays", "weekends")
    assert kept("export").code == 0 and kept("plan", "--detailed-exitcode").code == 0


def test_it_is_renamed_and_what_it_names_too(kept: Cli, rota: Path, project: Path) -> None:
    kept("suspend", "Rota/nights", "--reason", "Holidays")
    edit(rota, "{name: nights}", "{name: late, renamedFrom: nights}")
    edit(rota, "night-shift", "late-shift")
    people = project / "manifests" / "people.yaml"
    edit(people, "{name: night-shift}", "{name: late-shift, renamedFrom: night-shift}")
    for path in ("mail.yaml", "approvals.yaml"):
        text = (project / "manifests" / path).read_text()
        (project / "manifests" / path).write_text(text.replace("group: night-shift", "group: late-shift"))
    planned = kept("plan", "--detailed-exitcode")
    assert planned.code == 2 and "~ Rota/late: renamed from nights; spec changed: people" in planned.out
    assert kept("apply", "--auto-approve").code == 0
    assert kept("show", "Rota/late").code == 0 and kept("show", "Rota/nights").code == 1
    assert kept("plan", "--detailed-exitcode").code == 0
    assert "Rota/late: nobody is called" in kept("status").out
    assert kept("audit", "verify").code == 0


def test_it_is_suspended_and_resumed(kept: Cli) -> None:
    stopped = kept("suspend", "Rota/nights", "--reason", "Holidays")
    assert stopped.code == 0 and "Rota/nights: nobody is called, since" in stopped.out
    assert "nobody is called" in kept("status").out
    assert "nobody is called" in kept("plan", "--detailed-exitcode").out
    refused = kept("suspend", "Group/night-shift", "--reason", "x")
    assert refused.code == 1 and "Rota" in refused.both
    assert "nobody is called" in kept("resume", "Rota/nights").out
    assert "nobody is called" not in kept("status").out


def test_it_is_deleted(kept: Cli, rota: Path) -> None:
    kept("suspend", "Rota/nights", "--reason", "Holidays")
    rota.unlink()
    planned = kept("plan", "--detailed-exitcode")
    assert planned.code == 2 and "- Rota/nights" in planned.out
    assert kept("apply", "--auto-approve").code == 0
    assert kept("show", "Rota/nights").code == 1
    assert kept("plan", "--detailed-exitcode").code == 0


def test_what_it_names_is_not_deleted_under_it(kept: Cli, rota: Path, project: Path) -> None:
    edit(project / "manifests" / "people.yaml", "{name: night-shift}", "{name: other}")
    wrong = kept("validate")
    assert wrong.code == 1 and "There is no Group/night-shift." in wrong.both and "rota.yaml:5" in wrong.both
