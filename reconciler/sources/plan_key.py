"""The key that saved plans are authenticated with: beside the state, or given by the environment."""

from __future__ import annotations

import os
import secrets
import shlex
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from errno import ENOENT
from pathlib import Path

from reconciler.model.errors import EnvironmentFault, UserError
from reconciler.sources.reading import PLAN_KEY as FILE

VARIABLE = "RECONCILER_PLAN_KEY"
"""Names the key where plan and apply run on different machines of one trust domain."""

SHORTEST = 32
"""Characters of a key at least: what is shorter could be guessed."""


@dataclass(frozen=True, slots=True)
class PlanKeys:
    """Where the key is. ``given`` wins over the file in ``folder``; ``check`` raises where that is not to be trusted."""

    folder: Path
    given: str = field(default="", repr=False)
    check: Callable[[Path], object] = field(default=lambda path: None, repr=False)

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


def files_of(state: Path) -> tuple[Path, ...]:
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
    with path.open("rb") as file:
        rights = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if rights & _OTHERS:
            raise UserError(
                "The key for saved plans is open to others",
                f"{path} has the rights {rights:03o}: who can read it can forge a plan.",
                f"If nobody else has had it: chmod 600 {shlex.quote(str(path))}. If somebody may have: remove it; the next "
                "plan --out makes a new one, and what was saved with the old one is refused.",
            )
        return file.read().strip()


_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def _make(folder: Path) -> None:
    """Whole or not at all, and never over another one: of two plans at once, one makes the key and both use it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".plan-key-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, folder / FILE)
    finally:
        Path(name).unlink()


def _unusable(path: Path, fault: OSError) -> EnvironmentFault:
    return EnvironmentFault(
        "The key for saved plans cannot be used",
        f"{path} cannot be read or made: {(fault.strerror or type(fault).__name__).lower()}.",
        f"Give access to it, or name a key in {VARIABLE}.",
    )
