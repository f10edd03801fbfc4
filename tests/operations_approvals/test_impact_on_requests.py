"""A plan tells which pending requests it touches."""

from __future__ import annotations

import pytest

from reconciler.operations.configuration import plan_changes as planning
from reconciler.operations.configuration.plan_changes import plan_changes


def touched(project, manifests: str) -> tuple[str, ...]:
    (project.workspace.manifests / "all.yaml").write_text(manifests)
    return plan_changes(project.workspace).impact.requests


def test_a_change_of_the_process_touches_its_pending_requests(empty, manifests):
    empty.apply(manifests(quorum=1))
    first, second = empty.ask().id, empty.ask(fields={"file": "b.exe"}).id
    assert touched(empty, manifests(quorum=2)) == tuple(sorted((first, second)))
    assert touched(empty, manifests(quorum=1)) == ()


@pytest.mark.parametrize("page", [1, 2, 3])
def test_all_pending_requests_are_read_however_many(empty, manifests, monkeypatch, page):
    monkeypatch.setattr(planning, "_PAGE", page)
    empty.apply(manifests(quorum=1))
    ids = [empty.ask(fields={"file": f"{name}.exe"}).id for name in "abc"]
    assert touched(empty, manifests(quorum=2)) == tuple(sorted(ids))
