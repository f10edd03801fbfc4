"""``reconciler state``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from reconciler.cli.project import open_workspace_of
from reconciler.cli.settings import CommandGroup, Settings, common_options, echo, notice, option, pass_settings
from reconciler.operations.configuration.hold_lock import back_up, break_lock, make_state, upgrade_state
from reconciler.operations.configuration.move_state import move_state
from reconciler.operations.configuration.suspend import freeze_applies, thaw_applies
from reconciler.views.status import FROZEN
from reconciler.views.writing.json_text import COUNTS, Document, Key, document

MADE = document("A state", Key("state", str), Key("made", bool, "False where it was there already."))
UNLOCKED = document("A lock that was removed", Key("unlocked", str))
COPIED = document("A copy of the state", Key("backup", str, "The file."))
MOVED = document(
    "A state in another place",
    Key("state", str, "Where it is now."),
    Key("serial", int),
    Key("rows", COUNTS, "How many were copied, by table."),
    Key("journalHead", str, "SEQUENCE:HASH of the journal there, which was verified."),
)
UPGRADED = document("A state of the present schema", Key("before", int), Key("version", int))


@click.group("state", cls=CommandGroup, short_help="Look after the state itself.")
@common_options
def command() -> None:
    """Look after the state itself.

    \b
    Example:
      reconciler state unlock lock_01k9xq3f8m2c7a
    """


@command.command("unlock", short_help="Remove a lock whose holder is gone for good.")
@click.argument("token")
@common_options
@pass_settings
def unlock(settings: Settings, token: str) -> int:
    """Remove the lock TOKEN, which the message about a locked state names.

    Only for a holder that is gone for good and was on another machine: one on this machine is taken over by itself. The
    commit compares serials all the same, so that even a wrong unlock loses nothing: one of the two applies is refused.

    \b
    Example:
      reconciler state unlock lock_01k9xq3f8m2c7a
    """
    break_lock(open_workspace_of(settings), token)
    _say(settings, UNLOCKED, f"Unlocked: {token} no longer holds the state.", unlocked=token)
    return 0


@command.command("init", short_help="Make an empty state.")
@common_options
@pass_settings
def init(settings: Settings) -> int:
    """Make an empty state where there is none; leave one that is there as it is. The first apply would make it too.

    \b
    Example:
      reconciler state init --state sqlite:/srv/approvals/state.db
    """
    workspace = open_workspace_of(settings)
    made = make_state(workspace)
    words = f"Made: {workspace.state.name}." if made else f"{workspace.state.name} is there already; left as it is."
    _say(settings, MADE, words, state=workspace.state.name, made=made)
    return 0


@command.command("freeze", short_help="Stop all applies.")
@option("--reason", required=True, metavar="TEXT", help="Why; everybody who wants to apply is told.")
@option("--actor", metavar="NAME", help="On whose behalf; recorded as claimed.")
@common_options
@pass_settings
def freeze(settings: Settings, reason: str, actor: str | None) -> int:
    """Stop all applies until somebody thaws: apply and rollback exit 5 and say who stopped them and why. What runs goes on.

    \b
    Example:
      reconciler state freeze --reason "Incident 31: nobody changes mail until it is over"
    """
    settings.actor = actor
    frozen = freeze_applies(open_workspace_of(settings), reason)
    _say(settings, FROZEN, "Frozen: apply is refused until `reconciler state thaw`.", freeze=frozen)
    return 0


@command.command("thaw", short_help="Let applies go on.")
@option("--actor", metavar="NAME", help="On whose behalf; recorded as claimed.")
@common_options
@pass_settings
def thaw(settings: Settings, actor: str | None) -> int:
    """Let applies go on after a freeze.

    \b
    Example:
      reconciler state thaw
    """
    settings.actor = actor
    thaw_applies(open_workspace_of(settings))
    _say(settings, FROZEN, "Thawed: applies go on.", freeze=None)
    return 0


@command.command("backup", short_help="Copy the state into a new file.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@common_options
@pass_settings
def backup(settings: Settings, file: Path) -> int:
    """Copy the state into FILE, whole and consistent, while others work with it. Only its owner can read the copy (0600).

    Restore it by putting it where the state was while nothing runs. A file that exists is not replaced.

    \b
    Example:
      reconciler state backup /var/backups/approvals-2027-03-01.db
    """
    back_up(open_workspace_of(settings), file)
    _say(settings, COPIED, f"Backed up to {file}.", backup=str(file))
    return 0


@command.command("upgrade", short_help="Bring an older state to this version.")
@common_options
@pass_settings
def upgrade(settings: Settings) -> int:
    """Bring a state that an older reconciler wrote to the schema of this one; the first write would do it too.

    An older reconciler cannot read it afterwards: make a backup first.

    \b
    Example:
      reconciler state backup ../before.db && reconciler state upgrade
    """
    before, now = upgrade_state(open_workspace_of(settings))
    words = (
        f"Upgraded from schema version {before} to {now}."
        if before < now
        else f"It is of schema version {now} already."
    )
    _say(settings, UPGRADED, words, before=before, version=now)
    return 0


@command.command("move", short_help="Move the state to another place or database.")
@option(
    "--to",
    required=True,
    metavar="URL",
    help="Where it goes: sqlite:PATH or postgresql://HOST/DATABASE; nothing may be there.",
)
@common_options
@pass_settings
def move(settings: Settings, to: str) -> int:
    """Move the state, with history, requests, mail and journal, to another place or database. Stop every runner first.

    All of it is copied or nothing. What is left here is kept, but stopped: applies are frozen and mail servers suspended, so
    that nothing is sent twice. Then name the new place in reconciler.yaml or RECONCILER_STATE, and start the runners.

    \b
    Examples:
      reconciler state move --to postgresql://approvals@db.example.com/approvals
      reconciler --state postgresql://db.example.com/approvals state move --to sqlite:.reconciler/state.db
    """
    target = open_workspace_of(replace(settings, state=to))
    moved = move_state(open_workspace_of(settings), target, notice)
    rows = ", ".join(f"{number} {table}" for table, number in moved.rows.items())
    _say(
        settings,
        MOVED,
        f"Moved to {moved.to}: serial {moved.serial}; {rows}. The journal verifies up to {moved.journal.head}.\n"
        "What is left here is frozen, and its mail servers are suspended. Work with the new place from now on: "
        "name it in reconciler.yaml, --state or RECONCILER_STATE.",
        state=moved.to,
        serial=moved.serial,
        rows=moved.rows,
        journalHead=moved.journal.head,
    )
    return 0


def _say(settings: Settings, document: Document, words: str, **given: object) -> None:
    """The JSON document, or the sentence."""
    echo(document.text(**given) if settings.json else words)
