"""Fields that declare values: request fields of an approval type, parameters of a task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictInt, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.kinds.fields.forms import ANY_SCALAR, BOUND, CHOICES, SCALAR
from reconciler.kinds.fields.spec import Reads, Spec, about, choice, is_stored
from reconciler.kinds.fields.texts import HeaderText, Identifier, read_list, read_text
from reconciler.kinds.reading.faults import EMPTY, INVALID, Fault, described, enough, fault, faults, wrong_type
from reconciler.model.configuration.declaration import (
    Declaration,
    Value,
    ValueType,
    check_digits,
    check_value,
    format_value,
    read_value,
)
from reconciler.model.diagnostic import MOST_OF_A_FILE

TypeName = Literal["string", "integer", "number", "boolean", "date", "datetime", "duration", "email", "url"]

ParameterValue = str | int | Decimal | bool

_UNQUOTED = (ValueType.INTEGER, ValueType.NUMBER, ValueType.BOOLEAN)
_TEXTS = (ValueType.STRING, ValueType.EMAIL, ValueType.URL)


def _no_empty_enum(value: object, info: ValidationInfo) -> Any:
    """Stored state has an empty list where no enum was written."""
    if value in ([], ()) and not is_stored(info):
        raise fault(EMPTY, "is empty, so no value would fit", "Name the values that may be chosen, or remove enum.")
    return value


_Scalar = Annotated[Any, WithJsonSchema(ANY_SCALAR)]
_Bound = Annotated[Any, WithJsonSchema(BOUND)]
_Choices = Annotated[Any, AfterValidator(_no_empty_enum), WithJsonSchema(CHOICES)]


class DeclarationFields(Spec):
    """A declaration as written; `_declared` makes the value of it."""

    type: Annotated[
        TypeName,
        choice(TypeName),
        about(
            "What a value is. date: 2027-03-31; datetime: 2027-03-31T09:00+02:00, UTC where no zone is written; url: http or "
            "https. Dates are written as text."
        ),
    ] = "string"
    required: Annotated[StrictBool, about("Whether it must be given.")] = False
    title: Annotated[HeaderText, about("How people read it.", otherwise="its name")] = ""
    enum: Annotated[_Choices, about("The only values allowed.", otherwise="any value")] = None
    min: Annotated[_Bound, about("The least value: of integer, number, date, datetime and duration.")] = None
    max: Annotated[_Bound, about("The greatest value: of integer, number, date, datetime and duration.")] = None
    max_length: Annotated[
        Annotated[StrictInt, Field(ge=1, le=1_000_000)] | None,
        about("Characters at most: of string, email and url.", otherwise="10000"),
    ] = None
    default: Annotated[_Scalar, about("Taken where nothing is given.")] = None
    example: Annotated[_Scalar, about("Shown in previews.")] = None


def read_declaration(written: DeclarationFields) -> Declaration:
    """The declaration, all its values checked against its type and its bounds; every fault is told."""
    reader = _ValueReader(ValueType(written.type))
    declaration = Declaration(
        type=reader.type,
        required=written.required,
        title=written.title,
        enum=tuple(reader.list("enum", written.enum)),
        minimum=reader.bound("min", written.min),
        maximum=reader.bound("max", written.max),
        max_length=written.max_length,
        default=reader.value("default", written.default),
        example=reader.value("example", written.example),
    )
    found = reader.found or list(islice(_list_contradictions(declaration), MOST_OF_A_FILE))
    if found:
        raise faults(found)
    return declaration


def read_parameter(value: object) -> ParameterValue:
    """A parameter's value, locked as it stands."""
    if isinstance(value, str):
        return read_text(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        try:
            check_digits(value)
        except ValueError as error:
            raise fault(INVALID, f"cannot be used: {error}") from None
        return value
    raise wrong_type("a value or a declaration", value, "Write text, a number, true or false, or {type: …}.")


def declared(parameter: Declaration | ParameterValue) -> Declaration:
    """A parameter as a declaration: a locked value is the default and all there may be."""
    if isinstance(parameter, Declaration):
        return parameter
    kinds = {bool: ValueType.BOOLEAN, int: ValueType.INTEGER, Decimal: ValueType.NUMBER}
    return Declaration(kinds.get(type(parameter), ValueType.STRING), enum=(parameter,), default=parameter)


def declarations(parameters: Mapping[str, Declaration | ParameterValue]) -> dict[str, Declaration]:
    """Every parameter as a declaration."""
    return {name: declared(parameter) for name, parameter in parameters.items()}


class _ValueReader:
    """Reads the values of one declaration and notes every fault."""

    def __init__(self, kind: ValueType) -> None:
        self.type = kind
        self.found: list[Fault] = []

    def value(self, key: str, raw: object, *at: int) -> Value | None:
        if raw is None:
            return None
        try:
            return read_value(self.type, read_text(raw) if isinstance(raw, str) else raw)
        except PydanticCustomError as error:
            inner: Fault = (error.context or {})["fault"]
            self.found.append(Fault(inner.summary, inner.detail, inner.hint, (key, *at)))
        except ValueError as error:
            found = f", found {described(raw)}" if str(error).startswith("expected") else ""
            detail = f"does not fit the type {self.type}: {error}{found}"
            self.found.append(Fault(INVALID, detail, self._remedy(raw), (key, *at)))
        return None

    def _remedy(self, raw: object) -> str:
        if isinstance(raw, str) and self.type in _UNQUOTED:
            return "Write it without quotes, or declare another type."
        if isinstance(raw, bool | int | Decimal) and self.type not in _UNQUOTED:
            return "Write it in quotes, or declare another type."
        return "Write such a value, or declare another type."

    def bound(self, key: str, raw: object) -> Value | None:
        if raw is not None and (self.type in _TEXTS or self.type is ValueType.BOOLEAN):
            hint = "Use maxLength to bound text." if self.type in _TEXTS else "Remove it."
            self.found.append(Fault(INVALID, f"bounds nothing: the type is {self.type}", hint, (key,)))
            return None
        return self.value(key, raw)

    def list(self, key: str, raw: object) -> Iterator[Value]:
        if raw is None:
            return
        try:
            items = read_list(raw)
        except PydanticCustomError as error:
            inner: Fault = (error.context or {})["fault"]
            self.found.append(Fault(inner.summary, inner.detail, inner.hint, (key,)))
            return
        for index, item in enumerate(items):
            if enough(self.found, len(items) - index):
                return
            if item is None:
                self.found.append(Fault(INVALID, "has no value", "Remove the item.", (key, index)))
            value = self.value(key, item, index)
            if value is not None:
                yield value


_RAISE_OR_LOWER = "Lower min, or raise max."
_BEND = "Write a value that the declaration allows, or let it allow this one."


def _list_contradictions(declaration: Declaration) -> Iterator[Fault]:
    low, high = declaration.minimum, declaration.maximum
    if declaration.max_length is not None and declaration.type not in _TEXTS:
        yield Fault(INVALID, f"bounds nothing: the type is {declaration.type}", "Use min and max.", ("maxLength",))
    if low is not None and high is not None and _break(Declaration(declaration.type, maximum=high), low):
        yield Fault(INVALID, f"is above max ({format_value(high)}), so no value fits", _RAISE_OR_LOWER, ("min",))
        return
    bounds = Declaration(declaration.type, minimum=low, maximum=high, max_length=declaration.max_length)
    for index, item in enumerate(declaration.enum):
        if reason := _break(bounds, item):
            yield Fault(INVALID, f"breaks the declaration's own bounds: {reason}", _BEND, ("enum", index))
    for key, value in (("default", declaration.default), ("example", declaration.example)):
        if value is not None and (reason := _break(declaration, value)):
            yield Fault(INVALID, f"breaks the declaration's own bounds: {reason}", _BEND, (key,))


def _break(declaration: Declaration, value: Value) -> str:
    try:
        check_value(declaration, value)
    except ValueError as error:
        return str(error)
    return ""


DeclarationField = Annotated[Declaration, Reads(DeclarationFields, read_declaration)]
ParameterField = Annotated[
    Declaration | ParameterValue, Reads(DeclarationFields, read_declaration, read_parameter, SCALAR)
]
Declarations = Mapping[Identifier, DeclarationField]
Parameters = Mapping[Identifier, ParameterField]
