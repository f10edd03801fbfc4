"""``explain``: what a kind, a shared type or a field is for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.kinds.fields.forms import SHARED, Form
from reconciler.kinds.fields.spec import Spec
from reconciler.kinds.manuals.field_manuals import field_manuals, type_words
from reconciler.kinds.manuals.json_schema import schema_of, summary
from reconciler.kinds.project.spec import ProjectFileSpec, ProjectSpec
from reconciler.kinds.protocol.kind import AnyKind
from reconciler.kinds.reading.decode import MetadataFields
from reconciler.model.configuration.manual import Contents, FieldManual, Manual
from reconciler.model.errors import NotFound
from reconciler.model.suggestion import list_words, suggest_name
from reconciler.model.wording import Act, Do, Sentence

METADATA = "metadata"
_METADATA_TEXT = "What every resource has under `metadata`, besides apiVersion, kind and spec."


def list_contents(registry: Mapping[str, AnyKind]) -> Contents:
    """Everything that can be explained."""
    types = [(name, _first_sentence(form["description"])) for name, form in SHARED.items()]
    return Contents(
        tuple((kind.name, summary(kind)) for kind in registry.values()),
        ((METADATA, "What every resource has: name, title, labels and more."), *types),
    )


def explain(word: str, registry: Mapping[str, AnyKind]) -> Manual:
    """The manual of ``KIND``, ``KIND.field.field``, ``Kind/name`` or a shared type; the case of the first word does not matter.

    Raises `NotFound` for what there is not, with what may have been meant.
    """
    subject, *path = re.sub(r"\[[^\]]*\]", "", word).split(".")
    asked, slash, name = subject.partition("/")
    known = {each.lower(): each for each in (*registry, *SHARED, METADATA)}
    if asked.lower() not in known:
        hint = suggest_name(asked, known.values(), f"There is {list_words(known.values())}.")
        raise NotFound("Nothing to explain", f"There is no kind and no type “{asked}”.", hint)
    found = known[asked.lower()]
    if found in SHARED:
        return _type(found, SHARED[found], path)
    note = _note(found, name) if slash else ""
    text = registry[found].manual.strip() if found in registry else _METADATA_TEXT
    fields = field_manuals(schema_of(_model(found, registry)))
    if path[:1] == ["spec"]:
        path = path[1:]
    if found in registry and path[:1] == [METADATA]:
        found, fields, path = METADATA, field_manuals(schema_of(MetadataFields)), path[1:]
        text = _METADATA_TEXT
    return _field(found, path, fields) if path else Manual(found, text, fields, note=note)


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=\w\.) ", text)[0]


def _model(name: str, registry: Mapping[str, AnyKind]) -> type[Spec]:
    if name == METADATA:
        return MetadataFields
    return ProjectFileSpec if name == ProjectSpec.KIND else registry[name].spec


def list_subjects(incomplete: str, registry: Mapping[str, AnyKind]) -> list[str]:
    """What can be explained and begins so: kinds and types, after a dot the fields below."""
    parent, dot, last = incomplete.rpartition(".")
    if not dot:
        return sorted(name for name in (*registry, *SHARED, METADATA) if name.startswith(last))
    try:
        fields = explain(parent, registry).fields
    except NotFound:
        return []
    return sorted(f"{parent}.{field.name}" for field in fields if field.name.startswith(last))


def _type(name: str, form: Form, path: list[str]) -> Manual:
    if path:
        raise NotFound("Nothing to explain", f"{name} is a type and has no fields.", f"Ask for: explain {name}")
    field = FieldManual(name, type_words(form), form["description"], examples=tuple(form.get("examples", ())))
    return Manual(name, "", field=field)


def _field(subject: str, path: list[str], fields: tuple[FieldManual, ...]) -> Manual:
    """The field at the path. NAME stands for any name of a map, as in ``fields.NAME.type``."""
    at = subject
    found: FieldManual | None = None
    for step in path:
        if step in ("NAME", "*") and found:
            continue
        named = {field.name.lower(): field for field in fields}
        if step.lower() not in named:
            names = [field.name for field in fields]
            known = f"It has {list_words(names)}." if names else f"It holds no fields; ask for: explain {at}"
            raise NotFound("Unknown field", f"{at} has no field “{step}”.", suggest_name(step, names, known))
        found = named[step.lower()]
        at, fields = f"{at}.{found.name}", found.fields
    assert found is not None
    return Manual(at, "", found.fields, found)


def _note(kind: str, name: str) -> str:
    one = f"{kind}/{name}"
    return Sentence(
        f"{one} is one resource of this kind: `",
        Do(Act.SHOW, one),
        "` prints what was applied, `",
        Do(Act.WHY, one),
        "` where each value comes from.",
    )
