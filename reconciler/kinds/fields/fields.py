"""Field types all kinds share: the base of every spec, text, names, paths, durations, secrets, and their plain form.

Strict: nothing is converted. A number is no text, `true` is no number, and no Python float is ever made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Annotated, Any, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

from reconciler.kinds.fields.forms import DURATION, IDENTIFIER, LINE, NAME, PATH, SECRET, TEXT, TITLE, Form
from reconciler.kinds.reading.faults import EMPTY, INVALID, UNKNOWN_FIELD, fault, wrong_type
from reconciler.model.configuration.address import is_name
from reconciler.model.configuration.declaration import Declaration
from reconciler.model.duration import Duration, parse_duration
from reconciler.model.mail.mailbox import GroupReference, Mailbox, recipient_data
from reconciler.model.mail.route import SecretName, is_redacted
from reconciler.model.suggestion import did_you_mean, listed

MAX_DURATION = parse_duration("3650d")
"""Ten years: what is longer is a slip of the pen, and some sums of dates would leave the calendar."""

_IDENTIFIER = re.compile(r"[a-z][A-Za-z0-9]{0,62}\Z")


STORED: Mapping[str, bool] = {"stored": True}
"""The validation context for what was accepted once and is read from stored state: it has to stay readable."""


def is_stored(info: ValidationInfo) -> bool:
    """Whether what is validated comes from stored state. Rules that came later are for manifests alone."""
    return bool(info.context and info.context.get("stored"))


class Spec(BaseModel):
    """Base of every spec and of every mapping inside one: strict, frozen, camelCase, unknown fields refused."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )

    def plain(self) -> Any:
        """The canonical plain form: camelCase keys, every default explicit."""
        return {field.alias or name: plain(getattr(self, name)) for name, field in type(self).model_fields.items()}


def field_paths(model: type[Spec], above: str = "") -> Iterator[str]:
    """Every field as it is written, with dots between (``tls.mode``), a mapping before what is in it."""
    for name, each in model.model_fields.items():
        path = above + (each.alias or name)
        yield path
        if isinstance(each.annotation, type) and issubclass(each.annotation, Spec):
            yield from field_paths(each.annotation, f"{path}.")


@dataclass(frozen=True, slots=True)
class Reads:
    """Annotates a field that is read through another model: a mapping goes through ``model``, then ``convert``; anything
    else through ``otherwise``, which takes what has the ``form``."""

    model: type[BaseModel]
    convert: Callable[[Any], Any] | None = None
    otherwise: Callable[[Any], Any] | None = None
    form: Form | None = field(default=None, hash=False)

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._read, handler.generate_schema(self.model))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Form:
        mapping = handler(schema)
        return {"anyOf": [self.form, mapping]} if self.form else mapping

    def _read(self, value: Any, inner: Callable[[Any], Any]) -> Any:
        if self.otherwise and not isinstance(value, Mapping):
            return self.otherwise(value)
        read = inner(value)
        return self.convert(read) if self.convert else read


