"""Whose schema it is, of which version, and how it becomes one of ours."""

from __future__ import annotations

from importlib import resources

import psycopg
from psycopg.rows import DictRow

from reconciler.model.errors import StateFault
from reconciler.state.postgres.target import Target

Connection = psycopg.Connection[DictRow]

VERSION = 1
"""The schema this version of reconciler reads and writes: the number of the last migration."""

_THERE = (
    "SELECT has_schema_privilege(oid, 'USAGE') AS usable, "
    "(SELECT count(*) FROM pg_class WHERE relnamespace = pg_namespace.oid) AS objects, "
    "(SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass(%(table)s) AND attname IN ('version', 'writer')) AS ours "
    "FROM pg_namespace WHERE nspname = %(schema)s"
)


def migrations() -> list[tuple[int, str]]:
    """Number and text of every migration, in order: the files ``NNNN_name.sql`` beside this one."""
    folder = resources.files("reconciler.state.postgres").joinpath("migrations")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [(int(file.name[:4]), file.read_text(encoding="utf-8")) for file in files]


def find_version(connection: Connection, target: Target) -> int:
    """The version of the schema; 0 where nothing is stored. `StateFault` when it is not ours, newer, or not for this role."""
    there = connection.execute(_THERE, {"schema": target.schema, "table": f'"{target.schema}".state'}).fetchone()
    if there is None:
        return 0
    if not there["usable"]:
        raise StateFault(
            f"The state {target.name} cannot be used: the role lacks a right",
            f"It may not use the schema {target.schema}.",
            "Let the owner of the schema grant the rights docs/postgresql.md lists, or use a role that has them.",
        )
    if there["objects"] == 0:
        return 0
    if there["ours"] != 2:
        raise StateFault(
            f"The schema {target.schema} of {target.name} belongs to another application",
            "There are tables in it, but not those that reconciler makes. It was left as it is.",
            "Name another schema behind the database: postgresql://HOST/DATABASE?schema=NAME.",
        )
    return read_version(connection, target)


def read_version(connection: Connection, target: Target) -> int:
    """The version of a schema that is ours. `StateFault` when it is newer."""
    row = connection.execute("SELECT version FROM state").fetchone()
    version = int(row["version"]) if row else 0
    if version > VERSION:
        raise StateFault(
            f"The state {target.name} was written by a newer reconciler",
            f"Its schema is version {version}; this reconciler knows versions up to {VERSION}. It was left as it is.",
            "Upgrade reconciler on this machine, then run the command again.",
        )
    return version


def migrate(connection: Connection, target: Target) -> None:
    """Make the tables, in a schema that is made too where there is none, or bring them to our version.

    Inside the caller's transaction, so that a crash leaves the old version. One of two that begin together waits for the other.
    """
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [~target.key])
    version = find_version(connection, target)
    if not connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [target.schema]).fetchone():
        connection.execute(f'CREATE SCHEMA "{target.schema}"'.encode())
    for number, text in migrations():
        if number > version:
            connection.execute(text.encode())
    connection.execute("UPDATE state SET version = %s", [VERSION])
