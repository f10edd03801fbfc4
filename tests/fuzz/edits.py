"""Everyday edits of a company's project, drawn: of any field of any kind, of resources, of templates.

Each takes the `Company` as it is and changes it in place; what it did is noted in words, for whoever reads a failure.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from reconciler.kinds.fields.forms import Form
from reconciler.kinds.manuals.json_schema import project_schema, schema_of
from reconciler.kinds.project.spec import ProjectFileSpec
from reconciler.kinds.reading.decode import MetadataFields
from reconciler.kinds.registry import REGISTRY
from tests.fuzz.company import Company
from tests.fuzz.values import KEYS, values
from tests.support.manifests import Document

Draw = st.DrawFn
Edit = Callable[[Draw, Company], str]

METADATA = schema_of(MetadataFields)
SPECS = {name: schema_of(kind.spec) for name, kind in REGISTRY.items() if name != "Project"}
PROJECT = project_schema(ProjectFileSpec)["properties"]["spec"]


@st.composite
def edited(draw: Draw, company: Company, most: int = 3) -> tuple[Company, list[str]]:
    """The company after one to ``most`` edits, and what they were."""
    made = copy.deepcopy(company)
    return made, [draw(st.sampled_from(EDITS))(draw, made) for _ in range(draw(st.integers(1, most)))]


def change_field(draw: Draw, company: Company) -> str:
    """Of a resource: set, changed, removed; of a list and a map an item more, less, moved, renamed."""
    found = draw(st.sampled_from(list(company.documents())))
    return f"{_address(found)}: {_changed(draw, found, 'spec', SPECS[found['kind']], company)}"


def change_metadata(draw: Draw, company: Company) -> str:
    """Everything but the names, which other resources know."""
    found = draw(st.sampled_from(list(company.documents())))
    names = {key: found["metadata"].pop(key) for key in ("name", "renamedFrom") if key in found["metadata"]}
    rest = {key: form for key, form in METADATA["properties"].items() if key not in ("name", "renamedFrom")}
    said = _changed(draw, found, "metadata", {"properties": rest}, company)
    found["metadata"] = {**names, **found["metadata"]}
    return f"{_address(found)}: {said}"


def change_project(draw: Draw, company: Company) -> str:
    """Any key of the project file, in an environment too."""
    return f"reconciler.yaml: {_changed(draw, company.project, 'spec', PROJECT, company)}"


def change_overlay(draw: Draw, company: Company) -> str:
    """What an overlay says of a resource."""
    found = draw(st.sampled_from([each for documents in company.overlays.values() for each in documents]))
    return f"overlay of {_address(found)}: {_changed(draw, found, 'spec', SPECS[found['kind']], company)}"


def remove_resource(draw: Draw, company: Company) -> str:
    """With everything that names it left as it is: mostly an unknown reference."""
    documents, index = _place(draw, company)
    return f"remove {_address(documents.pop(index))}"


def add_resource(draw: Draw, company: Company) -> str:
    """A copy of another, under a new name."""
    documents, index = _place(draw, company)
    made = copy.deepcopy(documents[index])
    made["metadata"]["name"] += draw(st.sampled_from(["-two", "-copy"]))
    documents.insert(draw(st.integers(0, len(documents))), made)
    return f"add {_address(made)}"


def rename_resource(draw: Draw, company: Company) -> str:
    """Where it is named too, or not; said to be a rename, or not."""
    documents, index = _place(draw, company)
    found, told = documents[index], draw(st.booleans())
    old = found["metadata"]["name"]
    new = f"{old}-new"
    if draw(st.integers(0, 3)):
        for each in company.documents():
            each["spec"] = _replaced(each["spec"], old, new)
    found["metadata"]["name"] = new
    if told:
        found["metadata"]["renamedFrom"] = old
    return f"rename {found['kind']}/{old} to {new}{', told' if told else ''}"


def exchange_specs(draw: Draw, company: Company) -> str:
    """Two resources of one kind, each with what the other was."""
    one = draw(st.sampled_from(list(company.documents())))
    other = draw(st.sampled_from([each for each in company.documents() if each["kind"] == one["kind"]]))
    one["spec"], other["spec"] = other["spec"], one["spec"]
    return f"exchange {_address(one)} and {_address(other)}"


def reorder_resources(draw: Draw, company: Company) -> str:
    """A resource moves to another file, all files are turned around."""
    documents, index = _place(draw, company)
    moved = documents.pop(index)
    for name in company.files:
        company.files[name] = company.files[name][::-1]
    company.files.setdefault("moved.yaml", []).append(moved)
    return f"move {_address(moved)} to a file of its own"


def change_template(draw: Draw, company: Company) -> str:
    """A line more, less, or turned into other words."""
    name = _template(draw, company)
    lines = company.templates[name].splitlines(keepends=True)
    at = draw(st.integers(0, max(0, len(lines) - 1)))
    fresh = draw(
        st.sampled_from(["Other words.\n", "{{ language }}\n", "{% if environment %}x{% endif %}\n", "{{ oops\n", ""])
    )
    lines[at : at + draw(st.integers(0, 1))] = [fresh]
    company.templates[name] = "".join(lines)
    return f"line {at + 1} of {name}: {fresh!r}"


def exchange_templates(draw: Draw, company: Company) -> str:
    """Two files, each with the other's words."""
    one, other = _template(draw, company), _template(draw, company)
    company.templates[one], company.templates[other] = company.templates[other], company.templates[one]
    return f"exchange the texts of {one} and {other}"


