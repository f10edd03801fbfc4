"""Where a state in PostgreSQL is: a URL as libpq reads it, without a password, and the schema its tables stand in."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from reconciler.model.errors import UserError

DEFAULT_SCHEMA = "reconciler"

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_SECRETS = ("password", "sslpassword", "oauth_client_secret")
_TELLING = ("host", "hostaddr", "port", "dbname", "user", "service", "schema")
"""Parameters that say which place it is."""
_DEFAULTS = {
    "connect_timeout": "10",
    # A server whose machine is gone is noticed within a minute, and not when TCP gives up after a quarter of an hour.
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
    "client_encoding": "utf8",
    "fallback_application_name": "reconciler",
}
_EXAMPLE = "Write it as postgresql://USER@HOST/DATABASE, for example postgresql://approvals@db.example.com/approvals."


@dataclass(frozen=True, slots=True)
class Target:
    """``conninfo``: for libpq, and ``url`` the same as it was given. ``schema``: a plain lower-case name, safe inside a
    statement. ``name``: for people, without parameters that only say how it is reached."""

    conninfo: str
    url: str
    schema: str
    name: str

    @property
    def key(self) -> int:
        """Of the lock: unique for the schema inside its database."""
        digest = hashlib.sha256(f"reconciler {self.schema}".encode()).digest()
        return int.from_bytes(digest[:8], signed=True)


def parse_target(url: str) -> Target:
    """``postgresql://...`` as libpq reads it (https://www.postgresql.org/docs/current/libpq-connect.html, 32.1.1.2), and
    ``schema=NAME`` of our own among its parameters. Password, service and certificates are found as libpq finds them.

    Raises `UserError` for a URL that is not understood, and for one that holds a secret; neither is repeated.
    """
    place, _, query = url.partition("?")
    given = [each for each in query.split("&") if each]
    schemas = [unquote(each.partition("=")[2]) for each in given if each.partition("=")[0] == "schema"]
    plain = "?".join(filter(None, (place, "&".join(each for each in given if each.partition("=")[0] != "schema"))))
    known = _read(plain)
    if len(schemas) > 1 or known.get("replication"):
        what = "It names two schemas." if len(schemas) > 1 else "A connection for replication keeps no state."
        raise UserError("The state URL is not understood", what, _EXAMPLE)
    if any(known.get(name) for name in _SECRETS):
        raise UserError(
            "A password in the state URL",
            "Whoever sees the URL, in a process list, a log or a file, would have it.",
            "Leave it out, and give it by PGPASSWORD, a password file (PGPASSFILE) or a service file (PGSERVICEFILE).",
        )
    schema = schemas[-1] if schemas else DEFAULT_SCHEMA
    if not _SCHEMA.fullmatch(schema) or schema.startswith("pg_"):
        raise UserError(
            "Unknown schema in the state URL",
            "A schema's name is made of a-z, 0-9 and _, begins with no digit and not with “pg_”, and has 63 characters at most.",
            "Write it behind the database: postgresql://HOST/DATABASE?schema=NAME.",
        )
    telling = [each for each in given if each.partition("=")[0] in _TELLING and each != f"schema={DEFAULT_SCHEMA}"]
    shown = "?".join(filter(None, (place, "&".join(telling))))
    return Target(make_conninfo("", **_DEFAULTS | known), plain, schema, shown)


def _read(url: str) -> dict[str, Any]:
    try:
        return {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    except (ProgrammingError, UnicodeError, ValueError):
        raise UserError("The state URL is not understood", "libpq cannot read it.", _EXAMPLE) from None
