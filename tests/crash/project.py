"""Projects to crash: manifests that change, add and delete, the real command on them, and what must hold afterwards."""

from __future__ import annotations

import io
import re
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, cast

from reconciler.cli.app import run
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.state.protocols import Holder, State
from reconciler.wiring import open_workspace
from tests.support.nursery import Child, nursery

_APPROVALS = """\
apiVersion: reconciler/v1
kind: ApprovalProcess
metadata: {name: manual-email}
spec: {stages: [{approvers: [{group: desk}]}], startActivity: words, completedActivity: words}
---
apiVersion: reconciler/v1
kind: ApprovalType
metadata: {name: run-application}
spec: {process: manual-email}
---
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: words}
spec: {context: approval, subject: '{{ request.subject }}', body: "{{ request.state }}\n"}
"""
"""Mails of one line: each plan compares them, and the built-in ones take longer than all the writing that is tested."""


def server(uri: str = "smtp://127.0.0.1:9", sender: str = "desk@example.com") -> str:
    return f"apiVersion: reconciler/v1\nkind: SmtpServer\nmetadata: {{name: relay}}\nspec: {{uri: '{uri}', from: {sender}}}\n"


def group(name: str, *members: str) -> str:
    return f"apiVersion: reconciler/v1\nkind: Group\nmetadata: {{name: {name}}}\nspec: {{members: [{', '.join(members)}]}}\n"


def task(name: str, words: str) -> str:
    return (
        f"apiVersion: reconciler/v1\nkind: EmailTask\nmetadata: {{name: {name}}}\n"
        f"spec: {{to: [{{group: desk}}], subject: '{words}', body: {{text: {name}.txt.j2}}}}\n"
    )


def write(folder: Path, *documents: str, templates: dict[str, str] | None = None) -> Path:
    """The project's manifests and templates become exactly these; its state stays."""
    for name, texts in (("manifests", {"all.yaml": "---\n".join(documents)}), ("templates", templates or {})):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for old in (folder / name).iterdir():
            old.unlink()
        for file, text in texts.items():
            (folder / name / file).write_text(text)
    return folder


def write_old(folder: Path) -> Path:
    documents = (server(), group("desk", "rosa@example.com"), group("leaving", "tariq@example.com"))
    return write(folder, *documents, task("notice", "Old words"), _APPROVALS, templates={"notice.txt.j2": "Old.\n"})


def write_new(folder: Path) -> Path:
    """Against `write_old`: a group, a task and its template change, a group is added, a group is deleted; server, type and
    process are renamed."""
    documents = (
        _renamed(server(), "relay"),
        group("desk", "rosa@example.com", "maria@example.com"),
        group("joining", "ivo@example.com"),
        task("notice", "New words"),
        _renamed(_APPROVALS, "manual-email", "run-application").replace(
            "process: manual-email", "process: manual-email-2"
        ),
    )
    return write(folder, *documents, templates={"notice.txt.j2": "New.\n"})


def _renamed(document: str, *names: str) -> str:
    for name in names:
        document = document.replace(f"{{name: {name}}}", f"{{name: {name}-2, renamedFrom: {name}}}")
    return document


def ask(folder: Path) -> None:
    """An open request of run-application, and with it mail that waits for the server."""
    words = ("request", "run-application", "--requester", "kim@example.org", "--reason", "Needed")
    code, text = here(folder, "approvals", *words)
    assert code == 0, text


def add(folder: Path, document: str) -> None:
    """One more manifest."""
    (folder / "manifests" / "more.yaml").write_text(document)


def write_approval(folder: Path, uri: str, approvers: Sequence[str]) -> Path:
    """A request of run-application mails each of these people through the server at ``uri``."""
    return write(folder, server(uri), group("desk", *approvers), _APPROVALS)


def command(folder: Path, *words: str) -> list[str]:
    """The real command, to be run as a process of its own."""
    return [sys.executable, "-B", *words_of(folder, *words)]


