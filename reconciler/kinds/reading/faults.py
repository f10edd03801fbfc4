"""Faults of a value: how our validators say them, and how pydantic's own are put into our words.

A validator raises `fault(...)`. `findings` turns a whole `ValidationError` into findings: pydantic's own errors through
the table below, so that none of its texts and no input value ever reaches a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from reconciler.kinds.protocol.answers import Finding
from reconciler.model.configuration.resource import Path
from reconciler.model.diagnostic import MOST_OF_A_FILE
from reconciler.model.suggestion import find_nearest, suggest_name

WRONG_TYPE = "Wrong type"
INVALID = "Invalid value"
UNKNOWN_FIELD = "Unknown field"
UNKNOWN_REFERENCE = "Unknown reference"
MISSING_FIELD = "Missing field"
EMPTY = "Empty list"

_OURS = "reconciler"
_MANY = "reconciler_many"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of the value under validation, or of something inside it at ``at``.

    ``detail`` goes on after the field's path: ``is not a number`` becomes "spec.limits.connections is not a number."
    ``whole`` means that the detail is a sentence already.
    """

    summary: str
    detail: str
    hint: str = ""
    at: Path = ()
    whole: bool = False


def fault(summary: str, detail: str, hint: str = "", at: Path = ()) -> PydanticCustomError:
    """The exception a validator raises for one fault; see `Fault`."""
    return PydanticCustomError(_OURS, "{summary}", {"summary": summary, "fault": Fault(summary, detail, hint, at)})


def faults(found: list[Fault]) -> PydanticCustomError:
    """The exception a validator raises for several faults of one value."""
    return PydanticCustomError(_MANY, "several faults", {"faults": tuple(found)})


def enough(found: list[Fault], left: int) -> bool:
    """Whether so many faults of one list were found that its other items need not be looked at; then that is said too."""
    if len(found) < MOST_OF_A_FILE or not left:
        return False
    found.append(Fault(INVALID, f"has {left:,} more items, which were not looked at", "Correct those above first."))
    return True


def wrong_type(expected: str, found: object, hint: str = "") -> PydanticCustomError:
    """The exception for a value of another type; of ``found`` only the type is told."""
    return fault(WRONG_TYPE, f"expects {expected}, found {described(found)}", hint or _remedy(expected, found))


def blank(name: str, hint: str) -> Finding:
    """The finding for a text of the spec that is none."""
    return Finding(("spec", name), INVALID, f"spec.{name} holds nothing but blanks.", hint)


def findings(error: ValidationError, model: type[BaseModel], prefix: Path, most: int) -> Iterator[tuple[Finding, bool]]:
    """The faults in the first ``most`` items of the error, and for each whether it is the key at its path that is wrong.

    ``prefix`` is where the model stands in the document. A field that is missing because its name is misspelt is told
    once, as the misspelling.
    """
    items = error.errors(include_url=False)[:most]
    meant = {_meant(item["loc"], model) for item in items if item["type"] == "extra_forbidden"}
    for item in items:
        if item["type"] == "missing" and item["loc"] in meant:
            continue
        at_key = item["loc"][-1:] == ("[key]",)
        path = prefix + tuple(part for part in item["loc"] if part != "[key]")
        for found in _faults_of(item, model):
            at = path + found.at
            detail = found.detail if found.whole else f"{path_text(at)} {found.detail}."
            yield Finding(at, found.summary, detail, found.hint), at_key or found.summary == UNKNOWN_FIELD


def path_text(path: Path) -> str:
    """``spec.stages[0].quorum``: a path as people read it."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the document"


def described(value: object) -> str:
    """The type of a value in plain words, never the value."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int):
        return "a whole number"
    if isinstance(value, Decimal):
        return "a number with a fraction"
    return "a mapping" if isinstance(value, Mapping) else "a list"


def _remedy(expected: str, found: object) -> str:
    if found is None:
        return "Write a value, or remove the line."
    if expected.startswith("text") and isinstance(found, bool | int | Decimal):
        return "Write it in quotes."
    if expected.startswith("true or false") and isinstance(found, str):
        return "Write true or false, without quotes; yes, no, on and off are text."
    if "number" in expected and isinstance(found, str) and found.strip().isdigit():
        return "Write the number without quotes."
    if expected == "a mapping":
        return "Write it as a mapping: { … }."
    return f"Write {expected}."


def _faults_of(item: ErrorDetails, model: type[BaseModel]) -> tuple[Fault, ...]:
    kind, context = item["type"], item.get("ctx", {})
    if kind == _OURS:
        return (context["fault"],)
    if kind == _MANY:
        faults_: tuple[Fault, ...] = context["faults"]
        return faults_
    if kind == "extra_forbidden":
        return (_unknown(item["loc"], model),)
    if kind == "missing":
        name = str(item["loc"][-1])
        return (Fault(MISSING_FIELD, f'"{name}" is required here.', f"Add {name}: …", whole=True),)
    if kind in _EXPECTED:
        expected, found = _EXPECTED[kind], item["input"]
        detail = f"expects {expected}, found {described(found)}"
        return (Fault(WRONG_TYPE, detail, _remedy(expected, found)),)
    if kind in _BOUNDS:
        bound = next(iter(context.values()))
        least = kind == "greater_than_equal"
        return (Fault(INVALID, f"must be {_BOUNDS[kind]} {bound}", f"Write {bound} or {'more' if least else 'less'}."),)
    return (Fault(INVALID, "does not have the expected form", "Compare it with docs/kinds.md."),)


_EXPECTED = {
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "invalid_key": "text as the name of every field",
}

_BOUNDS = {"greater_than_equal": "at least", "less_than_equal": "at most"}


def _meant(loc: Path, model: type[BaseModel]) -> Path:
    """Where the field stands that an unknown one was meant to be; nowhere in any document when nothing is near."""
    return (*loc[:-1], find_nearest(str(loc[-1]), _know(loc[:-1], model)) or -1)


def _know(loc: Path, model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in _model_at(model, loc).model_fields.items()]


def _unknown(loc: Path, model: type[BaseModel]) -> Fault:
    known, name = _know(loc[:-1], model), str(loc[-1])
    hint = suggest_name(name, known, f"Known here: {', '.join(known)}.")
    return Fault(UNKNOWN_FIELD, f'There is no field "{name}" here.', hint, whole=True)


def _model_at(model: type[BaseModel], loc: Path) -> type[BaseModel]:
    """The model whose fields stand at ``loc``; keys of free mappings and list indexes lead no further."""
    for part in loc:
        for name, field in model.model_fields.items():
            if part == (field.alias or name):
                model = _inner([field.annotation, *field.metadata]) or model
    return model


def _inner(parts: list[Any]) -> type[BaseModel] | None:
    for part in parts:
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
        found = getattr(part, "model", None) or _inner(list(get_args(part)))
        if found is not None:
            inner: type[BaseModel] = found
            return inner
    return None
