"""Manuals as text and JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import replace
from operator import itemgetter
from typing import Any

from reconciler.model.configuration.manual import Contents, FieldManual, Manual
from reconciler.model.wording import Act, Do, Sentence
from reconciler.views.writing.escape import visible
from reconciler.views.writing.json_text import TEXT_OR_NULL, Form, Key, document, list_of, or_null, shape
from reconciler.views.writing.layout import PLAIN, Page, facts, wrapped

_MORE = Sentence(
    *("`", Do(Act.EXPLAIN, "KIND"), "` tells all of a kind, `", Do(Act.EXPLAIN, "KIND.field"), "` of a field. "),
    "docs/templates.md has the variables of templates.",
)


def describe_contents(contents: Contents, page: Page = PLAIN) -> str:
    """A line for each kind and each type, and how to ask on."""
    lines = [page.mark("Kinds", "bold"), *facts(contents.kinds, page.width, "  ")]
    lines += ["", page.mark("Types that many fields have", "bold"), *facts(contents.types, page.width, "  ")]
    return "\n".join([*lines, "", *wrapped(page.say(_MORE), page.width)])


_SUBJECTS = list_of(shape(Key("name", str, take=itemgetter(0)), Key("summary", str, take=itemgetter(1))))

CONTENTS = document("What can be explained", Key("kinds", _SUBJECTS), Key("types", _SUBJECTS))
"""Of `Contents`."""


def describe_manual(manual: Manual, page: Page = PLAIN) -> str:
    """The manual, then the fields with type, default and what they mean, deeper ones indented."""
    lines: list[str] = []
    if manual.field:
        lines += _list_field_lines(replace(manual.field, name=manual.subject), page, "")
        if manual.field.examples:
            lines += ["", f"  Examples: {'   '.join(map(_example, manual.field.examples))}"]
    else:
        lines += _list_paragraphs(manual.text, page)
    if manual.fields:
        lines += ["", page.mark("Fields", "bold"), *_lines_of(manual.fields, page, "  ")]
    if manual.note:
        lines += ["", *wrapped(visible(manual.note), page.width)]
    return "\n".join(lines)


def _write_field(field: FieldManual) -> dict[str, Any]:
    written: dict[str, Any] = _FIELD.write(field)
    return written


_FIELD: Form = shape(
    Key("name", str),
    Key("type", str),
    Key("required", bool),
    Key("default", TEXT_OR_NULL, "Null where there is none."),
    Key("description", str),
    Key("examples", list[object]),
    Key(
        "fields",
        Form(
            {"type": "array", "items": {"$ref": "#/properties/fields/items"}},
            lambda fields: list(map(_write_field, fields)),
        ),
    ),
)

MANUAL = document(
    "What is told of a kind, a type or a field",
    Key("subject", str),
    Key("manual", str, take="text"),
    Key(
        "field",
        or_null(_FIELD),
        "The field or type itself, what it holds being told beside it; null of a kind.",
        take=lambda manual: manual.field and replace(manual.field, fields=()),
    ),
    Key("fields", list_of(_FIELD)),
)
"""Of a `Manual`."""


def _lines_of(fields: Iterable[FieldManual], page: Page, indent: str) -> Iterator[str]:
    for field in fields:
        yield from _list_field_lines(field, page, indent)
        yield from _lines_of(field.fields, page, f"{indent}    ")


def _list_field_lines(field: FieldManual, page: Page, indent: str) -> list[str]:
    left_out = "required" if field.required else f"[{field.default}]" if field.default else ""
    said = "  ".join(part for part in (f"<{field.type}>", left_out) if part)
    head = wrapped(f"{field.name}  {said}", page.width, indent, f"{indent}        ")
    head[0] = head[0].replace(field.name, page.mark(field.name, "bold"), 1)
    return [*head, *wrapped(field.description, page.width, f"{indent}    ")]


def _list_paragraphs(text: str, page: Page) -> Iterator[str]:
    """Paragraphs wrapped anew; examples, which are indented, as they are."""
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            yield ""
        if paragraph.startswith("    "):
            yield from textwrap.indent(textwrap.dedent(paragraph), "  ").splitlines()
        else:
            yield from wrapped(" ".join(paragraph.split()), page.width)


def _example(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {inner}" for key, inner in value.items()) + "}"
    return "[" + ", ".join(map(_example, value)) + "]" if isinstance(value, list) else str(value)
