"""All tables of one transaction, in SQL."""

from __future__ import annotations

from reconciler.state.sql.approvals import SqlDecisions, SqlNames, SqlRequests
from reconciler.state.sql.configuration import BLOBS, SqlResources, SqlRevisions, SqlSerials
from reconciler.state.sql.mail import SERVERS, SqlAttempts, SqlLeases, SqlMessages, SqlWaiting
from reconciler.state.sql.raw import SqlRaw
from reconciler.state.sql.standing import FREEZES, LOCKS, SUSPENSIONS, SqlCounts, SqlJournal
from reconciler.state.sql.statements import Connection, SqlRows
from reconciler.state.tables import Kinds, Transaction


def transaction(connection: Connection, kinds: Kinds) -> Transaction:
    """The tables behind a connection on which a transaction has begun."""
    return Transaction(
        kinds=kinds,
        serials=SqlSerials(connection),
        resources=SqlResources(connection),
        blobs=SqlRows(connection, BLOBS),
        revisions=SqlRevisions(connection),
        names=SqlNames(connection),
        requests=SqlRequests(connection),
        decisions=SqlDecisions(connection),
        messages=SqlMessages(connection),
        attempts=SqlAttempts(connection),
        waiting=SqlWaiting(connection),
        leases=SqlLeases(connection),
        servers=SqlRows(connection, SERVERS),
        suspensions=SqlRows(connection, SUSPENSIONS),
        freezes=SqlRows(connection, FREEZES),
        locks=SqlRows(connection, LOCKS),
        journal=SqlJournal(connection),
        counts=SqlCounts(connection),
        raw=SqlRaw(connection),
    )
