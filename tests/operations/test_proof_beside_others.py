"""Who applies while somebody else looks whether the state is as it was left has not changed it by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.configuration.snapshot import Snapshot
from reconciler.operations.configuration.prove_state import find_changed_records
from reconciler.operations.configuration.read_journal import verify_journal
from tests.operations.conftest import Project

GROUP = "apiVersion: reconciler/v1\nkind: Group\nmetadata: {{name: desk}}\nspec: {{members: [{member}@example.com]}}\n"


@pytest.fixture
def known(project: Project) -> Project:
    project.apply(GROUP.format(member="first"))
    return project


def apply_next(project: Project) -> None:
    project.apply(GROUP.format(member=f"after-{project.workspace.state.snapshots.part().serial}"))


@pytest.mark.parametrize("applies", [1, 3])
def test_a_snapshot_is_held_against_what_the_journal_said_then(known: Project, applies: int) -> None:
    for seen in (Snapshot(), known.workspace.state.snapshots.read()):
        for _ in range(applies):
            apply_next(known)
        assert find_changed_records(known.workspace, seen) == []


def test_what_was_changed_is_found_in_an_earlier_snapshot_too(known: Project) -> None:
    seen = known.workspace.state.snapshots.read()
    address, record = next((each, record) for each, record in seen.resources.items() if each.kind == "Group")
    tampered = replace(
        seen, resources={**seen.resources, address: replace(record, spec={**record.spec, "members": []})}
    )
    apply_next(known)
    assert [each.subject for each in find_changed_records(known.workspace, tampered)] == [str(address)]


def test_a_serial_nobody_applied_is_found(known: Project) -> None:
    seen = known.workspace.state.snapshots.read()
    assert find_changed_records(known.workspace, replace(seen, serial=seen.serial + 5)) != []


def test_an_audit_looks_again_where_somebody_wrote_meanwhile(known: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    read, left = known.workspace.state.snapshots.read, [2]

    def late() -> Any:
        if left[0]:
            left[0] -= 1
            with monkeypatch.context() as before:
                before.setattr(known.workspace.state.snapshots, "read", read)
                apply_next(known)
        return read()

    monkeypatch.setattr(known.workspace.state.snapshots, "read", late)
    found = verify_journal(known.workspace)
    assert found.holds and left == [0]
