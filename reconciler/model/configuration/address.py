"""Addresses: ``Kind/name``, the unique name of a resource."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")


@dataclass(frozen=True, order=True, slots=True)
class Address:
    """``Kind/name``; orders by kind, then name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def parse_address(text: str) -> Address | None:
    """``EmailTask/weekly`` as an `Address`; None when the text has no slash or no valid name."""
    kind, slash, name = text.partition("/")
    return Address(kind, name) if slash and kind and is_name(name) else None


def is_name(text: str) -> bool:
    """Whether the text is a lowercase DNS label (RFC 1123 section 2.1): 1 to 63 of ``a-z 0-9 -``, no ``-`` at an end."""
    return _NAME.match(text) is not None
