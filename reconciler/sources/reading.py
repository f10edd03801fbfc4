"""The one door through which files are read: regular files of a bounded size, and of a project only its own.

A pull request is a stranger: neither its links nor what it calls its folders may lead to what only the machine may read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from errno import ELOOP
from itertools import islice
from pathlib import Path, PurePosixPath
from time import thread_time

from reconciler.model.errors import ReconcilerError

MISSING = "it does not exist"
"""The reason of a name that nothing stands at."""

FILE_BYTES = 1024 * 1024
"""Largest template source or stored file, in bytes."""

PLAN_KEY = "plan.key"
"""The file with the key of saved plans: no manifest may name one, wherever it stands."""

_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
_DEPTH = 50


class Unreadable(Exception):
    """``reason``: why the path gives no content, as the end of a sentence ("it does not exist")."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Outside(Unreadable):
    """It leads out of the project, or to what no manifest may name."""


class NotPlain(Unreadable):
    """A folder, a pipe, a device, a socket."""


class TooLarge(Unreadable):
    """More than the bound."""


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that a stranger may have written. ``path``: absolute, its own links resolved.

    ``private``: files and folders that nothing in it may lead to although they lie inside (secrets, the state). What is
    hidden (``.git``, ``.env``) is as private; names that begin with two dots are those of mounted volumes.
    """

    path: Path
    private: tuple[Path, ...] = ()

    def read(self, name: str | PurePosixPath, limit: int) -> bytes:
        """The content of the file of that name, relative to the root; links are followed while they stay inside.

        Raises `Unreadable`, with more than ``limit`` bytes too. No other process can lead it elsewhere meanwhile.
        """
        with self._open(name) as (folder, last):
            return _content(last or ".", folder, limit)

    def read_below(self, folder: str, name: str) -> bytes:
        """The same for what a manifest names: ``name`` relative to ``folder``, with slashes, in its one shortest spelling."""
        if not name or "\0" in name or "\\" in name or PurePosixPath(name).as_posix() != name:
            raise Unreadable("a file is named by its path inside the folder, with single slashes between the parts")
        if name.startswith("/") or ".." in PurePosixPath(name).parts:
            raise Outside("it leads out of the folder, and only what lies inside is read")
        return self.read(f"{folder}/{name}", FILE_BYTES)

    def status(self, name: str | PurePosixPath) -> os.stat_result:
        """What stands at the name, links followed. Raises `Unreadable`."""
        with self._open(name) as (folder, last):
            return os.stat(last or ".", dir_fd=folder, follow_symlinks=False)

    def place(self, name: str | PurePosixPath) -> PurePosixPath:
        """Where it really stands, relative to the root. Raises `Unreadable`."""
        self.status(name)
        with _translate_errors():
            return self._resolve(name)

    def names(self, name: str | PurePosixPath) -> list[str]:
        """What the folder of that name holds, sorted. Raises `Unreadable`."""
        with self.folder(name) as folder, _translate_errors(), os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries)

    @contextmanager
    def folder(self, name: str | PurePosixPath, *, named: bool = False) -> Iterator[int]:
        """The folder of that name, open. ``named``: by a person, who may mean a hidden one but no link to it.

        Raises `Unreadable`.
        """
        with self._open(name, named) as (parent, last):
            folder = os.open(last or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
        try:
            yield folder
        finally:
            os.close(folder)

    def files_below(self, name: str, most: int) -> list[str]:
        """Files in the folder of that name, relative to it, hidden ones and what links lead to left out; ``most`` of them.

        Nothing where there is no such folder.
        """
        try:
            with self.folder(name) as folder, _translate_errors():
                return sorted(islice(_below(folder), most))
        except Unreadable:
            return []

    def name_of(self, path: Path) -> PurePosixPath | None:
        """What the root calls a path that is written as one inside it, wherever that leads; None for any other."""
        written = Path(os.path.abspath(path))  # noqa: PTH100 - as it is written: resolving would follow the links it is about
        for folder in (written, *written.parents):
            with suppress(OSError):
                if folder.samefile(self.path):
                    return PurePosixPath(written.relative_to(folder))
        return None

    def _resolve(self, name: str | PurePosixPath, named: bool = False) -> PurePosixPath:
        if len(PurePosixPath(name).parts) > _DEPTH:
            raise Unreadable(f"it lies more than {_DEPTH} folders deep")
        (self.path / name).stat()  # the system bounds how many links lead there; the next line does not
        real = Path(os.path.realpath(self.path / name, strict=True))
        if not real.is_relative_to(self.path):
            raise Outside("it is a symbolic link that leads out of the project, and only what lies inside is read")
        inside = PurePosixPath(real.relative_to(self.path))
        if named and inside == PurePosixPath(name):
            return inside
        if any(part.startswith(".") and not part.startswith("..") for part in inside.parts) or inside.name == PLAN_KEY:
            raise Outside("it is hidden or leads to what is hidden, and no manifest names that")
        return inside

    @contextmanager
    def _open(self, name: str | PurePosixPath, named: bool = False) -> Iterator[tuple[int, str]]:
        """The folder that holds it, opened part by part so that no link is followed after it was looked at, and its name
        there; the root itself has none."""
        with _translate_errors():
            *above, last = self._resolve(name, named).parts or ("",)
            folder = os.open(self.path, _FOLDER)
            try:
                for part in above:
                    folder, upper = os.open(part, _FOLDER, dir_fd=folder), folder
                    os.close(upper)
                    self._require_open(os.fstat(folder))
                if last:
                    self._require_open(os.stat(last, dir_fd=folder, follow_symlinks=False))
                yield folder, last
            finally:
                os.close(folder)

    def _require_open(self, found: os.stat_result) -> None:
        """By device and inode: a private file is one by any name."""
        for path in self.private:
            try:
                if os.path.samestat(found, path.stat()):
                    raise Outside("it holds secrets or state, and no manifest names that")
            except OSError:  # there is none
                continue


def read_anywhere(path: Path, limit: int) -> bytes:
    """The content of a file that a person or the environment named: it may be a link, and ends at a regular file.

    Raises `Unreadable`, with more than ``limit`` bytes too.
    """
    with _translate_errors():
        return _content(os.path.realpath(path, strict=True), None, limit)


def resolve_path(path: Path) -> Path:
    """The path with all links resolved that the system would follow; as it is written where they lead in a circle."""
    try:
        path.stat()
    except OSError as fault:
        if fault.errno == ELOOP:
            return Path(os.path.abspath(path))  # noqa: PTH100 - nothing can be resolved
    return Path(os.path.realpath(path))


def _content(name: str, folder: int | None, limit: int) -> bytes:
    """Looked at before it is opened, for opening a device may do something; and again on what was opened."""
    _require_plain(os.stat(name, dir_fd=folder, follow_symlinks=False), limit)
    with os.fdopen(os.open(name, _FILE, dir_fd=folder), "rb") as file:
        _require_plain(os.fstat(file.fileno()), limit)
        data = file.read(limit + 1)
    if len(data) > limit:
        raise _too_large(limit)
    return data


def _require_plain(found: os.stat_result, limit: int) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise NotPlain("it is a folder")
    if stat.S_ISLNK(found.st_mode):
        raise Unreadable("it was exchanged while it was read")
    if not stat.S_ISREG(found.st_mode):
        raise NotPlain("it is not a plain file")
    if found.st_size > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> TooLarge:
    size = f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit >> 10} KiB"
    return TooLarge(f"it is larger than {size}")


def _below(folder: int) -> Iterator[str]:
    for base, folders, files, _ in os.fwalk(".", dir_fd=folder):
        inside = PurePosixPath(base)
        folders[:] = _visible(folders) if len(inside.parts) < _DEPTH else []
        yield from (str(inside / file) for file in _visible(files))


def _visible(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if not name.startswith("."))


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Whatever the system says, as `Unreadable`."""
    try:
        yield
    except FileNotFoundError as fault:
        raise Unreadable(MISSING) from fault
    except OSError as fault:
        loop = fault.errno == ELOOP
        words = "it is a symbolic link that leads to itself" if loop else f"it cannot be read: {words_of(fault)}"
        raise Unreadable(words) from fault
    except ValueError as fault:  # a NUL in the name
        raise Unreadable("no file has such a name") from fault


def words_of(fault: OSError) -> str:
    """What the system says, as the end of a sentence."""
    return (fault.strerror or type(fault).__name__).lower()


MAX_SECONDS = 60.0
"""Of processor time, so that a busy machine takes nothing away: 10,000 resources take some seconds."""


class TooLong(ReconcilerError):
    """Reading was stopped. No `UserError`: it is no fault of the one thing that was being read."""

    code = "too-long"


class ReadingTime:
    """Begins when it is made. Whoever reads, asks now and then."""

    def __init__(self) -> None:
        self._end = thread_time() + MAX_SECONDS

    def check(self, what: str) -> None:
        """Raise `TooLong` where the time is over; ``what`` is being read."""
        if thread_time() > self._end:
            raise TooLong(
                "Reading takes too long",
                f"After {MAX_SECONDS:g} seconds of processor time reading was stopped, in {what}.",
                "Look at what this file asks for, and split what is large: into files, or into projects.",
            )
