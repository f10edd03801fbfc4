"""The base of every spec: strict, frozen, with one plain form; and how a field says what it is and is read.

Strict: nothing is converted. A number is no text, `true` is no number, and no Python float is ever made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

from reconciler.kinds.fields.forms import Form
from reconciler.kinds.reading.faults import INVALID, fault, wrong_type
from reconciler.model.configuration.declaration import Declaration
from reconciler.model.duration import Duration
from reconciler.model.mail.mailbox import GroupReference, Mailbox, write_recipient
from reconciler.model.mail.route import SecretName
from reconciler.model.suggestion import list_words, suggest_name

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


class ResourceSpec(Spec):
    """Base of a kind's spec. ``KIND`` is the kind's name, by which a `World` finds the resources of this spec."""

    KIND: ClassVar[str]


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

    model: type[Spec]
    convert: Callable[[Any], Any] | None = None
    otherwise: Callable[[Any], Any] | None = None
    form: Form | None = field(default=None, hash=False)

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._read, handler.generate_schema(self.model))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Form:
        mapping = handler(schema)
        return {"anyOf": [self.form, mapping]} if self.form else mapping

    def _read(self, value: object, inner: Callable[[Any], Any]) -> Any:
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
        return write_recipient(value)
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


OTHERWISE = "x-otherwise"
"""The key of a JSON Schema that holds those words."""


def choice(literal: Any) -> BeforeValidator:
    """A validator for one of the words of a `Literal`."""
    words: tuple[str, ...] = get_args(literal)

    def read(value: object) -> Any:
        if value in words:
            return value
        if not isinstance(value, str):
            raise wrong_type(f"text ({list_words(words, 'or')})", value)
        hint = suggest_name(value, words, f"Write {list_words(words, 'or')}.")
        raise fault(INVALID, f"is none of {list_words(words, 'or')}", hint)

    return BeforeValidator(read)


def about(description: str, *, otherwise: str = "", **shape: Any) -> Any:
    """What `explain`, the JSON Schema and the documentation say of a field: the one place that says it.

    ``otherwise``: in words, what holds where an optional field is left out and the default alone does not say it.
    ``shape``: further keywords of the JSON Schema, for what a validator demands beyond the type.
    """
    extra: Form = {**shape, OTHERWISE: otherwise} if otherwise else shape
    return Field(description=description, json_schema_extra=extra or None)
