"""A SQLite state as a file: made, upgraded, copied, and counted."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reconciler.model.errors import EnvironmentFault, UserError
from reconciler.state.sqlite.connection import Database
from reconciler.state.sqlite.schema import VERSION
from reconciler.state.stored import StoredUpkeep
from reconciler.state.tables import Store


class SqliteUpkeep(StoredUpkeep):
    """Implements `reconciler.state.protocols.Upkeep`."""

    def __init__(self, database: Database, store: Store) -> None:
        super().__init__(store, database.version, VERSION)
        self._database = database

    def backup(self, to: Path) -> None:
        # A file that belongs to another program is refused before a copy of it is made.
        self._require_made(str(self._database.path))
        with _new_file(to) as partial:
            self._database.copy_into(partial)


@contextmanager
def _new_file(to: Path) -> Iterator[Path]:
    """A file beside ``to`` to be filled, for nobody else to read (0600); it takes the name ``to`` when the block is left
    without an error, and goes otherwise. Raises `UserError` where ``to`` exists, `EnvironmentFault` where it cannot be made.
    """
    partial = to.with_name(f".{to.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    except OSError as error:
        raise _cannot(to, error) from error
    try:
        yield partial
        # A link fails where the name is taken, a rename would replace what is there.
        os.link(partial, to)
    except FileExistsError:
        raise UserError(f"{to} exists already", "A backup never replaces a file.", "Choose another name.") from None
    except OSError as error:
        raise _cannot(to, error) from error
    finally:
        with suppress(OSError):
            partial.unlink()


def _cannot(to: Path, error: OSError) -> EnvironmentFault:
    return EnvironmentFault(
        f"{to} cannot be written", f"The system says: {error.strerror or error}.", "Choose another folder."
    )