def words_of(folder: Path, *words: str) -> list[str]:
    """What stands behind ``python``."""
    return ["-m", "reconciler", "-C", str(folder), *words]


def start(folder: Path, *words: str, output: Path) -> Child:
    """The command as a process that has imported everything; both its streams go to the file ``output``."""
    return nursery().start(words_of(folder, *words), output)


def here(folder: Path, *words: str) -> tuple[int, str]:
    """The command inside this process, which is much faster: its exit code and both its streams."""
    text = io.StringIO()
    with redirect_stdout(text), redirect_stderr(text):
        code = run(["-C", str(folder), *words])
    return code, text.getvalue()


def apply_here(folder: Path, *words: str) -> str:
    """What a successful apply printed."""
    code, text = here(folder, "apply", "--auto-approve", "--allow", "deletions", *words)
    assert code == 0, text
    return text


def database(folder: Path) -> Path:
    return folder / ".reconciler" / "state.db"


def keep_in(folder: Path, url: str) -> Path:
    """The project's state is there from here on, and not in its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    document = f"apiVersion: reconciler/v1\nkind: Project\nmetadata: {{name: crashed}}\nspec: {{state: '{url}'}}\n"
    (folder / "reconciler.yaml").write_text(document)
    return folder


@contextmanager
def opened(folder: Path) -> Iterator[State]:
    """The state of the project, wherever that is."""
    state = open_workspace(folder, None, {}).state
    with closing(cast("Any", state)):
        yield state


def stored(folder: Path) -> tuple[Snapshot, Holder | None]:
    """What the state holds, and who holds its lock."""
    with opened(folder) as state:
        return state.snapshots.read(), state.lock.holder()


def require_whole(folder: Path, old: Snapshot, new: Snapshot, about: object = "") -> bool:
    """The state is the old one or the new one and nothing else, and the next apply works; whether it is the new one.

    A lock that a dead process left is taken over by that next apply, which says so.
    """
    code, text = here(folder, "plan", "--detailed-exitcode", "--allow", "deletions")
    assert code in (0, 2), (about, text)
    snapshot, holder = stored(folder)
    expected = new if code == 0 else old
    assert snapshot.serial == expected.serial, about
    assert contents(snapshot) == contents(expected), about
    require_journal(folder, snapshot.serial, about)
    require_named(folder, snapshot, about)
    add(folder, group("next", "next@example.com"))
    text = apply_here(folder)
    assert ("Took over the lock" in text) == (holder is not None), (about, text)
    assert re.search(rf"Serial {snapshot.serial + 1}\b", text), (about, text)
    after, held_by = stored(folder)
    assert "Group/next" in contents(after) and held_by is None, about
    if database(folder).exists():
        with closing(sqlite3.connect(database(folder))) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",), about
    return code == 0


def require_journal(folder: Path, serial: int, about: object = "") -> None:
    """The chain holds and records one apply for each serial."""
    code, text = here(folder, "audit", "verify")
    assert code == 0, (about, text)
    with opened(folder) as state:
        serials = [
            item.entry.data["serial"] for item in state.journal.entries() if item.entry.event == "config.applied"
        ]
    assert serials == list(range(1, serial + 1)), about


def require_named(folder: Path, snapshot: Snapshot, about: object = "") -> None:
    """What waits names what is applied: a rename carries it along, or did not happen."""
    with opened(folder) as state:
        requests, messages = state.requests.find(), state.outbox.find()
    names = {Address("ApprovalType", each.type) for each in requests}
    names |= {Address("ApprovalProcess", each.process) for each in requests}
    names |= {Address("SmtpServer", each.server) for each in messages}
    assert names <= set(snapshot.resources), about


def contents(snapshot: Snapshot) -> dict[str, str]:
    """Every resource with its digest."""
    return {str(address): record.digest for address, record in snapshot.resources.items()}
