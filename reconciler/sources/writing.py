"""The one writer of files: each is complete beside its place before it takes it, and no planted link is followed."""

from __future__ import annotations

import os
import re
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from reconciler.model.errors import EnvironmentFault
from reconciler.sources.reading import Root, Unreadable, words_of

_UNFINISHED = re.compile(r"\.reconciler-[0-9a-f]{16}\.part")
_STALE_SECONDS = 3600
"""Nobody takes an hour to write a file: what is older was left behind by a run that was killed."""

_STREAM = re.compile(r"-|/dev/std(?:out|err)|/(?:dev|proc/self)/fd/([0-9]{1,9})")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_AGAIN = "Make room, or name a file in a folder that exists and can be written to, and run the command again."


def write_files(
    files: Mapping[Path, bytes], project: Root | None, *, private: bool = False, folders: bool = False
) -> None:
    """Make each file have that content. A reader sees its old content or the new, never a part.

    A link at the place is replaced, what it leads to stays as it is; no folder inside ``project`` may be a link out of it. A
    file that exists keeps its rights; with ``private`` it is for its owner alone (0600), as whatever holds mail has to be.
    With ``folders`` those that are missing are made. ``-``, ``/dev/stdout``, ``/dev/fd/N`` and character devices are
    written directly. Raises `EnvironmentFault`, having written nothing unless it was the very last step, of putting
    prepared files in place, that failed.
    """
    staged: list[tuple[Path, str]] = []
    path = Path()
    try:
        for path, content in files.items():
            if not _streamed(path, content):
                if folders:
                    _make_folder(path.parent, project)
                with _folder(path.parent, project) as folder:
                    staged.append((path, _stage(folder, path.name, content, private)))
        for path, prepared in list(staged):
            with _folder(path.parent, project) as folder:
                os.replace(prepared, path.name, src_dir_fd=folder, dst_dir_fd=folder)
            staged.remove((path, prepared))
    except (OSError, Unreadable) as fault:
        reason = words_of(fault) if isinstance(fault, OSError) else fault.reason
        raise EnvironmentFault("A file could not be written", f"{path}: {reason}.", _AGAIN) from fault
    finally:
        for left, prepared in staged:
            with suppress(OSError, Unreadable), _folder(left.parent, project) as folder:
                os.unlink(prepared, dir_fd=folder)


def require_no_way_out(path: Path, project: Root) -> None:
    """Raise `EnvironmentFault` where a folder on the way to a file inside the project is a link out of it."""
    try:
        with _folder(path.parent, project):
            return
    except Unreadable as fault:
        raise EnvironmentFault("A file could not be written", f"{path}: {fault.reason}.", _AGAIN) from fault
    except OSError:  # whoever writes it says so
        return


def _streamed(path: Path, content: bytes) -> bool:
    """Written to what is no file but a way: an open descriptor of this process, or a device that was named itself."""
    found = _STREAM.fullmatch(str(path))
    if found:
        sys.stdout.flush()
        descriptor = os.dup(int(found[1] or (2 if found[0] == "/dev/stderr" else 1)))
    elif path.is_char_device() and not path.is_symlink():
        descriptor = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_NOFOLLOW)
    else:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return True


@contextmanager
def _folder(path: Path, project: Root | None) -> Iterator[int]:
    """The folder, open; one inside the project is reached without leaving it."""
    inside = project.name_of(path) if project else None
    if project and inside is not None:
        with project.folder(inside, named=True) as folder:
            yield folder
        return
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield folder
    finally:
        os.close(folder)


def _make_folder(path: Path, project: Root | None) -> None:
    """With all above it; what is there is looked at before anything is made behind it."""
    inside = project.name_of(path) if project else None
    path = there = project.path / inside if project and inside is not None else path
    while not os.path.lexists(there):
        there = there.parent
    with _folder(there, project):
        path.mkdir(parents=True, exist_ok=True)


def _stage(folder: int, name: str, content: bytes, private: bool) -> str:
    """A new file in the folder, complete and on the disk; its name."""
    _sweep(folder)
    prepared = f".reconciler-{token_hex(8)}.part"
    file = os.open(prepared, _NEW, 0o600 if private else 0o666, dir_fd=folder)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(content)
            stream.flush()
            rights = _rights(folder, name)
            if rights is not None and not private:
                os.fchmod(file, rights)
            os.fsync(file)
    except BaseException:
        os.unlink(prepared, dir_fd=folder)
        raise
    return prepared


def _rights(folder: int, name: str) -> int | None:
    """Those of the file that is there, if any. Raises `Unreadable` for a pipe, a device or a socket, which nothing replaces."""
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode)):
        raise Unreadable("it is there and not a plain file")
    return stat.S_IMODE(mode) & 0o777 if stat.S_ISREG(mode) else None


def _sweep(folder: int) -> None:
    """Remove what killed runs left in the folder; whatever stands in the way of it stands in the way of nothing else."""
    oldest = time.time() - _STALE_SECONDS
    with suppress(OSError), os.scandir(folder) as entries:
        left = [entry for entry in entries if _UNFINISHED.fullmatch(entry.name)]
        for entry in left:
            if entry.stat(follow_symlinks=False).st_mtime < oldest:
                os.unlink(entry.name, dir_fd=folder)
