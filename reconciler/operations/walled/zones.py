"""Time zones for a process that opens no file: their data, found here as `zoneinfo` finds it."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import TZPATH

from reconciler.model.errors import EnvironmentFault

_NAME = re.compile(r"[A-Za-z0-9+_-]+(/[A-Za-z0-9+_-]+)*\Z")


@lru_cache(maxsize=1024)
def zone_data(name: str) -> bytes:
    """The zone's TZif data; empty, which stands for UTC, where there is no zone of that name. Raises `EnvironmentFault`."""
    if not _NAME.match(name):
        return b""
    try:
        data = _found(name)
    except OSError as fault:
        detail = f"The data of {name} cannot be read: {fault.strerror}."
        raise EnvironmentFault("Cannot read a time zone", detail, "Install the system's time zones anew.") from fault
    return data if data.startswith(b"TZif") else b""


def _found(name: str) -> bytes:
    for folder in TZPATH:
        path = Path(folder, name)
        if path.is_file():
            return path.read_bytes()
    try:
        shipped = files("tzdata").joinpath("zoneinfo", *name.split("/"))
    except ModuleNotFoundError:
        return b""
    return shipped.read_bytes() if shipped.is_file() else b""
