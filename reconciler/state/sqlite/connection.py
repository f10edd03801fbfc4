"""The one door to the database: opening it, reading it in one transaction, writing it in one transaction."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import threading
import weakref
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from reconciler.state.privacy import Privacy
from reconciler.state.sqlite.faults import translated
from reconciler.state.sqlite.readonly import read_only
from reconciler.state.sqlite.schema import VERSION, migrate, version_of
from reconciler.state.sqlite.turn import fair_turn

T = TypeVar("T")

Work = Callable[[sqlite3.Connection], T]
"""What is done with a connection inside one transaction."""

PATIENCE = 60.0
"""Seconds a writer waits for its turn, and anybody for a lock another program holds."""


def writable(path: Path) -> bool:
    """Whether this process may write the file and make files beside it."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)


_INHERITED: list[sqlite3.Connection] = []
"""Connections carried over a fork. They are the parent's: closing a copy, and so dropping it, could remove its side files."""


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class _Held:
    """A connection kept for one thread of one process; ``file`` is the device and inode it was opened on."""

    connection: sqlite3.Connection
    process: int
    file: tuple[int, int]


class Database:
    """One SQLite file. A connection per thread is kept open; `close` closes those of all threads.

    The file and its folder are made by the first write: 0600 and 0700, whatever the umask. ``privacy`` looks at them
    whenever they are opened. Every method raises `StateFault` when the file cannot be read or written as it is.
    """

    def __init__(
        self,
        path: Path,
        *,
        privacy: Privacy | None = None,
        patience: float = PATIENCE,
        may_write: Callable[[Path], bool] = writable,
    ) -> None:
        self.path = path
        self._privacy = privacy or Privacy()
        self._patience = patience
        self._may_write = may_write
        self._local = threading.local()
        self._all: weakref.WeakSet[_Held] = weakref.WeakSet()

    def read(self, work: Work[T], empty: T) -> T:
        """``work`` in one read transaction: everything it selects is of one moment. ``empty`` where nothing is stored."""
        return self._whole(lambda connection: self._reading(connection, work, empty), empty)

    def _whole(self, use: Work[T], empty: T) -> T:
        """``use`` on a connection for reading, whether or not side files can be made; ``empty`` where there is no file."""
        with translated(self.path):
            if self._file() is None:
                self._privacy.keep(self.path)
                return empty
            if self._may_write(self.path):
                try:
                    return self._with_held(use)
                except sqlite3.OperationalError as error:
                    if not _needs_room(error):
                        raise
            self._privacy.keep(self.path)
            return read_only(self.path, self._open, use)

    def write(self, work: Work[T]) -> T:
        """``work`` in one write transaction: all of it or, when it raises, nothing. Waits for a fair turn first.

        What is committed is on the disk when this returns.
        """
        with translated(self.path):
            make_folder(self.path.parent)
            self._privacy.keep(self.path)
            with fair_turn(self.path, self._patience):
                make_file(self.path)
                return self._with_held(lambda connection: self._writing(connection, work))

    def version(self) -> int:
        """The schema version of the file; 0 where nothing is stored."""
        return self._whole(lambda connection: version_of(connection, self.path), 0)

    def copy_into(self, file: Path) -> None:
        """A consistent copy in a file that is there, while others read and write."""
        with closing(self._open(file, "mode=rw")) as copy:
            self._whole(lambda connection: connection.backup(copy), None)
            # One file is easier to carry away than a file with a log.
            copy.execute("PRAGMA journal_mode = DELETE")

    def close(self) -> None:
        """Close every connection; SQLite removes its side files with the last one. The database may be used again."""
        for held in list(self._all):
            _close(held.connection, held.process)
        self._all.clear()
        self._local = threading.local()

    def _reading(self, connection: sqlite3.Connection, work: Work[T], empty: T) -> T:
        connection.execute("BEGIN")
        try:
            version = version_of(connection, self.path)
            if version == 0:
                return empty
            return work(connection) if version == VERSION else _upgraded(connection, version, work)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _writing(self, connection: sqlite3.Connection, work: Work[T]) -> T:
        # Before anything else, so that a file of somebody else is left as it is.
        version_of(connection, self.path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = version_of(connection, self.path)
            if version < VERSION:
                migrate(connection, version)
            result = work(connection)
            connection.execute("UPDATE state SET changes = changes + 1")
            connection.execute("COMMIT")
            return result
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _with_held(self, use: Work[T]) -> T:
        held = self._held()
        try:
            return use(held.connection)
        except sqlite3.Error:
            # After an I/O error the connection's own view is in doubt; the next use starts from the file.
            self._drop(held)
            raise

    def _held(self) -> _Held:
        """This thread's connection, opened anew after a fork and when another file has taken the name."""
        file = self._file()
        held: _Held | None = getattr(self._local, "held", None)
        if held is not None:
            if held.process == os.getpid() and held.file == file:
                return held
            self._drop(held)
        self._privacy.keep(self.path)
        connection = self._open(self.path, "mode=rw")
        held = _Held(connection, os.getpid(), file or (0, 0))
        weakref.finalize(held, _close, connection, held.process)
        self._local.held = held
        self._all.add(held)
        return held

    def _drop(self, held: _Held) -> None:
        self._local.held = None
        self._all.discard(held)
        _close(held.connection, held.process)

    def _file(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        return status.st_dev, status.st_ino

    def _open(self, path: Path, parameters: str) -> sqlite3.Connection:
        # Used by one thread at a time; closed from another one when its own thread has ended.
        connection = sqlite3.connect(
            f"file:{quote(os.fsencode(path.absolute()))}?{parameters}",
            uri=True,
            timeout=self._patience,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
        except BaseException:
            connection.close()
            raise
        return connection


def make_folder(folder: Path) -> None:
    """Make the folder and those above it that are missing, for nobody else to enter (0700 whatever the umask)."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        folder.chmod(0o700)


def make_file(path: Path) -> None:
    """Make the file, empty and for nobody else to read (0600 whatever the umask); SQLite gives its side files the same."""
    with suppress(FileExistsError):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            os.fchmod(file, 0o600)
        finally:
            os.close(file)


def _upgraded(connection: sqlite3.Connection, version: int, work: Work[T]) -> T:
    """``work`` on an upgraded copy in memory: reading never changes the state, of an older version neither."""
    connection.execute("ROLLBACK")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
        connection.backup(copy)
        copy.row_factory = sqlite3.Row
        copy.execute("BEGIN")
        migrate(copy, version)
        return work(copy)


def _needs_room(error: sqlite3.OperationalError) -> bool:
    """Whether SQLite may have failed to make its side files: on a full disk a state can still be read without them."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    )


def _close(connection: sqlite3.Connection, process: int) -> None:
    if process != os.getpid():
        _INHERITED.append(connection)
        return
    with suppress(sqlite3.Error):
        connection.close()