def plain(value: Any) -> Any:
    """A spec's value as JSON types and `Decimal` only: what is stored, compared and read back to an equal value."""
    if value is None or isinstance(value, bool | int | str | Decimal):
        return value
    if isinstance(value, Spec):
        return value.plain()
    if isinstance(value, Mailbox | GroupReference):
        return recipient_data(value)
    if isinstance(value, Duration):
        return value.text
    if isinstance(value, SecretName):
        return {"secret": value.secret}
    if isinstance(value, Declaration):
        return _declaration(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value.isoformat()  # a date or a datetime: nothing else is left


def _declaration(value: Declaration) -> dict[str, Any]:
    return {
        "type": value.type.value,
        "required": value.required,
        "title": value.title,
        "enum": plain(value.enum),
        "min": plain(value.minimum),
        "max": plain(value.maximum),
        "maxLength": value.max_length,
        "default": plain(value.default),
        "example": plain(value.example),
    }


def read_text(value: Any) -> str:
    """Text in NFC, so that it equals what is read back from stored state; no NUL, no mask of another tool."""
    if not isinstance(value, str):
        raise wrong_type("text", value)
    if "\0" in value:
        raise fault(INVALID, "holds a NUL character, which no mail can carry", "Remove it.")
    if is_redacted(value):
        raise fault(*REDACTED)
    return value if value.isascii() else unicodedata.normalize("NFC", value)


REDACTED = (
    "Redacted value",
    "holds a mask that some tool printed in place of a value",
    "Write what belongs here; where a secret belongs, {secret: name}.",
)


def read_header(value: Any) -> str:
    """Text for a mail header: one line, no control character (RFC 5322 section 2.2)."""
    text = read_text(value)
    if "\r" in text or "\n" in text:
        hint = "Write it on one line; a block (| or >) ends with a line break, quotes do not."
        raise fault("Line break in a header", "holds a line break, which could forge mail headers", hint)
    if any((ord(character) < 32 and character != "\t") or ord(character) == 127 for character in text):
        raise fault(INVALID, "holds a control character, which no mail header may carry", "Remove it.")
    return text


def read_title(value: Any) -> str:
    """The human name of something: a header, with nothing in it that breaks the lines of what it is printed in."""
    text = read_header(value)
    if _LINE_BREAKERS.search(text):
        raise fault(INVALID, "holds a tab, a line break or a control character", "Write it on one line, with spaces.")
    if text and not text.strip():
        raise fault(INVALID, "holds nothing but blanks", "Write a name for people, or leave the field out.")
    return text


_LINE_BREAKERS = re.compile("[\t\x80-\x9f\u2028\u2029]")


def read_name(value: Any) -> str:
    """A lowercase DNS label."""
    text = read_text(value)
    if not is_name(text):
        slug = re.sub(r"[^a-z0-9]+", "-", text[:100].lower())[:63].strip("-")
        rule = "is not a name: lowercase letters, digits and hyphens, at most 63, no hyphen at an end"
        raise fault("Invalid name", rule, f'Did you mean "{slug}"?' if slug else "Write a name such as service-desk.")
    return text


def read_identifier(value: Any) -> str:
    """A camelCase name that templates can use."""
    text = read_text(value)
    if not _IDENTIFIER.match(text):
        first, *rest = re.findall(r"[A-Za-z0-9]+", text[:100]) or [""]
        camel = first[:1].lower() + first[1:] + "".join(word[:1].upper() + word[1:] for word in rest)
        hint = f'Did you mean "{camel}"?' if _IDENTIFIER.match(camel) else "Use letters and digits: fileName."
        raise fault("Invalid name", "is not a camelCase name, which templates need", hint)
    return text


def read_duration(value: Any) -> Duration:
    """``90s 15m 8h 3d 2w``, at most ten years."""
    if not isinstance(value, str):
        hint = "" if value is None else "Write the number with its unit: 30s, 8h or 3d."
        raise wrong_type("a duration such as 30s, 8h or 3d", value, hint)
    try:
        duration = parse_duration(value)
    except ValueError as error:
        raise fault("Invalid duration", f"is no duration: {error}", "Write 30s, 8h or 3d.") from None
    if duration.seconds > MAX_DURATION.seconds:
        raise fault("Invalid duration", f"is longer than ten years ({MAX_DURATION})", f"Write {MAX_DURATION} or less.")
    return duration


def read_secret(value: Any) -> SecretName:
    """``{secret: name}``. Whatever else stands there may be a password, so no message repeats any of it."""
    if isinstance(value, str) and is_redacted(value):
        raise fault(*REDACTED)
    if isinstance(value, str | int | Decimal):
        hint = "Write {secret: relay-password}; the value goes into RECONCILER_SECRET_RELAY_PASSWORD, or a file of that name."
        raise fault("Literal secret", "holds a secret itself; manifests hold names of secrets only", hint)
    if not isinstance(value, Mapping):
        raise wrong_type("{secret: name}", value)
    unknown = [key for key in value if key != "secret"]
    if unknown:
        hint = did_you_mean(str(unknown[0]), ["secret"], "A secret is written as {secret: name}.")
        raise fault(UNKNOWN_FIELD, "is a secret and takes the one field secret", hint, (unknown[0],))
    name = value.get("secret")
    if isinstance(name, str) and is_redacted(name):
        raise fault(*REDACTED, ("secret",))
    if not isinstance(name, str) or not is_name(name):
        hint = "The name is lowercase letters, digits and hyphens; the value itself never stands in a manifest."
        raise fault("Invalid name", "is not the name of a secret", hint, ("secret",))
    return SecretName(name)


_LONGEST_PATH = 4_096
"""Characters: no file system takes more."""


def read_path(value: Any) -> str:
    """A relative path with forward slashes that stays inside its folder."""
    text = read_header(value)
    if text.startswith("builtin:"):
        raise fault(
            INVALID, "names a built-in message, which is no file", "Leave the field out to use the built-in one."
        )
    if not text or "\\" in text or len(text) > _LONGEST_PATH:
        raise fault(INVALID, "is not a path", "Write a path with forward slashes, relative to its folder.")
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts:
        hint = "Write a path relative to the folder, without .. in it."
        raise fault("Path outside the folder", "leads out of its folder", hint)
    return str(path)


def read_list(value: Any) -> tuple[Any, ...]:
    """A list as a tuple."""
    if not isinstance(value, list | tuple):
        hint = "Write it as a list: [ … ]." if value is not None else ""
        raise wrong_type("a list", value, hint)
    return tuple(value)


def read_some(value: Any) -> tuple[Any, ...]:
    """A list with at least one item."""
    found = read_list(value)
    if not found:
        raise fault(EMPTY, "is empty", "Name at least one.")
    return found


def choice(literal: Any) -> BeforeValidator:
    """A validator for one of the words of a `Literal`."""
    words: tuple[str, ...] = get_args(literal)

    def read(value: Any) -> Any:
        if value in words:
            return value
        if not isinstance(value, str):
            raise wrong_type(f"text ({listed(words, 'or')})", value)
        hint = did_you_mean(value, words, f"Write {listed(words, 'or')}.")
        raise fault(INVALID, f"is none of {listed(words, 'or')}", hint)

    return BeforeValidator(read)


def about(description: str, *, otherwise: str = "", **shape: Any) -> Any:
    """What `explain`, the JSON Schema and the documentation say of a field: the one place that says it.

    ``otherwise``: in words, what holds where an optional field is left out and the default alone does not say it.
    ``shape``: further keywords of the JSON Schema, for what a validator demands beyond the type.
    """
    extra: Form = {**shape, OTHERWISE: otherwise} if otherwise else shape
    return Field(description=description, json_schema_extra=extra or None)


OTHERWISE = "x-otherwise"
"""The key of a JSON Schema that holds those words."""

Text = Annotated[str, BeforeValidator(read_text), WithJsonSchema(TEXT)]
HeaderText = Annotated[str, BeforeValidator(read_header), WithJsonSchema(LINE)]
TitleText = Annotated[str, BeforeValidator(read_title), WithJsonSchema(TITLE)]
ResourceName = Annotated[str, BeforeValidator(read_name), WithJsonSchema(NAME)]
Identifier = Annotated[str, BeforeValidator(read_identifier), WithJsonSchema(IDENTIFIER)]
FilePath = Annotated[str, BeforeValidator(read_path), WithJsonSchema(PATH)]
DurationField = Annotated[Duration, PlainValidator(read_duration), WithJsonSchema(DURATION)]
SecretField = Annotated[SecretName, PlainValidator(read_secret), WithJsonSchema(SECRET)]