def exchange_body(draw: Draw, company: Company) -> str:
    """A task's only template for another one, of the same part or of the other."""
    task = draw(st.sampled_from([each for each in company.documents() if each["kind"] == "EmailTask"]))
    task["spec"]["body"] = {draw(st.sampled_from(["html", "text"])): _template(draw, company)}
    return f"{_address(task)}: body {task['spec']['body']}"


def rename_template(draw: Draw, company: Company) -> str:
    """The file, and every line that names it."""
    old = _template(draw, company)
    new = f"renamed/{old}"
    company.templates = {
        new if name == old else name: text.replace(old, new) for name, text in company.templates.items()
    }
    for each in company.documents():
        each["spec"] = _replaced(each["spec"], old, new)
    return f"rename the template {old}"


def remove_template(draw: Draw, company: Company) -> str:
    """The file alone."""
    name = _template(draw, company)
    del company.templates[name]
    return f"remove the template {name}"


def add_template(draw: Draw, company: Company) -> str:
    """One that nothing uses: no change."""
    company.templates["fresh.txt.j2"] = "Fresh.\n"
    return "add a template"


EDITS: tuple[Edit, ...] = (
    *[change_field] * 8,
    *[change_metadata] * 2,
    *[change_project] * 3,
    change_overlay,
    remove_resource,
    add_resource,
    rename_resource,
    exchange_specs,
    reorder_resources,
    *[change_template] * 3,
    exchange_templates,
    *[exchange_body] * 2,
    rename_template,
    remove_template,
    add_template,
)


def _changed(draw: Draw, holder: Any, key: Any, schema: Form, company: Company) -> str:
    """Change something at or below ``holder[key]``, which the schema describes."""
    value, inner = holder[key] if isinstance(holder, list) else holder.get(key), _for_mapping(schema)
    if isinstance(value, dict) and inner and (key in ("spec", "metadata") or draw(st.integers(0, 3))):
        if len(value) > 1 and not draw(st.integers(0, 9)):
            holder[key] = dict(reversed(value.items()))
            return f"{key} turned around"
        chosen = draw(st.sampled_from(sorted({*inner.get("properties", KEYS), *value})))
        form = inner.get("properties", {}).get(chosen) or next(iter(inner.get("patternProperties", {}).values()), {})
        return f"{key}.{_changed(draw, value, chosen, form, company)}"
    if isinstance(value, list) and value and draw(st.booleans()):
        if draw(st.booleans()):
            return f"{key}: {_reordered(draw, value)}"
        return f"{key}.{_changed(draw, value, draw(st.integers(0, len(value) - 1)), _for_item(schema), company)}"
    if value is not None and draw(st.booleans()):
        del holder[key]
        return f"{key} removed"
    if isinstance(value, str) and draw(st.booleans()):
        holder[key] = value + "x"
        return f"{key} = {holder[key]!r}"
    names = {"name": company.names(), "path": [*company.templates, "certs/other.pem", "nowhere"], **_WORDS}
    holder[key] = copy.deepcopy(draw(values(schema, names)))
    return f"{key} = {holder[key]!r}"


_WORDS = {
    "server URI": ["smtp://mail.example.org", "smtps://mail.example.com:4465"],
    "address": ["new@example.com", "New One <new.one@example.net>"],
    "bare address": ["new@example.com"],
    "host name": ["other.example.com", "[192.0.2.7]"],
    "time zone": ["UTC", "Asia/Karachi"],
    "language tag": ["de", "pt-BR"],
    "state URL": ["sqlite:elsewhere/state.db"],
}


def _for_mapping(schema: Form) -> Form:
    """The part of the schema that describes a mapping."""
    if "properties" in schema or "patternProperties" in schema:
        return schema
    return next((found for each in schema.get("anyOf", []) if (found := _for_mapping(each))), {})


def _for_item(schema: Form) -> Form:
    """The part of the schema that describes the items of a list."""
    if isinstance(schema.get("items"), dict):
        return dict(schema["items"])
    return next((found for each in schema.get("anyOf", []) if (found := _for_item(each))), {})


def _reordered(draw: Draw, items: list[Any]) -> str:
    at = draw(st.integers(0, len(items) - 1))
    how = draw(st.sampled_from(["twice", "gone", "first", "turned"]))
    match how:
        case "twice":
            items.append(copy.deepcopy(items[at]))
        case "gone":
            del items[at]
        case "first":
            items.insert(0, items.pop(at))
        case _:
            items.reverse()
    return f"item {at} {how}"


def _replaced(value: Any, old: str, new: str) -> Any:
    """The value with every text that is the old name being the new one."""
    if isinstance(value, dict):
        return {key: _replaced(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, old, new) for item in value]
    return new if value == old else value


def _place(draw: Draw, company: Company) -> tuple[list[Document], int]:
    documents = draw(st.sampled_from([each for each in company.files.values() if each]))
    return documents, draw(st.integers(0, len(documents) - 1))


def _template(draw: Draw, company: Company) -> str:
    return draw(st.sampled_from(sorted(company.templates)))


def _address(found: Document) -> str:
    return f"{found['kind']}/{found['metadata']['name']}"


def users(company: Company) -> dict[str, set[str]]:
    """By template, the addresses of the tasks whose mail is made of it, through others too."""
    within = {
        name: {other for other in company.templates if f'"{other}"' in text} for name, text in company.templates.items()
    }
    found: dict[str, set[str]] = {}
    for each in company.documents():
        body = each["spec"].get("body")
        waiting = [name for name in body.values() if isinstance(name, str)] if isinstance(body, dict) else []
        while waiting:
            name = waiting.pop()
            if _address(each) not in found.setdefault(name, set()):
                found[name].add(_address(each))
                waiting += within.get(name, ())
    return found
