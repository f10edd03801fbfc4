"""Manuals as text and JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from reconciler.model.configuration.manual import Contents, FieldManual, Manual
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import FORMAT_VERSION
from reconciler.views.writing.layout import Style, facts, wrapped


def contents_text(contents: Contents, *, more: str, colour: bool = False, width: int = 80) -> str:
    """A line for each kind and each type, and how to ask on, which ``more`` says."""
    style = Style(colour)
    lines = [style.mark("Kinds", "bold"), *facts(contents.kinds, width, "  ")]
    lines += ["", style.mark("Types that many fields have", "bold"), *facts(contents.types, width, "  ")]
    return "\n".join([*lines, "", *wrapped(more + " docs/templates.md has the variables of templates.", width)])


def contents_json(contents: Contents) -> dict[str, Any]:
    """``{formatVersion, kinds, types}``, each a list of ``{name, summary}``."""
    kinds, types = ([{"name": n, "summary": said} for n, said in each] for each in (contents.kinds, contents.types))
    return {"formatVersion": FORMAT_VERSION, "kinds": kinds, "types": types}


def manual_text(manual: Manual, *, colour: bool = False, width: int = 80) -> str:
    """The manual, then the fields with type, default and what they mean, deeper ones indented."""
    style = Style(colour)
    lines: list[str] = []
    if manual.field:
        shown = FieldManual(manual.subject, *_facts_of(manual.field))
        lines += _list_field_lines(shown, width, style, "")
        if manual.field.examples:
            lines += ["", f"  Examples: {'   '.join(map(_example, manual.field.examples))}"]
    else:
        lines += _list_paragraphs(manual.text, width)
    if manual.fields:
        lines += ["", style.mark("Fields", "bold"), *_lines_of(manual.fields, width, style, "  ")]
    if manual.note:
        lines += ["", *wrapped(visible(manual.note), width)]
    return "\n".join(lines)


def manual_json(manual: Manual) -> dict[str, Any]:
    """``{formatVersion, subject, manual, field, fields}``; ``field`` is of a field or a type, what it holds in ``fields``."""
    return {
        "formatVersion": FORMAT_VERSION,
        "subject": manual.subject,
        "manual": manual.text,
        "field": _field_json(replace(manual.field, fields=())) if manual.field else None,
        "fields": [_field_json(field) for field in manual.fields],
    }


def _field_json(field: FieldManual) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "required": field.required,
        "default": field.default or None,
        "description": field.description,
        "examples": list(field.examples),
        "fields": [_field_json(each) for each in field.fields],
    }


def _facts_of(field: FieldManual) -> tuple[str, str, bool, str]:
    return field.type, field.description, field.required, field.default


def _lines_of(fields: Iterable[FieldManual], width: int, style: Style, indent: str) -> Iterator[str]:
    for field in fields:
        yield from _list_field_lines(field, width, style, indent)
        yield from _lines_of(field.fields, width, style, f"{indent}    ")


def _list_field_lines(field: FieldManual, width: int, style: Style, indent: str) -> list[str]:
    left_out = "required" if field.required else f"[{field.default}]" if field.default else ""
    said = "  ".join(part for part in (f"<{field.type}>", left_out) if part)
    head = wrapped(f"{field.name}  {said}", width, indent, f"{indent}        ")
    head[0] = head[0].replace(field.name, style.mark(field.name, "bold"), 1)
    return [*head, *wrapped(field.description, width, f"{indent}    ")]


def _list_paragraphs(text: str, width: int) -> Iterator[str]:
    """Paragraphs wrapped anew; examples, which are indented, as they are."""
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            yield ""
        if paragraph.startswith("    "):
            yield from textwrap.indent(textwrap.dedent(paragraph), "  ").splitlines()
        else:
            yield from wrapped(" ".join(paragraph.split()), width)


def _example(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {inner}" for key, inner in value.items()) + "}"
    return "[" + ", ".join(map(_example, value)) + "]" if isinstance(value, list) else str(value)
