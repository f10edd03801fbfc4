"""Values for a field, from its JSON Schema alone: a new field needs no word here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from reconciler.kinds.fields.forms import Form

TEXTS = st.sampled_from(
    [
        "Other words",
        "née Zoë",
        "a & <b>",
        "`code` | *stars* _under_",
        "{{ run.id }}",
        "{{ request.subject }}",
        "",
        "12",
        "@all",
        "::x",
    ]
)
KEYS = ("team", "contact", "amount", "fresh", "it")
"""Names for the fields of a map, some of them taken already."""


def values(schema: Form, names: Mapping[str, list[str]]) -> st.SearchStrategy[Any]:
    """Mostly what the schema allows. ``names``: what there is to name, by the title of a form (``name``, ``path``)."""
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from([each for each in schema["enum"] if each is not None])
    if "anyOf" in schema:
        return st.one_of([values(each, names) for each in schema["anyOf"] if each.get("type") != "null"])
    kinds = schema.get("type", "string")
    wanted = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind != "null"]
    return st.one_of([_typed(kind, schema, names) for kind in wanted])


def _typed(kind: str, schema: Form, names: Mapping[str, list[str]]) -> st.SearchStrategy[Any]:
    if kind == "object":
        return _mapping(schema, names)
    if kind == "array":
        items = values(schema.get("items", {}), names)
        return st.lists(items, min_size=schema.get("minItems", 0), max_size=schema.get("maxItems", 3))
    if kind == "boolean":
        return st.booleans()
    if kind in ("integer", "number"):
        return st.integers(schema.get("minimum", 0), min(schema.get("maximum", 60), 60))
    return _text(schema, names)


def _mapping(schema: Form, names: Mapping[str, list[str]]) -> st.SearchStrategy[Any]:
    """The required fields and some others; of a map by any key a few."""
    if "properties" not in schema:
        inner = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties")]
        each = next((form for form in inner if isinstance(form, Mapping)), {})
        return st.dictionaries(st.sampled_from(KEYS), values(each, names), max_size=2)
    fields = {name: values(form, names) for name, form in schema["properties"].items()}
    required = schema.get("required", [])
    optional = {name: drawn for name, drawn in fields.items() if name not in required}
    return st.fixed_dictionaries({name: fields[name] for name in required}, optional=optional)


def _text(schema: Form, names: Mapping[str, list[str]]) -> st.SearchStrategy[str]:
    known = names.get(schema.get("title", ""), [])
    examples = [each for each in schema.get("examples", []) if isinstance(each, str)]
    if known or examples:
        return st.sampled_from([*known, *examples])
    return TEXTS if "pattern" not in schema or len(schema["pattern"]) > 40 else st.from_regex(schema["pattern"])
