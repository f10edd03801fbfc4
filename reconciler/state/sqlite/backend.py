"""The SQLite backend, assembled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection

from reconciler.state.privacy import Privacy
from reconciler.state.sqlite.connection import PATIENCE, Database, writable
from reconciler.state.sqlite.deliveries import SqliteDeliveries
from reconciler.state.sqlite.freezes import SqliteFreezes
from reconciler.state.sqlite.history import SqliteHistory
from reconciler.state.sqlite.journal import SqliteJournal
from reconciler.state.sqlite.lock import SqliteLock
from reconciler.state.sqlite.outbox import SqliteOutbox
from reconciler.state.sqlite.requests import SqliteRequests
from reconciler.state.sqlite.servers import SqliteServers
from reconciler.state.sqlite.snapshots import SqliteSnapshots
from reconciler.state.sqlite.stored_values import moment, number
from reconciler.state.sqlite.suspensions import SqliteSuspensions
from reconciler.state.sqlite.upkeep import SqliteUpkeep

EARLIEST = (
    "SELECT due FROM requests INDEXED BY requests_due WHERE state = 'pending' AND due IS NOT NULL ORDER BY due LIMIT 1",
    "SELECT due FROM messages INDEXED BY messages_due WHERE state IN ('queued', 'deferred', 'ambiguous') ORDER BY due LIMIT 1",
    "SELECT lease_until FROM messages INDEXED BY messages_leased WHERE state = 'sending' ORDER BY lease_until LIMIT 1",
)
"""The earliest of each thing that falls due, each the first row of an index."""


class SqliteState:
    """One state in one SQLite file; implements `reconciler.state.protocols.State`.

    The file need not exist: it reads as the empty state, and the first write makes it. ``label`` is what people are
    shown, the path where it is empty. ``privacy``: whose its files may be. ``patience``: seconds a writer waits for its
    turn. ``may_write`` tells whether the file and its folder can be written. May be shared between threads; `close` when
    done, or leave it to the end of the process.
    """

    def __init__(
        self,
        path: Path,
        *,
        label: str = "",
        privacy: Privacy | None = None,
        patience: float = PATIENCE,
        may_write: Callable[[Path], bool] = writable,
    ) -> None:
        database = Database(path, privacy=privacy, patience=patience, may_write=may_write)
        self._database = database
        self.name = f"sqlite:{label or path}"
        self.snapshots = SqliteSnapshots(database)
        self.requests = SqliteRequests(database)
        self.outbox = SqliteOutbox(database)
        self.deliveries = SqliteDeliveries(database)
        self.servers = SqliteServers(database)
        self.journal = SqliteJournal(database)
        self.lock = SqliteLock(database)
        self.upkeep = SqliteUpkeep(database)
        self.freezes = SqliteFreezes(database)
        self.suspensions = SqliteSuspensions(database)
        self.history = SqliteHistory(database)

    def next_due(self) -> datetime | None:
        """When the earliest request, message or lease falls due; None when nothing waits."""

        def work(connection: Connection) -> datetime | None:
            rows = [connection.execute(query).fetchone() for query in EARLIEST]
            return min((moment(row[0]) for row in rows if row), default=None)

        return self._database.read(work, None)

    def change_mark(self) -> int:
        """The number of write transactions so far, of any process; 0 for a state that does not exist."""
        query = "SELECT changes FROM state"
        return self._database.read(lambda connection: number(connection.execute(query).fetchone()[0]), 0)

    def close(self) -> None:
        """Close every connection of this process; SQLite then removes its side files if nobody else has the state open."""
        self._database.close()
