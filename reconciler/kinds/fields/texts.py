"""Field types all kinds share: text, names, paths, durations, secrets, lists."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema

from reconciler.kinds.fields.forms import DURATION, IDENTIFIER, LINE, NAME, PATH, SECRET, TEXT, TITLE
from reconciler.kinds.reading.faults import INVALID, UNKNOWN_FIELD, fault, wrong_type
from reconciler.model.configuration.address import is_name
from reconciler.model.duration import Duration, parse_duration
from reconciler.model.mail.route import SecretName, is_redacted
from reconciler.model.suggestion import suggest_name

MAX_DURATION = parse_duration("3650d")
"""Ten years: what is longer is a slip of the pen, and some sums of dates would leave the calendar."""

_IDENTIFIER = re.compile(r"[a-z][A-Za-z0-9]{0,62}\Z")


def read_text(value: object) -> str:
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


def read_header(value: object) -> str:
    """Text for a mail header: one line, no control character (RFC 5322 section 2.2)."""
    text = read_text(value)
    if "\r" in text or "\n" in text:
        hint = "Write it on one line; a block (| or >) ends with a line break, quotes do not."
        raise fault("Line break in a header", "holds a line break, which could forge mail headers", hint)
    if any((ord(character) < 32 and character != "\t") or ord(character) == 127 for character in text):
        raise fault(INVALID, "holds a control character, which no mail header may carry", "Remove it.")
    return text


def read_title(value: object) -> str:
    """The human name of something: a header, with nothing in it that breaks the lines of what it is printed in."""
    text = read_header(value)
    if _LINE_BREAKERS.search(text):
        raise fault(INVALID, "holds a tab, a line break or a control character", "Write it on one line, with spaces.")
    if text and not text.strip():
        raise fault(INVALID, "holds nothing but blanks", "Write a name for people, or leave the field out.")
    return text


_LINE_BREAKERS = re.compile("[\t\x80-\x9f\u2028\u2029]")


def read_name(value: object) -> str:
    """A lowercase DNS label."""
    text = read_text(value)
    if not is_name(text):
        slug = re.sub(r"[^a-z0-9]+", "-", text[:100].lower())[:63].strip("-")
        rule = "is not a name: lowercase letters, digits and hyphens, at most 63, no hyphen at an end"
        raise fault("Invalid name", rule, f'Did you mean "{slug}"?' if slug else "Write a name such as service-desk.")
    return text


def read_identifier(value: object) -> str:
    """A camelCase name that templates can use."""
    text = read_text(value)
    if not _IDENTIFIER.match(text):
        first, *rest = re.findall(r"[A-Za-z0-9]+", text[:100]) or [""]
        camel = first[:1].lower() + first[1:] + "".join(word[:1].upper() + word[1:] for word in rest)
        hint = f'Did you mean "{camel}"?' if _IDENTIFIER.match(camel) else "Use letters and digits: fileName."
        raise fault("Invalid name", "is not a camelCase name, which templates need", hint)
    return text


def read_duration(value: object) -> Duration:
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


def read_secret(value: object) -> SecretName:
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
        hint = suggest_name(str(unknown[0]), ["secret"], "A secret is written as {secret: name}.")
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


def read_path(value: object) -> str:
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


def read_list(value: object) -> tuple[Any, ...]:
    """A list as a tuple."""
    if not isinstance(value, list | tuple):
        hint = "Write it as a list: [ … ]." if value is not None else ""
        raise wrong_type("a list", value, hint)
    return tuple(value)


Text = Annotated[str, BeforeValidator(read_text), WithJsonSchema(TEXT)]
HeaderText = Annotated[str, BeforeValidator(read_header), WithJsonSchema(LINE)]
TitleText = Annotated[str, BeforeValidator(read_title), WithJsonSchema(TITLE)]
ResourceName = Annotated[str, BeforeValidator(read_name), WithJsonSchema(NAME)]
Identifier = Annotated[str, BeforeValidator(read_identifier), WithJsonSchema(IDENTIFIER)]
FilePath = Annotated[str, BeforeValidator(read_path), WithJsonSchema(PATH)]
DurationField = Annotated[Duration, PlainValidator(read_duration), WithJsonSchema(DURATION)]
SecretField = Annotated[SecretName, PlainValidator(read_secret), WithJsonSchema(SECRET)]
