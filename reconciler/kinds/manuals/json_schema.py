"""The JSON Schema (draft-07) of a spec, from its model, and of whole documents: a manifest, an overlay, the project file.

Draft-07 is the newest that yaml-language-server, and with it most editors, support. Nothing is referenced (`$ref`): what
holds for a field stands at the field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from reconciler.kinds.fields.forms import Form
from reconciler.kinds.fields.spec import OTHERWISE, plain
from reconciler.kinds.protocol.kind import AnyKind
from reconciler.kinds.reading.decode import API_VERSION, OUTSIDE, MetadataFields

DIALECT = "http://json-schema.org/draft-07/schema#"

VARIABLE = r"\$\{vars\.[^{}]+\}"


class _Generator(GenerateJsonSchema):
    """Pydantic's generator with our defaults, and without titles and descriptions that are meant for developers."""

    def encode_default(self, dft: Any) -> Any:
        return plain(dft)

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        written = super().model_schema(schema)
        return {key: value for key, value in written.items() if key not in ("title", "description")}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        written = super().dict_schema(schema)
        return {**written, "additionalProperties": False} if "patternProperties" in written else written

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return _or_nothing(self.generate_inner(schema["schema"]))


def schema_of(model: type[BaseModel]) -> Form:
    """The schema of the model with every reference replaced by what it refers to. May hold `OTHERWISE`: see `published`."""
    written = model.model_json_schema(by_alias=True, schema_generator=_Generator)
    found: Form = _inline(written, written.pop("$defs", {}))
    return found


def mapped(schema: Form, change: Callable[[Form], Form]) -> Form:
    """The schema with every schema inside it changed, innermost first, and itself."""
    made = dict(schema)
    for key in ("properties", "patternProperties"):
        if key in schema:
            made[key] = {name: mapped(inner, change) for name, inner in schema[key].items()}
    for key in ("anyOf", "allOf"):
        if key in schema:
            made[key] = [mapped(inner, change) for inner in schema[key]]
    for key in ("items", "additionalProperties", "then", "else"):
        if isinstance(schema.get(key), Mapping):
            made[key] = mapped(schema[key], change)
    return change(made)


def published(schema: Form) -> Form:
    """One that editors read: what holds where a field is left out stands in its description, if the default does not say it."""
    said = {key: value for key, value in schema.items() if key != OTHERWISE}
    if OTHERWISE in schema:
        said["description"] = f"{schema['description']} Left out: {schema[OTHERWISE]}."
    if said.get("default", 0) in (None, "") or isinstance(said.get("default"), dict | list):
        del said["default"]  # an editor would offer it as what to write
    return said


def with_variables(schema: Form) -> Form:
    """The schema of a value that ``${vars.NAME}`` may stand for: alone of any type, or inside a longer text."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], _VARIABLE]}
    if "enum" in schema or "const" in schema:
        about: Form = {key: schema[key] for key in ("title", "description", "default", OTHERWISE) if key in schema}
        return {**about, "anyOf": [{k: v for k, v in schema.items() if k not in about}, _VARIABLE]}
    types = schema.get("type")
    if types is None:
        return schema
    texts = types == "string" or "string" in types
    if texts and "pattern" not in schema:
        return schema
    pattern = f"(?:{schema['pattern']})|{VARIABLE}" if texts else f"^{VARIABLE}$"
    listed = [types] if isinstance(types, str) else list(types)
    made = {**schema, "type": types if texts else [*listed, "string"], "pattern": pattern}
    said = f"Expects {_ARTICLE.get(listed[0], listed[0])}, not text."
    return made if texts else {"patternErrorMessage": said, **made}


_VARIABLE: Form = {"title": "variable", "type": "string", "pattern": f"^{VARIABLE}$"}

_ARTICLE = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def partial(schema: Form) -> Form:
    """The schema of what an overlay says of such a value: all may be left out or be nothing, named items removed."""
    made = {key: value for key, value in schema.items() if key not in _WHOLE}
    properties = made.get("items", {}).get("properties", {})
    if "name" in properties:
        made["items"] = {**made["items"], "properties": {**properties, "remove": _REMOVAL}}
    return _or_nothing(made)


_WHOLE = ("required", "default", "minItems", "maxItems", "minProperties", "if", "then", "else")
"""Keywords that hold for a whole document alone."""

_REMOVAL: Form = {"const": True, "description": "Removes the item of this name from the list."}


def _or_nothing(schema: Form) -> Form:
    """The schema, and null."""
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None], **_with_null(schema)}
    if "anyOf" in schema:
        alone = any(_takes_nothing(inner) for inner in schema["anyOf"])
        return schema if alone else {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    if "type" in schema:
        return {**schema, **_with_null(schema)}
    return {"anyOf": [schema, {"type": "null"}]} if schema else schema


def _takes_nothing(schema: Form) -> bool:
    return "null" in (schema.get("type") or ())


def _with_null(schema: Form) -> Form:
    types = schema.get("type")
    if types is None or _takes_nothing(schema):
        return {}
    return {"type": [*([types] if isinstance(types, str) else types), "null"]}


def _inline(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inline(item, definitions) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    rest = {key: _inline(value, definitions) for key, value in schema.items() if key != "$ref"}
    if "$ref" not in schema:
        return rest
    return {**_inline(definitions[schema["$ref"].rpartition("/")[2]], definitions), **rest}


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
