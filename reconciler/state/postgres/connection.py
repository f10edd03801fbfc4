"""The one door to the database: connections, transactions that read or write, and what becomes of both when the server goes."""

from __future__ import annotations

import os
import secrets
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import psycopg
from psycopg import errors
from psycopg.rows import DictRow, dict_row

from reconciler.model.errors import StateFault, StateLocked
from reconciler.state.postgres.faults import server_gone, translated, unknown_outcome, wrong_encoding
from reconciler.state.postgres.schema import find_version, migrate, read_version
from reconciler.state.postgres.target import Target
from reconciler.state.sql.statements import too_busy

T = TypeVar("T")

Connection = psycopg.Connection[DictRow]

Work = Callable[[Connection], T]
"""What is done with a connection inside one transaction."""

PATIENCE = 60.0
"""Seconds a writer waits for its turn."""

COMES_BACK = 20.0
"""Seconds a process that had reached the server waits for it to come back."""

_PAUSE = 0.25
_TRIES = 5
"""How often a transaction is done again after the server ended it for the sake of another."""

_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED"
"""Whatever the database has by default: who waits for a turn sees what the one before has written."""
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_TURN = "UPDATE state SET changes = changes + 1, writer = %(writer)s RETURNING changes, "
_HELD = (
    "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted "
    "AND objsubid = 1 AND ((classid::bigint << 32) | objid::bigint) = %(key)s) AS held"
)
_INHERITED: list[object] = []
"""Connections carried over a fork. They are the parent's: closing a copy, and so dropping it, would end them."""


@dataclass(slots=True, weakref_slot=True, eq=False)
class Session:
    """One thread's connection. ``fresh``: nothing was done with it yet. ``known``: the schema was seen to be ours on it."""

    connection: Connection
    process: int = field(default_factory=os.getpid)
    fresh: bool = True
    known: bool = False

    def __post_init__(self) -> None:
        """A thread that ends, or a state nobody closed, leaves no connection behind."""
        weakref.finalize(self, close_connection, self.connection, self.process)


