"""Being told that somebody committed, instead of asking again and again: LISTEN and NOTIFY."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable

import psycopg

from reconciler.state.postgres.connection import Connection, Database, close_connection
from reconciler.state.postgres.faults import translated

LOOK_SECONDS = 5.0
"""How often it is looked all the same: a pooler may keep what the server tells, and a connection may be dead without a word."""


class Listener:
    """One connection of a process that hears of every commit. For one thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._process = 0
        self._known: int | None = None
        self._looked = 0.0

    def await_change(self, mark: int, look: Callable[[], int], seconds: float) -> bool:
        """Whether the mark is another one, or becomes it within the time. ``look`` reads it, when nothing else tells."""
        with translated(self._database.target):
            try:
                connection = self._listening()
                if self._known != mark or time.monotonic() - self._looked >= LOOK_SECONDS:
                    self._known, self._looked = look(), time.monotonic()
                    if self._known != mark:
                        return True
                if not any(True for _ in connection.notifies(timeout=seconds, stop_after=1)):
                    return False
                self._known = None
                return True
            except psycopg.OperationalError:
                self.close()
                raise

    def _listening(self) -> Connection:
        if self._connection is None or self._process != os.getpid():
            self._connection, self._process, self._known = self._database.connect(), os.getpid(), None
            weakref.finalize(self, close_connection, self._connection, self._process)
            self._connection.execute(f'LISTEN "{self._database.target.schema}"'.encode())
        return self._connection

    def close(self) -> None:
        """Stop listening."""
        if self._connection is not None:
            close_connection(self._connection, self._process)
        self._connection = None
