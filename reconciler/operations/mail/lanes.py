"""Lanes: the connections of one mail server at work, side by side, on one queue of messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Protocol

from reconciler.delivery.protocols import Connection, Transport
from reconciler.model.errors import EnvironmentFault, SecretMissing, TransportFault
from reconciler.model.mail.message import Claimed, RecipientVerdict
from reconciler.model.mail.route import Route


class OutcomeRecorder(Protocol):
    """Who is told what a lane does."""

    @property
    def over(self) -> bool:
        """Whether no further message may be sent."""

    def halted(self, to: Route) -> bool:
        """Whether somebody has suspended the server meanwhile."""

    def begin(self, item: Claimed) -> None: ...

    def outcome(self, item: Claimed, to: Route, verdicts: tuple[RecipientVerdict, ...]) -> None: ...

    def server_answered(self, to: Route) -> None: ...

    def server_down(self, to: Route, fault: EnvironmentFault) -> timedelta: ...

    def wait_for(self, item: Claimed, to: Route, fault: EnvironmentFault, pause: timedelta) -> None: ...


@dataclass
class Server:
    """What the lanes of one server share. ``down``: why it cannot be used, and how long its mail is held back."""

    route: Route
    transport: Transport
    work: SimpleQueue[Claimed]
    down: tuple[EnvironmentFault, timedelta] | None = None
    _answered: bool = False
    _door: Lock = field(default_factory=Lock)

    def connect(self, record: OutcomeRecorder) -> Connection | None:
        """A connection; None when the server cannot be used, which is found out once however many lanes there are."""
        if self._answered and self.down is None:
            return self._connect(record)
        with self._door:
            return None if self.down else self._connect(record)

    def _connect(self, record: OutcomeRecorder) -> Connection | None:
        try:
            connection = self.transport.connect(self.route)
        except (TransportFault, SecretMissing) as fault:
            if self.down is None:
                self.down = (fault, record.server_down(self.route, fault))
            return None
        if not self._answered:
            self._answered = True
            record.server_answered(self.route)
        return connection


@dataclass
class Lane:
    """One connection's worth of work: takes messages from the server's queue until it is empty."""

    record: OutcomeRecorder
    server: Server
    connection: Connection | None = None

    def carry(self) -> None:
        """Send what is there, one message after the other; what a server that is down leaves is told to wait."""
        try:
            while not self._over() and (item := _next(self.server.work)) is not None:
                connection = self._connected()
                if connection is None:
                    self._leave(item)
                    continue
                message = item.message
                self.record.begin(item)
                verdicts = connection.send(message.envelope_from, message.open_recipients, message.data)
                self.record.outcome(item, self.server.route, verdicts)
        finally:
            self._close()

    def _over(self) -> bool:
        return self.record.over or self.record.halted(self.server.route)

    def _connected(self) -> Connection | None:
        if self.connection is None or not self.connection.usable:
            self._close()
            self.connection = self.server.connect(self.record)
        return self.connection

    def _leave(self, item: Claimed) -> None:
        assert self.server.down is not None
        fault, pause = self.server.down
        self.record.wait_for(item, self.server.route, fault, pause)

    def _close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def fill_queue(items: Iterable[Claimed]) -> SimpleQueue[Claimed]:
    """The items, in order, for any number of lanes to take from."""
    queue: SimpleQueue[Claimed] = SimpleQueue()
    for item in items:
        queue.put(item)
    return queue


def _next(work: SimpleQueue[Claimed]) -> Claimed | None:
    try:
        return work.get_nowait()
    except Empty:
        return None
