"""One byte form for equal values: canonical JSON and the digests taken of it."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any


def write_canonical_json(value: Any) -> str:
    """JSON with sorted keys, no white space, NFC text and no floats; a `Decimal` is written exactly, without exponent.

    Sets are the caller's to sort (only a kind knows which of its lists are sets). Raises `TypeError` for a float or any
    other type JSON cannot carry exactly: a digest over an inexact number would differ between machines.
    """
    return _write(value, sort=True)


def write_exact_json(value: Any) -> str:
    """The same, with keys in the order they have: for what is stored and shown again in the order it was declared."""
    return _write(value, sort=False)


def read_json(text: str | bytes) -> Any:
    """The inverse of both: numbers with a fraction come back as `Decimal`."""
    return json.loads(text, parse_float=Decimal)


def digest(value: Any) -> str:
    """SHA-256, in hexadecimal, of the UTF-8 bytes of `write_canonical_json`."""
    return hash_bytes(write_canonical_json(value).encode())


def hash_bytes(data: bytes) -> str:
    """SHA-256 in hexadecimal: the name a stored file or template source goes by."""
    return hashlib.sha256(data).hexdigest()


_WORDS = {None: "null", True: "true", False: "false"}


def _write(value: Any, *, sort: bool) -> str:
    # Plans take digests of everything there is, so the commonest types come first.
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict | Mapping):
        items = [(_text(str(key)), _write(item, sort=sort)) for key, item in value.items()]
        return "{" + ",".join([f"{key}:{item}" for key, item in (sorted(items) if sort else items)]) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join([_write(item, sort=sort) for item in value]) + "]"
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, Decimal):
        return _decimal(value)
    raise TypeError(f"{type(value).__name__} has no canonical form; this is a bug in reconciler")


def _text(value: str) -> str:
    return encode_basestring(value if value.isascii() else unicodedata.normalize("NFC", value))


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise TypeError(f"{value} has no canonical form; this is a bug in reconciler")
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
