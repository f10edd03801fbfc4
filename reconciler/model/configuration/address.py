"""Addresses: ``Kind/name``, the unique name of a resource; and where what runs names one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

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


class NamedIn(Enum):
    """The place in a request or a message at which resources of a kind are named.

    Requests and servers hold the resource's name, the task of a message its whole address. An open request needs what it names
    under REQUEST_TYPE, REQUEST_PROCESS and STAGE_GROUP, an unfinished message what it names under MESSAGE_TASK and
    MESSAGE_SERVER.
    """

    REQUEST_TYPE = auto()
    REQUEST_PROCESS = auto()
    STAGE_GROUP = auto()
    MESSAGE_TASK = auto()
    MESSAGE_SERVER = auto()
