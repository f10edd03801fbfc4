"""The published schemas and the decoder agree on what a manifest may look like."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds.manuals.json_schema import kind_schema, manifest_schema, overlay_schema, project_schema
from reconciler.kinds.project.spec import ProjectFileSpec
from reconciler.kinds.reading.decode import read_world
from reconciler.kinds.registry import REGISTRY
from reconciler.model.configuration.resource import Document
from reconciler.sources.yaml.documents import read_documents
from tests.kinds.generated import RESOURCES

REPOSITORY = Path(__file__).resolve().parents[2]
CASES = Path(__file__).parent / "cases"
SCHEMAS = {
    "manifest": manifest_schema(REGISTRY),
    "overlay": overlay_schema(REGISTRY),
    "project": project_schema(ProjectFileSpec),
    **{name: kind_schema(kind) for name, kind in REGISTRY.items() if name != "Project"},
}
VALIDATORS = {name: jsonschema.Draft7Validator(schema) for name, schema in SCHEMAS.items()}
MANIFEST, OVERLAY, PROJECT = (VALIDATORS[name] for name in ("manifest", "overlay", "project"))

SHAPE = {"Wrong type", "Unknown field", "Missing field", "Unknown kind", "Unknown version", "Not a manifest", "Empty list",
         "Literal secret", "Too many stages", "Password in a URI", "Path outside the folder", "Line break in a header",
         "Invalid duration"}  # fmt: skip
"""Faults of what a document looks like; the others take knowledge of values, or of other documents."""


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMAS[name])
    assert json.loads(json.dumps(SCHEMAS[name])) == SCHEMAS[name]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_is_described(name: str) -> None:
    fields = list(_fields(SCHEMAS[name]))
    assert len(fields) > 5
    assert [path for path, schema in fields if not schema.get("description")] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_editor_is_told_nothing_that_only_we_understand(name: str) -> None:
    text = json.dumps(SCHEMAS[name])
    assert "x-otherwise" not in text and "$ref" not in text and '"default": null' not in text


MANIFESTS = sorted(
    path for folder in (REPOSITORY / "manifests", REPOSITORY / "tests") for path in folder.rglob("*.yaml")
    if "manifests" in path.parts
)  # fmt: skip


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_valid_manifest_fits(path: Path) -> None:
    for document in _documents(path):
        MANIFEST.validate(document.data)
        VALIDATORS[document.data["kind"]].validate(document.data)


def test_manifests_are_found() -> None:
    assert len(MANIFESTS) > 20


@pytest.mark.parametrize("path", sorted(CASES.rglob("*.yaml")), ids=lambda path: str(path.relative_to(CASES)))
def test_what_is_refused_for_its_shape_does_not_fit(path: Path) -> None:
    for document in _documents(path):
        told = _summaries(document)
        if told & SHAPE:
            assert not MANIFEST.is_valid(document.data)


@given(RESOURCES, st.data())
def test_the_decoder_and_the_schema_agree(resource: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    kind, spec = resource
    document = _manifest(kind, _changed(spec, data))
    told = _summaries(Document(document, "m.yaml", {}, {}))
    fits = VALIDATORS[kind].is_valid(document)
    assert fits == MANIFEST.is_valid(document)
    if not told:
        assert fits
    elif told & {"Wrong type", "Unknown field", "Missing field"}:
        assert not fits


SERVER = {"uri": "smtp://mail.example.com", "from": "desk@example.com"}
STAGE = {"approvers": ["rosa@example.com"]}


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("SmtpServer", SERVER | {"limits": {"connections": "${vars.connections}"}, "uri": "smtp://${vars.host}:587"}),
        ("SmtpServer", SERVER | {"tls": {"verify": "${vars.verify}", "mode": "${vars.mode}"}}),
        ("ApprovalProcess", {"stages": [STAGE | {"quorum": "${vars.quorum}", "expireAfter": "${vars.days}d"}]}),
        ("Group", {"members": "${vars.members}"}),
        ("Group", {"members": ["desk@${vars.domain}", "${vars.lead}"]}),
    ],
)
def test_a_variable_may_stand_for_any_value(kind: str, spec: dict[str, Any]) -> None:
    MANIFEST.validate(_manifest(kind, spec))


@pytest.mark.parametrize(
    "limits", [{"connections": "4"}, {"connections": "x${vars.n}"}, {"connections": True}, {"conections": 4}, "none"]
)
def test_other_text_may_not(limits: Any) -> None:
    assert not MANIFEST.is_valid(_manifest("SmtpServer", SERVER | {"limits": limits}))


def test_an_empty_document_is_nothing() -> None:
    assert MANIFEST.is_valid(None) and OVERLAY.is_valid(None) and not PROJECT.is_valid(None)


@pytest.mark.parametrize(
    ("kind", "spec", "fits"),
    [
        ("SmtpServer", {"uri": "smtp://relay.staging.example.com"}, True),
        ("SmtpServer", {"credential": None, "limits": {"connections": None}}, True),
        ("SmtpServer", {"limits": {"conections": 2}}, False),
        ("ApprovalProcess", {"stages": [{"name": "first", "remove": True}]}, True),
        ("ApprovalProcess", {"remove": True}, False),
        ("EmailTask", {"to": ["qa@example.com"]}, True),
    ],
)
def test_an_overlay_says_what_differs(kind: str, spec: dict[str, Any], fits: bool) -> None:
    assert OVERLAY.is_valid(_manifest(kind, spec)) is fits


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        ({}, True),
        ({"environments": {"staging": {"mail": {"deliver": "hold"}, "vars": {"a": [1]}}}}, True),
        ({"environments": {"staging": {"mail": {"deliver": "hold", "subjectPrefix": None}, "owner": None}}}, True),
        ({"environments": {"staging": {}}}, False),
        ({"environments": {"Staging": {"mail": {"deliver": "hold"}}}}, False),
        ({"mail": {"deliver": "nobody"}}, False),
        ({"publicUrl": "https://example.com"}, False),
    ],
)
def test_the_project_file(spec: dict[str, Any], fits: bool) -> None:
    assert PROJECT.is_valid(_manifest("Project", spec)) is fits


def _manifest(kind: str, spec: Any) -> dict[str, Any]:
    return {"apiVersion": "reconciler/v1", "kind": kind, "metadata": {"name": "x"}, "spec": spec}


def _documents(path: Path) -> list[Document]:
    documents, faults = read_documents(path.read_text(encoding="utf-8"), path.name)
    assert not faults
    return documents


def _summaries(document: Document) -> set[str]:
    _, found = read_world([document], REGISTRY)
    other_documents = {"Unknown reference", "No mail server", "No mail server chosen"}
    return {each.summary for each in found if each.severity == "error"} - other_documents


def _changed(spec: dict[str, Any], data: st.DataObject) -> Any:
    """The spec with, perhaps, one thing in it replaced, left out, or added."""
    made = copy.deepcopy(spec)
    holders = list(_holders(made))
    change = data.draw(st.sampled_from(["none", "replace", "remove", "add"]))
    holder = data.draw(st.sampled_from(holders))
    if change == "add" and isinstance(holder, dict):
        holder["nosuch"] = 1
    elif holder and change in ("replace", "remove"):
        key = data.draw(st.sampled_from(list(holder) if isinstance(holder, dict) else list(range(len(holder)))))
        if change == "remove":
            del holder[key]
        else:
            holder[key] = data.draw(st.sampled_from([None, True, 3, "text", [], {}, ["a@example.com"], "5d"]))
    return made


def _holders(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _holders(inner)


def _fields(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property of the schema, but for the conditions of branches."""
    if isinstance(schema, list):
        for item in schema:
            yield from _fields(item, path)
    elif isinstance(schema, dict):
        for name, inner in schema.get("properties", {}).items():
            if "then" not in path or inner.get("type") == "object":
                yield f"{path}/{name}", inner
            yield from _fields(inner, f"{path}/{name}")
        for key in ("items", "patternProperties", "anyOf", "allOf", "then"):
            inner = schema.get(key)
            yield from _fields(list(inner.values()) if key == "patternProperties" and inner else inner, path)
