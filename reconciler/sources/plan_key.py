"""The key that saved plans are authenticated with: beside the state, or given by the environment."""

from __future__ import annotations

import fcntl
import os
import secrets
import shlex
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from errno import ENOENT
from pathlib import Path
from typing import BinaryIO

from reconciler.model.errors import EnvironmentFault, UserError
from reconciler.model.wording import Given, Sentence
from reconciler.sources.reading import PLAN_KEY as FILE
from reconciler.sources.reading import Unreadable, read_anywhere, words_of

VARIABLE = "RECONCILER_PLAN_KEY"
"""Names the key where plan and apply run on different machines of one trust domain."""

SHORTEST = 32
"""Characters of a key at least: what is shorter could be guessed."""


@dataclass(frozen=True, slots=True)
class PlanKeys:
    """Where the key is. ``given`` wins over the file in ``folder``; ``check`` raises where that is not to be trusted;
    ``narrow`` takes the rights of others from a plan file."""

    folder: Path
    given: str = field(default="", repr=False)
    check: Callable[[Path], object] = field(default=lambda path: None, repr=False)
    narrow: Callable[[Path], None] = field(default=lambda path: None, repr=False)

    def existing(self) -> bytes | None:
        """The key, None where none has been made yet. Raises `UserError` for one too short or open to others,
        `EnvironmentFault`, and what ``check`` raises."""
        if self.given:
            return _long_enough(self.given.encode(), VARIABLE)
        path = self.folder / FILE
        try:
            self.check(path)
            return _long_enough(_read(path), str(path))
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise _unusable(path, fault) from fault

    def made(self) -> bytes:
        """The key; where there is none yet a new one is made, for its owner alone to read (0600)."""
        found = self.existing()
        if found is None:
            try:
                _make(self.folder)
            except OSError as fault:
                raise _unusable(self.folder / FILE, fault) from fault
            found = self.existing()
        if found is None:
            raise _unusable(self.folder / FILE, FileNotFoundError(ENOENT, "it was removed at once"))
        return found


def list_key_files(state: Path) -> tuple[Path, ...]:
    """A state that is a file: the database, what SQLite keeps beside it, and the key of saved plans."""
    suffixes = ("", "-wal", "-shm", "-journal")
    return (*(state.with_name(state.name + suffix) for suffix in suffixes), state.with_name(FILE))


def _long_enough(key: bytes, where: str) -> bytes:
    if len(key) < SHORTEST:
        raise UserError(
            "The key for saved plans is too short",
            f"{where} has fewer than {SHORTEST} characters, so that a plan could be forged.",
            "Make one, for example with: openssl rand -hex 32",
        )
    return key


def _read(path: Path) -> bytes:
    """What is in the file; refused where others than its owner can reach it: then it proves nothing."""
    rights = stat.S_IMODE(path.stat().st_mode)
    if rights & _OTHERS:
        raise UserError(
            "The key for saved plans is open to others",
            f"{path} has the rights {rights:03o}: who can read it can forge a plan.",
            Sentence(
                f"If nobody else has had it: chmod 600 {shlex.quote(str(path))}. If somebody may have: remove it; the next "
                "plan ",
                Given("out"),
                " makes a new one, and what was saved with the old one is refused.",
            ),
        )
    try:
        return read_anywhere(path, _LONGEST).strip()
    except Unreadable as fault:
        raise OSError(None, fault.reason) from fault


_UNFINISHED = f".{FILE}.part"
_OPENING = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
_LONGEST = 4096

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def _make(folder: Path) -> None:
    """Whole or not at all, and never over another one: of two plans at once, one makes the key and both use it.

    What is not finished has one name, and a lock while somebody is at it: what a killed run left, the next one finishes.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key, unfinished = folder / FILE, folder / _UNFINISHED
    while not key.exists():
        with os.fdopen(os.open(unfinished, _OPENING, 0o600), "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not key.exists() and _is_at(file.fileno(), unfinished):  # else somebody made it meanwhile, or gave up
                _fill(file, unfinished)
                unfinished.rename(key)
    unfinished.unlink(missing_ok=True)


def _fill(file: BinaryIO, unfinished: Path) -> None:
    try:
        os.fchmod(file.fileno(), 0o600)
        file.truncate()
        file.write(secrets.token_hex(32).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _is_at(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.lstat())
    except FileNotFoundError:
        return False


def _unusable(path: Path, fault: OSError) -> EnvironmentFault:
    return EnvironmentFault(
        "The key for saved plans cannot be used",
        f"{path} cannot be read or made: {words_of(fault)}.",
        f"Give access to it, or name a key in {VARIABLE}.",
    )
