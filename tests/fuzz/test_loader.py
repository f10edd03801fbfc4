"""Whatever stands in the files of a project: it is read, or refused at a place and in few words; fmt gives back what it means."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.kinds.registry import REGISTRY
from reconciler.model.diagnostic import MOST, Diagnostic
from reconciler.model.errors import InvalidManifests, UserError
from reconciler.operations.configuration.desired import read_desired
from reconciler.sources.yaml.documents import read_documents
from reconciler.sources.yaml.formatting import format_manifest
from reconciler.views.diagnostics import DIAGNOSTIC, describe_diagnostics
from reconciler.views.plan.annotations import write_failure_annotations, write_failure_sarif
from reconciler.wiring import open_workspace
from tests.fuzz.within import within
from tests.fuzz.yaml_pieces import data, loose, pieces
from tests.support.draws import drawn

FILES = (
    "manifests/a.yaml",
    "manifests/a.yaml",
    "reconciler.yaml",
    "acknowledgements.yaml",
    "overlay/a.yaml",
    "platform.yaml",
)
PROJECT = """\
    apiVersion: reconciler/v1
    kind: Project
    metadata: {name: mail}
    spec:
      environments:
        prod: {mail: {deliver: all}, overlays: [overlay], vars: {v: [1, {b: c}], w: text}}
    """
GROUP = "apiVersion: reconciler/v1\nkind: Group\nmetadata: {name: desk}\nspec: {members: [a@example.com]}\n"

kinds = st.sampled_from([*REGISTRY, "Nothing"])
documents = st.builds(
    lambda kind, name, metadata, spec: {
        "apiVersion": "reconciler/v1", "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec,
    },
    kinds, st.sampled_from(["desk", "platform", "a", ""]), st.dictionaries(st.sampled_from(["title", "labels", "x"]), data), data,
)  # fmt: skip


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Anything; or sound documents, into which something was put somewhere."""
    if draw(st.booleans()):
        return draw(loose)
    text = "\n---\n".join(
        json.dumps(each, ensure_ascii=draw(st.booleans())) for each in draw(st.lists(documents, max_size=3))
    )
    text = draw(st.sampled_from([text, GROUP, dedent(PROJECT), text.replace("{", "{\n  ").replace('"', "")]))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(pieces) + text[at + draw(st.sampled_from([0, 0, 1, 9])) :]
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("project")
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
    yield folder


@drawn(30)
@given(text=texts(), name=st.sampled_from(FILES))
def test_any_text_in_any_file_is_read_or_refused(folder: Path, text: str, name: str) -> None:
    sound = {
        "manifests/a.yaml": GROUP,
        "reconciler.yaml": dedent(PROJECT),
        "overlay/a.yaml": GROUP,
        "acknowledgements.yaml": "[]\n",
    }
    platform = {"platform.yaml": text} if name == "platform.yaml" else {}
    for each, written in {**sound, **platform, name: text}.items():
        (folder / each).write_bytes(written.encode(errors="replace"))
    with within():
        found = _found(folder, {"RECONCILER_PLATFORM": str(folder / "platform.yaml")} if platform else {})
        said = describe_diagnostics(found)
        write_failure_annotations(InvalidManifests(found))
        json.dumps(
            [[DIAGNOSTIC.write(each) for each in found], write_failure_sarif(InvalidManifests(found), "1")]
        ).encode()
    assert len(found) <= MOST + 2 and all(each.detail and each.hint for each in found)
    assert len(said) < 200_000
    assert said.replace("\n", "").isprintable()


def _found(folder: Path, variables: dict[str, str]) -> list[Diagnostic]:
    try:
        return list(read_desired(open_workspace(folder, None, variables, env="prod")).diagnostics)
    except InvalidManifests as fault:
        return list(fault.diagnostics)
    except UserError as fault:
        assert fault.summary and fault.detail and fault.hint
        return []


@drawn(40)
@given(text=texts())
@example("a: |1\n  b\n")
def test_fmt_gives_back_what_a_file_means(text: str) -> None:
    with within():
        made, faults = format_manifest(text, "a.yaml", REGISTRY)
        again, _ = format_manifest(made, "a.yaml", REGISTRY)
    assert again == made
    before, found = read_documents(text.replace("\r\n", "\n"), "a.yaml")
    assert faults == found
    assert [each.data for each in read_documents(made, "a.yaml")[0]] == [each.data for each in before]


@drawn(25)
@given(content=st.binary(max_size=200), at=st.integers(0, 200))
def test_any_bytes_are_read_or_refused(folder: Path, content: bytes, at: int) -> None:
    (folder / "reconciler.yaml").write_text(dedent(PROJECT))
    (folder / "acknowledgements.yaml").unlink(missing_ok=True)
    (folder / "manifests/a.yaml").write_bytes(GROUP.encode()[:at] + content + GROUP.encode()[at:])
    with within():
        assert all(each.place.line >= 1 and each.hint for each in _found(folder, {}))
