"""A rollback on the command line is shown as any plan is."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli, edit


def test_its_plan_shows_how_mail_changes(applied: Cli, project: Path) -> None:
    edit(project / "manifests" / "mail.yaml", "Maintenance on", "Works on")
    assert applied("apply", "--auto-approve").code == 0
    result = applied("rollback", "1", "--auto-approve")
    assert result.code == 0
    assert "+Subject: Maintenance on Saturday" in result.out
    assert "-Subject: Works on Saturday" in result.out
