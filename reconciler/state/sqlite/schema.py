"""Whose file it is, of which version, and how it becomes one of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from reconciler.model.errors import StateFault
from reconciler.model.wording import CHECK_PATH

APPLICATION_ID = 0x52434E43
"""What marks a SQLite file as ours (`PRAGMA application_id`): the letters RCNC."""

VERSION = 2
"""The schema this version of reconciler reads and writes: the number of the last migration."""


def migrations() -> list[tuple[int, str]]:
    """Number and text of every migration, in order: the files ``NNNN_name.sql`` beside this one."""
    folder = resources.files("reconciler.state.sqlite").joinpath("migrations")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [(int(file.name[:4]), file.read_text(encoding="utf-8")) for file in files]


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The schema version of an open file; 0 for one nothing was committed to yet. `StateFault` when it is not ours or newer."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application == APPLICATION_ID:
        if version > VERSION:
            raise _newer(path, version)
        return int(version)
    (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application or version or objects:
        raise StateFault(
            f"The file {path} belongs to another application",
            "It is a SQLite database, but not one that reconciler made. It was left as it is.",
            CHECK_PATH,
        )
    return 0


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring a file from the version to ours. Inside the caller's transaction, so that a crash leaves the old version."""
    for number, text in migrations():
        if number > version:
            for statement in statements(text):
                connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def statements(text: str) -> Iterator[str]:
    """The SQL statements of a script, one by one: `executescript` would commit the transaction around them."""
    pending = ""
    for line in text.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def _newer(path: Path, version: int) -> StateFault:
    return StateFault(
        f"The state {path} was written by a newer reconciler",
        f"Its schema is version {version}; this reconciler knows versions up to {VERSION}. It was left as it is.",
        "Upgrade reconciler on this machine, then run the command again.",
    )
