"""What is exported is what is applied: a plan afterwards is empty, a second export changes nothing, comments survive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reconciler.operations.authoring.export_resources import export_resources
from reconciler.operations.authoring.format_files import format_files
from reconciler.operations.configuration.plan_changes import plan_changes
from reconciler.sources.reading import Root
from reconciler.sources.yaml.nodes import read_nodes
from tests.properties.conftest import Project
from tests.support.manifests import manifest_sets, spellings, write

NewProject = Callable[[], Project]

thorough = settings(
    max_examples=4, suppress_health_check=list(HealthCheck), deadline=None, phases=[Phase.explicit, Phase.generate]
)


@thorough
@given(st.data())
def test_exported_into_nothing_the_plan_is_empty(new_project: NewProject, data: st.DataObject) -> None:
    project, manifests = new_project(), data.draw(manifest_sets())
    project.apply(manifests.files())
    write(project.folder / "manifests", {})
    first = export_resources(project.workspace)
    assert len(first.written) == len(manifests.documents)
    assert not first.notes
    assert plan_changes(project.workspace).empty
    assert export_resources(project.workspace).written == ()
    assert not format_files(Root(project.folder), (), project.workspace.registry, write=False).changes


@thorough
@given(st.data())
def test_exported_onto_what_was_applied_no_file_changes(new_project: NewProject, data: st.DataObject) -> None:
    project, manifests = new_project(), data.draw(manifest_sets())
    project.apply(data.draw(spellings(manifests)))
    before = _texts(project.folder)
    assert export_resources(project.workspace).written == ()
    assert _texts(project.folder) == before


@thorough
@given(st.data())
def test_exported_onto_other_manifests_the_plan_is_empty_and_comments_stay(
    new_project: NewProject, data: st.DataObject
) -> None:
    project, applied, others = new_project(), data.draw(manifest_sets()), data.draw(manifest_sets())
    project.apply(applied.files())
    names = {str(_address(each)) for each in applied.documents}
    kept = [each for each in others.documents if _address(each) in names]
    texts = {
        f"{number}.yaml": text for number, text in enumerate(data.draw(spellings(type(others)(tuple(kept)))).values())
    }
    texts = {
        name: f"# about {name}\n" + text.replace('"spec": {', '"spec": { # why\n', 1) for name, text in texts.items()
    }
    write(project.folder / "manifests", texts)
    before = sorted(comment for text in texts.values() for comment in read_nodes(text).comments)
    found = export_resources(project.workspace)
    assert not found.notes
    assert plan_changes(project.workspace).empty
    assert (
        sorted(comment for text in _texts(project.folder).values() for comment in read_nodes(text).comments) == before
    )
    assert export_resources(project.workspace).written == ()


@thorough
@given(st.data())
def test_the_plan_after_fmt_is_empty(new_project: NewProject, data: st.DataObject) -> None:
    project, manifests = new_project(), data.draw(manifest_sets())
    project.apply(data.draw(spellings(manifests)))
    format_files(Root(project.folder), (), project.workspace.registry)
    assert plan_changes(project.workspace).empty
    assert not format_files(Root(project.folder), (), project.workspace.registry).changes


def _texts(folder: Path) -> dict[str, str]:
    return {str(path): path.read_text() for path in (folder / "manifests").rglob("*.yaml")}


def _address(document: dict[str, object]) -> str:
    metadata = document["metadata"]
    assert isinstance(metadata, dict)
    return f"{document['kind']}/{metadata['name']}"
