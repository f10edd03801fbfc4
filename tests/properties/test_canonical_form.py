"""Whatever the spelling, one form: a plan after an apply is empty, and no difference shows that is none."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.conftest import Project
from tests.support.manifests import manifest_sets, spellings

NewProject = Callable[[], Project]

thorough = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


@thorough
@given(st.data())
def test_the_plan_after_an_apply_is_empty_however_the_same_is_spelled(
    new_project: NewProject, data: st.DataObject
) -> None:
    project, manifests = new_project(), data.draw(manifest_sets())
    applied = project.apply(manifests.files())
    assert applied.committed
    assert project.plan(manifests.files()).empty
    again = project.plan(data.draw(spellings(manifests)))
    assert again.empty, [(str(change.address), change.fields) for change in again.changes]


@thorough
@given(st.data())
def test_every_spelling_of_the_manifests_has_one_digest(new_project: NewProject, data: st.DataObject) -> None:
    project, manifests = new_project(), data.draw(manifest_sets())
    first, second = (project.plan(data.draw(spellings(manifests))) for _ in range(2))
    assert first.digest == second.digest
    assert [(change.address, change.after.digest if change.after else "") for change in first.changes] == [
        (change.address, change.after.digest if change.after else "") for change in second.changes
    ]
