"""Renames in SQLite: what runs and what is remembered goes on under the new name."""

from __future__ import annotations

from sqlite3 import Connection
from typing import Any

from reconciler.model.canonical import canonical_json
from reconciler.model.configuration.address import Address
from reconciler.model.written import read_back
from reconciler.state.sqlite.stored_values import stored

_BY_NAME = {
    "ApprovalType": ("UPDATE requests SET type = :new, revision = revision + (state = 'pending') WHERE type = :old",),
    "ApprovalProcess": (
        "UPDATE requests SET process = :new, revision = revision + (state = 'pending') WHERE process = :old",
    ),
    "EmailTask": ("UPDATE messages SET task = 'EmailTask/' || :new WHERE task = 'EmailTask/' || :old",),
    "SmtpServer": (
        "UPDATE messages SET server = :new WHERE server = :old",
        "DELETE FROM servers WHERE name = :new",
        "UPDATE servers SET name = :new WHERE name = :old",
    ),
}
"""By kind, what names a resource outside ``resources``.

The revision of an open request grows, so that a move worked out under the old name is worked out again.
"""


def move(connection: Connection, old: Address, new: Address) -> None:
    """The resource and everything that names it go by the new name from here on."""
    values = {"kind": old.kind, "old": old.name, "new": new.name}
    connection.execute("UPDATE resources SET name = :new WHERE kind = :kind AND name = :old", values)
    connection.execute("DELETE FROM suspensions WHERE kind = :kind AND name = :new", values)
    connection.execute("UPDATE suspensions SET name = :new WHERE kind = :kind AND name = :old", values)
    for statement in _BY_NAME.get(old.kind, ()):
        connection.execute(statement, values)
    if old.kind == "Group":
        _rename_group(connection, old.name, new.name)


def _rename_group(connection: Connection, old: str, new: str) -> None:
    """Requests pin their approvers with the groups they come from; who is in a group is looked up when it matters."""
    named = f"%{canonical_json({'group': old})}%"
    rows = connection.execute("SELECT id, stages FROM requests WHERE stages LIKE ?", (named,)).fetchall()
    for row in rows:
        connection.execute(
            "UPDATE requests SET stages = ?, revision = revision + (state = 'pending') WHERE id = ?",
            (canonical_json(_renamed(row["stages"], old, new)), row["id"]),
        )


@stored("request")
def _renamed(stages: str, old: str, new: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_back(stages)
    for stage in found:
        stage["approvers"] = [{"group": new} if each == {"group": old} else each for each in stage["approvers"]]
    return found
