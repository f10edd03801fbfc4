"""What SQLite and the operating system say, in words for people."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reconciler.model.errors import RESTORE, Bug, Conflict, ReconcilerError, StateFault, report_damage
from reconciler.model.wording import CHECK_PATH, Given, Sentence

_SIDE_FILES = 65_536
_SPACE = "Nothing was changed. Free some space and run the command again."
_RIGHTS = "Check who owns the file and its folder, and whether the file system is mounted for writing."
_DISK = "Check the disk and its free space, then run the command again."

_NO_TEXT = "What stands in {path} where there should be text is none."

_Words = tuple[str, str]
"""What is wrong with the state, and what to do next."""

_BY_CODE: dict[int, _Words] = {
    sqlite3.SQLITE_NOTADB: (
        "is not a SQLite database",
        Sentence("Check the path given with ", Given("state"), "; the file was left as it is."),
    ),
    sqlite3.SQLITE_CORRUPT: ("is damaged", RESTORE),
    sqlite3.SQLITE_FULL: ("could not be written: the disk is full", _SPACE),
    sqlite3.SQLITE_READONLY: ("cannot be written", _RIGHTS),
    sqlite3.SQLITE_PERM: ("cannot be opened: access is denied", _RIGHTS),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", _RIGHTS),
    sqlite3.SQLITE_IOERR: ("could not be read or written: the disk reported an error", _DISK),
    sqlite3.SQLITE_BUSY: (
        "is being used by another program for too long",
        "See which program has the file open, end it, and run the command again.",
    ),
    sqlite3.SQLITE_NOMEM: ("could not be read: memory ran out", "Free some memory and run the command again."),
    sqlite3.SQLITE_TOOBIG: ("cannot hold a value this large", "Make the message or template smaller."),
}

_BY_ERRNO: dict[int, _Words] = {
    errno.EACCES: ("cannot be opened: access is denied", _RIGHTS),
    errno.EPERM: ("cannot be opened: access is denied", _RIGHTS),
    errno.EROFS: ("cannot be written: its file system is read-only", _RIGHTS),
    errno.ENOSPC: ("could not be written: the disk is full", _SPACE),
    errno.EDQUOT: ("could not be written: the disk quota is used up", _SPACE),
    errno.ENOTDIR: (
        "cannot be opened: a part of its path is a file, not a folder",
        CHECK_PATH,
    ),
    errno.EISDIR: (
        "cannot be opened: it is a folder",
        Sentence("Name a file with ", Given("state"), ", for example sqlite:.reconciler/state.db."),
    ),
    errno.ELOOP: ("cannot be opened: its path holds a symbolic link that is not followed", _RIGHTS),
    errno.ENAMETOOLONG: (
        "cannot be opened: its path is too long",
        Sentence("Choose a shorter path with ", Given("state"), "."),
    ),
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of SQLite and of the operating system leave as `StateFault`, broken constraints as `Conflict`."""
    try:
        yield
    except sqlite3.Error as error:
        raise _from_sqlite(path, error) from error
    except OSError as error:
        raise _from_system(path, error) from error
    except UnicodeDecodeError as error:  # of a text in a row, or of SQLite's own words about a schema
        raise report_damage(_NO_TEXT.format(path=path)) from error


def _from_sqlite(path: Path, error: sqlite3.Error) -> ReconcilerError:
    # The low byte is the primary code; the rest tells variants apart that need the same next step.
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if code is not None else None
    if primary == sqlite3.SQLITE_CONSTRAINT:
        return Conflict("The state does not allow this", f"{error}.", "Look at the state as it is now, and try again.")
    if primary == sqlite3.SQLITE_IOERR and _is_full(path):
        primary = sqlite3.SQLITE_FULL
    if primary in _BY_CODE:
        return _fault(path, _BY_CODE[primary], f"SQLite says: {error}.")
    if code is None and str(error).startswith("Could not decode to UTF-8"):
        return report_damage(_NO_TEXT.format(path=path))  # SQLite would repeat the text
    if primary == sqlite3.SQLITE_ERROR:
        return _fault(path, _BY_CODE[sqlite3.SQLITE_CORRUPT], f"SQLite says: {error}.")
    return Bug("The state was asked something SQLite does not understand", f"{error}; this is a bug in reconciler.")


def _is_full(path: Path) -> bool:
    """Whether the disk has too little room even for SQLite's side files, which it reports as an I/O error."""
    with suppress(OSError):
        return shutil.disk_usage(path.parent).free < _SIDE_FILES
    return False


def _from_system(path: Path, error: OSError) -> StateFault:
    words = _BY_ERRNO.get(error.errno or 0, ("could not be read or written", _DISK))
    return _fault(path, words, f"The system says: {error.strerror or error}.")


def _fault(path: Path, words: _Words, detail: str) -> StateFault:
    return StateFault(f"The state {path} {words[0]}", detail, words[1])
