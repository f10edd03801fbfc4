"""Fair turns: who waits to write gets to write.

SQLite lets waiting writers sleep and retry at random, so one of several busy writers may wait for seconds. Here a writer
locks a waiting room and then the turn itself, and leaves the waiting room once it has the turn. Only one writer at a time
competes for the turn, and one that has just finished queues behind it like everybody else.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.state.sql.statements import too_busy

_QUEUE_PAUSE = 0.002
_TURN_PAUSE = 0.0005


@contextmanager
def fair_turn(database: Path, patience: float) -> Iterator[None]:
    """The exclusive right to write the database, waited for ``patience`` seconds at most; `StateFault` after that.

    The two lock files stay beside the database: removing one would let two writers hold different files of one name.
    """
    deadline = time.monotonic() + patience
    with _open(database, ".queue") as queue, _open(database, ".turn") as turn:
        _lock(queue, deadline, _QUEUE_PAUSE, database, patience)
        _lock(turn, deadline, _TURN_PAUSE, database, patience)
        fcntl.flock(queue, fcntl.LOCK_UN)
        yield


@contextmanager
def _open(database: Path, suffix: str) -> Iterator[int]:
    path = database.with_name(database.name + suffix)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        status = os.fstat(file)
        if status.st_mode & 0o777 != 0o600 and status.st_uid == os.geteuid():
            os.fchmod(file, 0o600)
        if os.geteuid() == 0 and database.exists():
            # As SQLite does with its side files: what root makes must not lock out the owner of the state.
            owner = database.stat()
            os.fchown(file, owner.st_uid, owner.st_gid)
        yield file
    finally:
        # Said aloud, because a child forked meanwhile may hold a copy of the file and with it the lock.
        fcntl.flock(file, fcntl.LOCK_UN)
        os.close(file)


def _lock(file: int, deadline: float, pause: float, database: Path, patience: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise too_busy(str(database), patience) from None
            time.sleep(pause)
