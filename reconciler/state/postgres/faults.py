"""What PostgreSQL and libpq say, in words for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from reconciler.model.errors import RESTORE, Bug, Conflict, ReconcilerError, StateFault
from reconciler.model.wording import Act, Do, Given, Sentence
from reconciler.state.postgres.target import Target

_AGAIN = "Run the command again when the server is back."
_WHERE = Sentence("Check ", Given("state"), ", and the variables and files libpq reads (PGHOST, PGSERVICEFILE).")
_LOGIN = "Check the user in the URL, and the password in PGPASSWORD or the password file (PGPASSFILE)."
_RIGHTS = "Let the owner of the schema grant the rights docs/postgresql.md lists, or use a role that has them."

_Words = tuple[str, str]
"""What is wrong with the state, and what to do next."""

_BY_CODE: dict[str, _Words] = {
    "28": ("refuses the login", _LOGIN),
    "3D000": ("names a database that is not there", "Create the database, or check its name in the URL."),
    "25P": ("could not be used: the server ended a transaction that took too long", _AGAIN),
    "40": ("could not be written: others kept changing the same", _AGAIN),
    "42501": ("cannot be used: the role lacks a right", _RIGHTS),
    "25006": (
        "cannot be written: the server only reads",
        "Use the address of the primary, not of a standby; or a role and database not set to default_transaction_read_only.",
    ),
    "53100": ("could not be written: the server's disk is full", "Nothing was changed. Free some space there."),
    "53300": ("cannot be reached: the server has too many connections", _AGAIN),
    "53": ("could not be used: the server is short of something", _AGAIN),
    "57014": ("could not be used: the server cancelled what was asked", "Look at its statement_timeout and its log."),
    "57P": ("could not be used: the server is stopping or starting", _AGAIN),
    "08": ("could not be used: the connection was lost", _AGAIN),
    "58": ("could not be read or written: the server's disk has failed", "Look at the server's log and its disk."),
    "XX": ("is damaged, or the server is", RESTORE),
    "42P01": ("is not as reconciler made it: a table is missing", RESTORE),
    "42703": ("is not as reconciler made it: a column is missing", RESTORE),
}
"""By SQLSTATE, whole or its beginning (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""


@contextmanager
def translated(target: Target) -> Iterator[None]:
    """Errors of the driver leave as `StateFault`, broken constraints as `Conflict`."""
    try:
        yield
    except psycopg.Error as error:
        raise make_fault(target, error) from error


def make_fault(target: Target, error: psycopg.Error) -> ReconcilerError:
    """What an error of the driver means."""
    code = error.sqlstate or ""
    if code.startswith("23") or code == "P0001":
        detail = f"{error.diag.message_primary or 'A constraint is broken'}."
        return Conflict("The state does not allow this", detail, "Look at the state as it is now, and try again.")
    words = next((_BY_CODE[code[:length]] for length in (5, 3, 2) if code[:length] in _BY_CODE), None)
    if words:
        return _fault(target, words, _first_line(error))
    if not code and isinstance(error, psycopg.OperationalError | psycopg.ProgrammingError):
        return _fault(target, _of_connection(str(error)), _first_line(error))
    return Bug(
        "The state was asked something PostgreSQL does not understand",
        f"{_first_line(error)} This is a bug in reconciler.",
    )


def unknown_outcome(target: Target, why: str) -> StateFault:
    """The fault of a commit whose answer did not come, and of which nothing tells what became of it."""
    return StateFault(
        f"Whether the state {target.name} was changed is not known",
        f"The connection was lost while the server was committing, and {why}.",
        Sentence("Look at it first: ", Do(Act.AUDIT), " lists what was recorded. Then do again what is missing."),
    )


def server_gone(target: Target, error: psycopg.OperationalError) -> StateFault:
    """The fault of a server that was there, was waited for, and did not come back."""
    detail = f"{_first_line(error)} What was not committed by then was not done."
    return StateFault(f"The server of the state {target.name} is away", detail, _AGAIN)


def wrong_encoding(target: Target) -> StateFault:
    """The fault of a database that cannot hold every text."""
    return StateFault(
        f"The state {target.name} cannot be kept in this database",
        "Its encoding is not UTF8, so that it cannot hold every name and text.",
        "Create one with ENCODING 'UTF8' and name that in the URL.",
    )


def _of_connection(said: str) -> _Words:
    """libpq gives no code for what fails before the server answers; its words are not translated in its own messages."""
    if "password" in said or "authentication" in said:
        return _BY_CODE["28"]
    if "pg_hba.conf" in said or ('role "' in said and "does not exist" in said):
        return _BY_CODE["28"]
    if "permission denied" in said and 'database "' in said:
        return _BY_CODE["42501"]
    if "does not exist" in said and 'database "' in said:
        return _BY_CODE["3D000"]
    if "SSL" in said or "certificate" in said:
        return "cannot be reached: TLS failed", "Check sslmode, sslrootcert and the server's certificate."
    if "definition of service" in said or "service file" in said:
        return "cannot be found: its service is not defined", "Check PGSERVICEFILE and the service's name in it."
    if "starting up" in said or "shutting down" in said or "recovery" in said:
        return _BY_CODE["57P"]
    if "too many" in said or "remaining connection slots" in said:
        return _BY_CODE["53300"]
    if "server closed the connection" in said or "connection is closed" in said or "terminat" in said:
        return _BY_CODE["08"]
    return "cannot be reached", _WHERE


def _first_line(error: psycopg.Error) -> str:
    words = error.diag.message_primary or next(iter(str(error).splitlines()), "")
    return f"PostgreSQL says: {words.strip().rstrip('.')}." if words.strip() else ""


def _fault(target: Target, words: _Words, detail: str) -> StateFault:
    return StateFault(f"The state {target.name} {words[0]}", detail, words[1])