class Database:
    """One schema of one database. A connection per thread is kept open; `close` closes those of all threads.

    Every method raises `StateFault` when the database cannot be used as it is. ``patience``: seconds a writer waits for its turn.
    """

    def __init__(self, target: Target, *, patience: float = PATIENCE, comes_back: float = COMES_BACK) -> None:
        self.target = target
        self._patience = patience
        self._comes_back = comes_back
        self._local = threading.local()
        self._all: weakref.WeakSet[Session] = weakref.WeakSet()
        self._reached = False

    def read(self, work: Work[T], empty: T) -> T:
        """``work`` in one read transaction: everything it selects is of one moment. ``empty`` where nothing is stored."""
        return self._tried(lambda session: self._reading(session, work, empty))

    def write(self, work: Work[T], *, alone: bool = True) -> T:
        """``work`` in one write transaction: all of it or, when it raises, nothing. It is on the disk when this returns.

        ``alone``: in turn, after the last one and before the next, and others are told. A transaction beside others changes rows
        that it compares, and nothing else. `StateLocked` where this thread has taken the lock and does not hold it any more.
        """
        return self._tried(lambda session: self._writing(session, work, alone))

    def version(self) -> int:
        """The version of the schema; 0 where nothing is stored."""
        return self._tried(lambda session: find_version(session.connection, self.target))

    def use(self, work: Work[T]) -> T:
        """``work`` on this thread's connection outside any transaction: for what belongs to the session, its locks."""
        return self._tried(lambda session: work(session.connection))

    @property
    def locked(self) -> bool:
        """Whether this thread has taken the lock of the state and not given it back; it may have lost it."""
        return getattr(self._local, "locked", False)

    @locked.setter
    def locked(self, value: bool) -> None:
        self._local.locked = value

    def connect(self) -> Connection:
        """A new connection, outside any transaction, that finds the tables. Waits for a server that was reached before."""
        deadline = time.monotonic() + (self._comes_back if self._reached else 0)
        while True:
            try:
                return self._prepared(psycopg.connect(self.target.conninfo, autocommit=True, row_factory=dict_row))
            except psycopg.OperationalError as error:
                if time.monotonic() >= deadline or (error.sqlstate or "57P").startswith(("28", "3D")):
                    if not self._reached:
                        raise
                    self._reached = False  # it was waited for; who asks next is told at once
                    raise server_gone(self.target, error) from error
                time.sleep(_PAUSE)

    def _prepared(self, connection: Connection) -> Connection:
        try:
            connection.execute(
                f'SET search_path TO "{self.target.schema}"; '
                "SET TIME ZONE 'UTC'; SET datestyle TO ISO; SET idle_session_timeout TO 0; "
                f"SET lock_timeout TO {int(self._patience * 1000)}; SET synchronous_commit TO on; "
                "SET idle_in_transaction_session_timeout TO '5min'".encode()
            )
            if connection.info.parameter_status("server_encoding") != "UTF8":
                raise wrong_encoding(self.target)
        except BaseException:
            connection.close()
            raise
        self._reached = True
        return connection

    def close(self) -> None:
        """Close every connection. The database may be used again."""
        for session in list(self._all):
            close_connection(session.connection, session.process)
        self._all.clear()
        self._local = threading.local()

    def _reading(self, session: Session, work: Work[T], empty: T) -> T:
        with _Transaction(session.connection, _READ):
            return work(session.connection) if self._is_made(session) else empty

    def _is_made(self, session: Session) -> bool:
        """Whether there is a schema of ours, of a version we know. Once seen, it is its version alone that is looked at."""
        known, session.known = session.known, False
        read = read_version if known else find_version
        session.known = read(session.connection, self.target) > 0
        return session.known

    def _writing(self, session: Session, work: Work[T], alone: bool) -> T:
        writer = secrets.token_hex(16)
        with _Transaction(session.connection, _WRITE) as transaction:
            place = self._take_turn(session, writer) if alone else 0
            result = work(session.connection)
            if alone:
                session.connection.execute("SELECT pg_notify(%s, '')", [self.target.schema])
            try:
                transaction.commit()
            except psycopg.OperationalError as error:
                if not alone or not self._was_committed(error, place, writer):
                    raise
        return result

    def _take_turn(self, session: Session, writer: str) -> int:
        """The place of this transaction among those that took their turn."""
        connection = session.connection
        if not self._is_made(session):
            migrate(connection, self.target)
        turn = connection.execute(_TURN + _HELD, {"writer": writer, "key": self.target.key}).fetchone()
        assert turn is not None
        if self.locked and not turn["held"]:
            raise StateLocked(
                "The lock was lost",
                "The connection that held it was ended, by the server, by somebody who removed the lock, or because a pooler "
                "gave it to another. Nothing was changed.",
                "Run the command again; where a pooler stands in between, name the server itself in the state's URL.",
            )
        return int(turn["changes"])

    def _was_committed(self, error: psycopg.OperationalError, place: int, writer: str) -> bool:
        """Whether a commit whose answer did not come was carried out. Raises `StateFault` where that cannot be known.

        One that still goes on has the row, or the right to make it, and is waited for.
        """
        deadline, row = time.monotonic() + self._comes_back, None
        while row is None:
            try:
                with self.connect() as connection:
                    connection.execute("SELECT pg_advisory_xact_lock(%s)", [~self.target.key])
                    row = connection.execute("SELECT changes, writer FROM state FOR UPDATE").fetchone()
            except errors.UndefinedTable:
                return False
            except (psycopg.Error, StateFault):
                # A server that breaks down takes new connections for another moment, and then ends them.
                if time.monotonic() >= deadline:
                    raise unknown_outcome(self.target, "the server does not tell what became of it") from error
                time.sleep(_PAUSE)
        if row["writer"] != writer and row["changes"] > place:
            raise unknown_outcome(self.target, "others have written since") from error
        return bool(row["writer"] == writer)

    def _tried(self, use: Callable[[Session], T]) -> T:
        """``use`` on this thread's session. Once more on a fresh one where the connection went since the last use, and again
        where the server gave another transaction the precedence. A server that refuses is not asked twice: another connection
        would have lost the lock."""
        with translated(self.target):
            for tries in range(_TRIES):
                session = self._session()
                fresh, session.fresh = session.fresh, False
                try:
                    return use(session)
                except errors.LockNotAvailable:
                    raise too_busy(self.target.name, self._patience) from None
                except (errors.DeadlockDetected, errors.SerializationFailure):
                    if tries == _TRIES - 1:
                        raise
                except psycopg.OperationalError as error:
                    if not _is_gone(session.connection, error):
                        raise
                    self._drop(session)
                    if fresh or tries == _TRIES - 1:
                        raise
            raise AssertionError("the last try returns or raises")

    def _session(self) -> Session:
        """This thread's session, opened anew after a fork and when the connection is known to be gone."""
        session: Session | None = getattr(self._local, "session", None)
        if session is not None:
            if session.process == os.getpid() and not session.connection.broken and not session.connection.closed:
                return session
            self._drop(session)
        session = Session(self.connect())
        self._local.session = session
        self._all.add(session)
        return session

    def _drop(self, session: Session) -> None:
        self._local.session = None
        self._all.discard(session)
        close_connection(session.connection, session.process)


class _Transaction:
    """A transaction that is undone unless it was committed."""

    def __init__(self, connection: Connection, begin: str) -> None:
        self._connection = connection
        self._begin = begin

    def __enter__(self) -> _Transaction:
        self._connection.execute(self._begin.encode())
        return self

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def __exit__(self, *_: object) -> None:
        if self._connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            with suppress(psycopg.OperationalError):
                self._connection.execute("ROLLBACK")


def _is_gone(connection: Connection, error: psycopg.OperationalError) -> bool:
    return connection.broken or connection.closed or (error.sqlstate or "08").startswith(("08", "57P"))


def close_connection(connection: Connection, process: int) -> None:
    """Close what the process opened; what came over a fork is kept as it is."""
    if process != os.getpid():
        _INHERITED.append(connection)
        return
    with suppress(psycopg.Error):
        connection.close()
