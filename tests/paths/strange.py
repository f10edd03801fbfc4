"""Every kind of thing that may stand where a file or a folder is expected, made for real."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.sources import reading

CANARY = "canary-8f41c"
NOBODY = 65534
Make = Callable[[Path], None]
"""Puts the strange thing at a place, where the good one stands before."""


def _moved(place: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    return place.rename(to)


def root_of(place: Path) -> Path:
    """The project's folder: tests call it so."""
    return next(folder for folder in place.parents if folder.name == "project")


def outside_of(place: Path) -> Path:
    return root_of(place).parent / "outside"


def _instead(place: Path, make: Callable[[Path], object]) -> None:
    if place.is_dir():
        place.rename(root_of(place) / "put-away")
    else:
        place.unlink()
    make(place)


def link_in(place: Path) -> None:
    place.symlink_to(_moved(place, root_of(place) / "elsewhere" / "kept"))


def relative_link_in(place: Path) -> None:
    place.symlink_to(os.path.relpath(_moved(place, root_of(place) / "elsewhere" / "kept"), place.parent))


def link_out(place: Path) -> None:
    place.symlink_to(_moved(place, outside_of(place) / "kept"))


def link_to_hidden(place: Path) -> None:
    place.symlink_to(_moved(place, root_of(place) / ".git" / "kept"))


def device(place: Path) -> None:
    """As root a real one; anybody else may at least link to one."""
    if os.geteuid() == 0:
        _instead(place, lambda path: os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5)))
    else:
        _instead(place, lambda path: path.symlink_to("/dev/zero"))


def listening(place: Path) -> None:
    def bind(path: Path) -> None:
        before = Path.cwd()
        os.chdir(path.parent)  # the name of a socket is short
        try:
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(path.name)
        finally:
            os.chdir(before)

    _instead(place, bind)


def huge(place: Path) -> None:
    os.truncate(place, 5 << 30)


def of_another(place: Path) -> None:
    os.chown(place, NOBODY, NOBODY)


def nothing(place: Path) -> None:
    _instead(place, lambda path: None)


KINDS: dict[str, Make] = {
    "link in": link_in,
    "relative link in": relative_link_in,
    "link out": link_out,
    "link to a hidden file": link_to_hidden,
    "link to the parent": lambda place: _instead(place, lambda path: path.symlink_to("..")),
    "loop": lambda place: _instead(place, lambda path: path.symlink_to(path.name)),
    "dangling link": lambda place: _instead(place, lambda path: path.symlink_to("nowhere")),
    "link to the environment": lambda place: _instead(place, lambda path: path.symlink_to("/proc/self/environ")),
    "link to a device": lambda place: _instead(place, lambda path: path.symlink_to("/dev/zero")),
    "pipe": lambda place: _instead(place, os.mkfifo),
    "device": device,
    "socket": listening,
    "folder": lambda place: _instead(place, Path.mkdir),
    "file of another": of_another,
    "huge file": huge,
    "unreadable file": lambda place: place.chmod(0),
    "vanishing file": lambda place: None,
}


@contextmanager
def circumstances(kind: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What has to be so while the command runs: somebody who may not read, or a file that goes once it was found."""
    with monkeypatch.context() as patch:
        if kind == "vanishing file":
            read = reading._content

            def gone(name: str, folder: int | None, limit: int) -> bytes:
                if Path(name).name == place.name:
                    place.unlink(missing_ok=True)
                return read(name, folder, limit)

            patch.setattr(reading, "_content", gone)
        if kind != "unreadable file" or os.geteuid() != 0:
            yield
            return
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Each file below with its mode and, of plain files, its content; links as where they lead."""
    found: dict[str, tuple[int, bytes]] = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        link = str(path.readlink()).encode() if stat.S_ISLNK(mode) else b""
        small = stat.S_ISREG(mode) and path.stat().st_size < 1 << 20
        found[str(path.relative_to(folder))] = (mode, path.read_bytes() if small else link)
    return found
