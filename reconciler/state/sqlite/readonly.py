"""Reading a database where nothing may be written, without leaving side files.

SQLite needs the shared-memory file (``-shm``) to read a database in WAL mode. Where it is there, somebody has the
database open, or had when the machine stopped, and SQLite reads it as it is. Where it is not, and cannot be made, the
database is opened as immutable when its log (``-wal``) holds nothing, or copied aside together with its log. Neither
takes a lock, so both are checked afterwards: a file that has changed meanwhile is read again.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from reconciler.model.errors import StateFault

T = TypeVar("T")

Opener = Callable[[Path, str], sqlite3.Connection]
"""Opens the file with these URI parameters (``mode=ro``)."""

_TRIES = 40
_PAUSE = 0.05
"""Seconds; also the age below which a file's time stamp may be too coarse to show another change."""

_SHM_SIZE = 32_768
"""Bytes of the smallest shared-memory file; a shorter one was begun on a full disk, and nobody uses it."""

_Marks = tuple[tuple[int, int, int] | None, ...]


def read_only(path: Path, opener: Opener, work: Callable[[sqlite3.Connection], T]) -> T:
    """What ``work`` gives on a consistent view of the database. `StateFault` when it never holds still long enough."""
    for _ in range(_TRIES):
        before = _marks(path)
        if _fresh(before):
            time.sleep(_PAUSE)
            before = _marks(path)
        try:
            with _opened(path, opener) as connection:
                result = work(connection)
        except (sqlite3.DatabaseError, FileNotFoundError):
            if _marks(path) == before:
                raise
        else:
            if _shared(path) or _marks(path) == before:
                return result
        time.sleep(_PAUSE)
    raise StateFault(
        f"The state {path} changes all the time",
        "Its folder cannot be written, so reading it waits for a quiet moment, and none came.",
        "Run the command again, or where the folder can be written.",
    )


@contextmanager
def _opened(path: Path, opener: Opener) -> Iterator[sqlite3.Connection]:
    if _shared(path):
        with closing(opener(path, "mode=ro")) as connection:
            yield connection
    elif not _size(_beside(path, "-wal")):
        with closing(opener(path, "mode=ro&immutable=1")) as connection:
            yield connection
    else:
        with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
            copy = Path(folder) / path.name
            shutil.copyfile(path, copy)
            shutil.copyfile(_beside(path, "-wal"), _beside(copy, "-wal"))
            with closing(opener(copy, "mode=rw")) as connection:
                yield connection


def _shared(path: Path) -> bool:
    """Whether SQLite finds both side files and needs to make none."""
    return _mark(_beside(path, "-wal")) is not None and _size(_beside(path, "-shm")) >= _SHM_SIZE


def _marks(path: Path) -> _Marks:
    return tuple(_mark(file) for file in (path, _beside(path, "-wal")))


def _mark(file: Path) -> tuple[int, int, int] | None:
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _fresh(marks: _Marks) -> bool:
    now = time.time_ns()
    return any(mark is not None and abs(now - mark[2]) < _PAUSE * 1e9 for mark in marks)


def _size(file: Path) -> int:
    mark = _mark(file)
    return mark[1] if mark else 0


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
