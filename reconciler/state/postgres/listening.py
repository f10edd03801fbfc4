"""Being told that somebody committed, instead of asking again and again: LISTEN and NOTIFY."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg

from reconciler.state.postgres.connection import Connection, Database
from reconciler.state.postgres.faults import translated

LOOK_SECONDS = 5.0
"""How often it is looked all the same: a pooler may keep what the server tells, and a connection may be dead without a word."""


class Listener:
    """One connection of a process that hears of every commit. For one thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._process = 0
        self._looked = 0.0

    def await_change(self, unchanged: Callable[[], bool], seconds: float) -> bool:
        """Whether somebody commits within the time. ``unchanged`` looks; it is asked when listening begins, and now and then."""
        with translated(self._database.target):
            try:
                return self._heard(unchanged, seconds)
            except psycopg.OperationalError:
                self.close()
                raise

    def _heard(self, unchanged: Callable[[], bool], seconds: float) -> bool:
        if self._connection is None or self._process != os.getpid():
            self._connection, self._process, self._looked = self._database.connect(), os.getpid(), 0.0
            self._connection.execute(f"LISTEN {self._database.target.schema}".encode())
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._looked = time.monotonic()
            if not unchanged():
                return True
        heard = list(self._connection.notifies(timeout=seconds, stop_after=1))
        return bool(heard)

    def close(self) -> None:
        """Stop listening."""
        if self._connection is not None and self._process == os.getpid():
            with suppress(psycopg.Error):
                self._connection.close()
        self._connection = None
