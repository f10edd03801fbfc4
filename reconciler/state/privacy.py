"""Whose the files of a state are: nobody else's, no links, and for nobody else to read or write."""

from __future__ import annotations

import os
import pwd
import shlex
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.model.errors import StateFault
from reconciler.model.wording import CHECK_PATH, Given, Sentence

FOLDER = ".reconciler"
"""The name of a folder that is ours alone; any other folder a state stands in is its owner's business."""

_MARK = b"RCNC"
_MARK_AT, _HEAD = 68, 72
"""Where the header of a SQLite file has the mark of its application (https://www.sqlite.org/fileformat.html, 1.3.17)."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def _unheard(line: str) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """``project_owner``: the user whose the project's folder is; what is his, root may use. ``notice`` hears once of
    each thing that was open to others."""

    project_owner: int = field(default_factory=os.geteuid)
    notice: Callable[[str], None] = _unheard
    _told: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    def require_owned(self, *paths: Path) -> list[tuple[Path, int]]:
        """Those that are there, with their modes. Raises `StateFault` for a link, for what is neither file nor folder and
        for what another user owns, `OSError` for a path that cannot be looked at."""
        found = [(path, status) for path in paths if (status := _status(path))]
        for path, status in found:
            _require_plain(path, status.st_mode)
        me = os.geteuid()
        owner = self.project_owner if me == 0 else me
        if foreign := [(path, status.st_uid) for path, status in found if status.st_uid not in (0, me, owner)]:
            raise _foreign(foreign, owner)
        return [(path, stat.S_IMODE(status.st_mode)) for path, status in found]

    def keep(self, database: Path) -> None:
        """`require_owned` for a database with all that may stand beside it, and for its folder where that is ours; what
        rights others have to them are taken away.

        Not from a file that is no state: a project may name any, and its rights are its owner's business.
        """
        folder = [database.parent] if database.parent.name == FOLDER else []
        found = self.require_owned(*folder, *(database.with_name(database.name + end) for end in _ENDS))
        open_to_others = [(path, mode) for path, mode in found if mode & _OTHERS]
        if open_to_others and not _is_foreign(database):
            for path, mode in open_to_others:
                self._narrow(path, mode)

    def narrow(self, file: Path) -> None:
        """Take away what rights others have to a file that somebody named, whosever it is; one behind a link stays as it is."""
        if (status := _status(file)) and stat.S_ISREG(status.st_mode):
            self._narrow(file, stat.S_IMODE(status.st_mode))

    def _narrow(self, path: Path, mode: int) -> None:
        if mode & _OTHERS and (line := _narrowed(path, mode)) not in self._told:
            self._told.add(line)
            self.notice(line)


_ENDS = ("", "-wal", "-shm", "-journal", ".queue", ".turn")


def _is_foreign(database: Path) -> bool:
    """Whether there is something in the file, and it is no state: no database of SQLite's, or one that another application
    has marked as its own. A new state's own mark may still stand in the log beside it."""
    try:
        with database.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    mark = head[_MARK_AT:_HEAD]
    unmarked = mark == bytes(len(mark)) and _size(database.with_name(database.name + "-wal"))
    return bool(head) and not (head.startswith(b"SQLite format 3\0") and (mark == _MARK or unmarked))


def _size(path: Path) -> int:
    status = _status(path)
    return status.st_size if status else 0


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def _require_plain(path: Path, mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise StateFault(
            "The state is a link",
            f"{path} is a symbolic link: what it leads to may be changed by others.",
            Sentence(
                "Remove the link and put what it leads to in its place. A state that is somewhere else is named with ",
                Given("state"),
                ".",
            ),
        )
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise StateFault(
            "The state is not a file",
            f"{path} is a device, a pipe or a socket.",
            CHECK_PATH,
        )


def _narrowed(path: Path, mode: int) -> str:
    """Take the rights of others away where this process may; what to tell of it.

    The file is not opened for it: closing it again would end the locks that SQLite holds on it.
    """
    own, words = mode & ~_OTHERS, f"{path} was open to others (rights {mode:03o})"
    try:
        path.chmod(own)
        if not path.lstat().st_mode & _OTHERS:
            return f"{words}; its rights are {own:03o} now."
    except FileNotFoundError:
        return f"{words}; it is gone now."
    except OSError:
        pass  # nothing may be written here, or only its owner may: what only reads goes on all the same
    return f"{words} and still is. As its owner: chmod {own:03o} {shlex.quote(str(path))}"


def _foreign(found: list[tuple[Path, int]], owner: int) -> StateFault:
    path, other = found[0]
    # Where our folder is among them it stands first, and all that is in it is the state's.
    files = [path] if path.name == FOLDER else [each for each, _ in found]
    words = ["chown", *["-R"] * (path.name == FOLDER), _name(owner), *map(str, files)]
    return StateFault(
        "The state belongs to another user",
        f"{path} is {_name(other)}'s, who can change in it what is sent and who approves. Nothing was read or changed.",
        f"Where it can be trusted all the same: {shlex.join(words)}",
    )


def _name(user: int) -> str:
    """The name of the user; the number where there is none."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
