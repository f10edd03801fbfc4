"""JSON Schemas of whole documents: a manifest of any kind or of one, an overlay, the project file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import BaseModel

from reconciler.kinds.fields.forms import Form
from reconciler.kinds.manuals.json_schema import DIALECT, mapped, partial, published, schema_of, with_variables
from reconciler.kinds.protocol.kind import AnyKind
from reconciler.kinds.reading.decode import API_VERSION, OUTSIDE, MetadataFields

Registry = Mapping[str, AnyKind]

Change = Callable[[Form], Form]


def manifest_schema(registry: Registry) -> Form:
    """A document of any kind. What stands under `spec` depends on `kind`, so that a fault is told of the kind that is meant."""
    kinds = _list_manifest_kinds(registry)
    branches = [_branch(kind, _spec(kind)) for kind in kinds.values()]
    return {**_document("A manifest of reconciler", _kind_names(kinds), with_variables, branches), **_OR_EMPTY}


def kind_schema(kind: AnyKind) -> Form:
    """A document of one kind, which manifests may hold."""
    named = f"A manifest of kind {kind.name}"
    return {**_document(named, _constant(kind), with_variables, [], {"spec": _spec(kind)}), **_OR_EMPTY}


def overlay_schema(registry: Registry) -> Form:
    """A partial document of any kind: it names what it changes, and says what differs."""
    kinds = _list_manifest_kinds(registry)
    branches = [_branch(kind, mapped(_spec(kind), partial)) for kind in kinds.values()]
    made = _document("An overlay of reconciler", _kind_names(kinds), with_variables, branches)
    metadata = {**mapped(_metadata(), partial), "required": ["name"]}
    made["properties"]["metadata"] = _write(metadata, with_variables)
    return {**made, "required": ["kind", "metadata"], **_OR_EMPTY}


_OR_EMPTY: Form = {"type": ["object", "null"]}
"""A document that says nothing is none: it stands behind the last `---` of a file."""


def project_schema(model: type[BaseModel]) -> Form:
    """The file reconciler.yaml, whose spec is one of ``model``. In an environment a null restores what the file itself says."""
    spec = {**schema_of(model), "description": "Where things are, and what holds for all of them."}
    environments = spec["properties"]["environments"]
    environments["patternProperties"] = {
        pattern: {**mapped(inner, partial), "type": "object", "required": ["mail"]}
        for pattern, inner in environments["patternProperties"].items()
    }
    kind = {"const": OUTSIDE, "description": "The project file."}
    return _document("The project file of reconciler", kind, lambda schema: schema, [], {"spec": spec})


def _document(
    title: str, kind: Form, change: Change, branches: list[Form], properties: Mapping[str, Form] | None = None
) -> Form:
    inner = {
        "metadata": _metadata(),
        **(properties or {"spec": {"description": "What the kind says.", "type": "object"}}),
    }
    written = {name: _write(schema, change) for name, schema in inner.items()}
    version = {"const": API_VERSION, "description": "The version of the format.", "default": API_VERSION}
    made: Form = {
        "$schema": DIALECT,
        "title": title,
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {"apiVersion": version, "kind": kind, **written},
        "additionalProperties": False,
    }
    if branches:
        made["allOf"] = branches
    return made


def _metadata() -> Form:
    return {**schema_of(MetadataFields), "description": "What the resource is called."}


def _branch(kind: AnyKind, spec: Form) -> Form:
    chosen = {"properties": {"kind": {"const": kind.name}}, "required": ["kind"]}
    return {"if": chosen, "then": {"properties": {"spec": _write(spec, with_variables)}}}


def _write(part: Form, change: Change) -> Form:
    """A part of a document as it is written: what is in it may be a variable, the part itself is a mapping."""
    made = mapped(mapped(part, change), published)
    return {key: value for key, value in made.items() if not key.startswith("pattern")} | {"type": "object"}


def _spec(kind: AnyKind) -> Form:
    return {**schema_of(kind.spec), "description": summary(kind)}


def summary(kind: AnyKind) -> str:
    """What the kind is, in one sentence: the first line of its manual, without its name."""
    text = " ".join(kind.manual.strip().partition("\n\n")[0].split()).partition(": ")[2]
    return text[:1].upper() + text[1:]


def _list_manifest_kinds(registry: Registry) -> dict[str, AnyKind]:
    return {name: kind for name, kind in registry.items() if name != OUTSIDE}


def _kind_names(kinds: Registry) -> Form:
    said = "\n\n".join(f"{name}: {summary(kind)}" for name, kind in kinds.items())
    return {"enum": list(kinds), "description": f"What the document declares.\n\n{said}"}


def _constant(kind: AnyKind) -> Form:
    return {"const": kind.name, "description": summary(kind)}
