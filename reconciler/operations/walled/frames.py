"""What goes through the pipes: eight bytes of length, and so many bytes. What comes back is JSON, never a pickle."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Mapping, Sequence
from typing import Any

MAX_ANSWER = 64 * 1024 * 1024
"""Bytes of one answer; a process that says more has lost its mind."""

READY = b"ready"
"""The first thing a process says: everything is imported, and every limit stands."""

_LENGTH = struct.Struct(">Q")
HEAD = _LENGTH.size


def framed(data: bytes) -> bytes:
    """The data behind its length."""
    return _LENGTH.pack(len(data)) + data


def length_of(head: bytes | bytearray) -> int:
    """How many bytes follow these first ones."""
    (length,) = _LENGTH.unpack_from(head)
    return int(length)


def is_too_long(heard: bytearray) -> bool:
    """Whether an answer begins that would be longer than any is."""
    return len(heard) >= HEAD and length_of(heard) > MAX_ANSWER


def taken(heard: bytearray) -> bytes | None:
    """The first answer, taken off what was heard; None while it is not there as a whole."""
    if len(heard) < HEAD or is_too_long(heard) or len(heard) < HEAD + length_of(heard):
        return None
    end = HEAD + length_of(heard)
    answer = bytes(heard[HEAD:end])
    del heard[:end]
    return answer


def packed(job: str, items: Sequence[Any], zones: Mapping[str, bytes]) -> bytes:
    """A call as `unpacked` takes it: the job by name, its items, and the data of the time zones they name."""
    return pickle.dumps((job, zones, items), pickle.HIGHEST_PROTOCOL)
