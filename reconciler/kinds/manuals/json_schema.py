"""The JSON Schema (draft-07) of a spec, from its model: field types, defaults, bounds and descriptions.

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
