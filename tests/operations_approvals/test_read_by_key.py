"""What runs reads the resources it names, however many there are besides."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from sqlite3 import Row
from weakref import ref

import pytest

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.model.approvals.request import Choice
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.snapshot import Commit
from reconciler.model.errors import Conflict
from reconciler.model.journal import Entry
from reconciler.operations.approvals.decide import decide
from reconciler.operations.approvals.move_request import find_requests, show_request
from reconciler.operations.context import applied_state
from reconciler.operations.context.applied_state import read_applied
from reconciler.operations.mail.deliver import run_due
from reconciler.operations.mail.send_task import Sending, write_task
from reconciler.state.sql.statements import NOTHING, Values
from reconciler.state.sqlite.backend import SqliteConnection, SqliteState
from reconciler.wiring import NAMED_IN
from tests.operations_approvals.conftest import SMALL, START, Clock, Project

TASK = """
---
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: news}
spec: {to: [{group: readers}], subject: News, body: The news.}
---
apiVersion: reconciler/v1
kind: Group
metadata: {name: readers}
spec: {members: [one@example.com]}
"""
MANY = ("EmailTask/news", "Group/readers", "ApprovalProcess/manual-email", "ApprovalType/run-application")


def add_others(project: Project, count: int) -> None:
    """As many more, like those there are under other names."""
    snapshots = project.workspace.state.snapshots
    before = snapshots.read()
    like = [found for each in MANY if (found := before.resources.get(Address(*each.split("/"))))]
    put = [
        replace(each, address=Address(each.address.kind, name), metadata={**each.metadata, "name": name})
        for name in (f"other-{before.serial}-{number}" for number in range(count // len(like)))
        for each in like
    ]
    entry = Entry("config.applied", "default", "test", START, {"serial": before.serial + 1})
    expected = (before.lineage, before.serial)
    snapshots.commit(Commit(expected, str(before.lineage), tuple(put), (), {}, (), entry, START))


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many rows were read, and how many records made resources, inside the block."""
    rows, made, found = SqliteConnection.rows, applied_state.resource_of, [0, 0]

    def reading(self: SqliteConnection, query: str, values: Values = NOTHING, /) -> Sequence[Row]:
        read = rows(self, query, values)
        found[0] += len(read)
        return read

    def making(*arguments: object) -> object:
        found[1] += 1
        return made(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(SqliteConnection, "rows", reading)
        patch.setattr(applied_state, "resource_of", making)
        yield found


def request(project: Project) -> object:
    return project.ask()


def look(project: Project) -> object:
    return show_request(project.workspace, newest(project))


def look_at_all(project: Project) -> object:
    return find_requests(project.workspace, limit=1)


def approve(project: Project) -> object:
    return decide(project.workspace, newest(project), Choice.APPROVE, "rosa@example.com")


def deny(project: Project) -> object:
    return decide(project.workspace, newest(project), Choice.DENY, "rosa@example.com", "No.")


def send(project: Project) -> object:
    return write_task(project.workspace, Sending("news"))


def send_by_address(project: Project) -> object:
    return write_task(project.workspace, Sending("EmailTask/news"))


def run(project: Project) -> object:
    """Mail is due, and a request, of which a server has taken a mail meanwhile; it answers no more."""
    project.deliver(to="rosa@example.com")
    project.clock.pass_(days=1)
    return run_due(project.workspace, notice=lambda _: None)


def newest(project: Project) -> str:
    return project.workspace.state.requests.find(limit=1)[0].id


@pytest.mark.parametrize("act", [request, look, look_at_all, approve, deny, send, send_by_address, run])
def test_it_reads_as_much_of_twenty_resources_as_of_two_thousand(
    empty: Project, act: Callable[[Project], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for count in (20, 2_000):
        folder, clock = empty.workspace.folder / str(count), Clock()
        folder.mkdir()
        state = SqliteState(folder / "state.db", NAMED_IN)
        project = Project(replace(empty.workspace, folder=folder, state=state, now=clock), clock)
        project.apply(SMALL + TASK)
        add_others(project, count)
        project.ask()
        project.workspace.kept.clear()  # as in another process
        with counted(monkeypatch) as read:
            act(project)
        found.append(tuple(read))
        state.close()
    assert found[0] == found[1] and found[0][1] < 20


class TestWhatIsKept:
    def test_nothing_is_read_again_until_the_next_apply(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project.ask()
        with counted(monkeypatch) as read:
            project.ask()
        assert read[1] == 0
        kept = read_applied(project.workspace)
        assert read_applied(project.workspace) is kept
        add_others(project, 4)
        assert read_applied(project.workspace) is not kept

    def test_it_is_of_the_state_as_the_last_apply_left_it(
        self, project: Project, manifests: Callable[..., str]
    ) -> None:
        assert [each.address for each in project.ask().current.approvers] == ["rosa@example.com", "tariq@example.com"]  # type: ignore[union-attr]
        project.apply(manifests(approvers="[kim@example.com]"))
        assert [each.address for each in project.ask().current.approvers] == ["kim@example.com"]  # type: ignore[union-attr]

    def test_a_state_that_does_not_exist_is_not_kept(self, empty: Project) -> None:
        assert not read_applied(empty.workspace).world.resources and not empty.workspace.kept

    def test_a_state_is_closed_with_what_used_it(self, empty: Project) -> None:
        """No circle holds it: a file beside the database would stay until somebody looks for circles."""
        empty.apply(SMALL + TASK)
        state = empty.workspace.state
        gc.collect()
        gc.disable()
        try:
            used = replace(empty.workspace, state=SqliteState(state._database.path, NAMED_IN))  # type: ignore[attr-defined]
            write_task(used, Sending("news"))
            database = ref(used.state._database)  # type: ignore[attr-defined]
            del used
            assert database() is None
        finally:
            gc.enable()


def test_an_apply_between_two_looks_is_seen_by_the_serial(project: Project) -> None:
    """What a request was made of before it is refused with what came after."""
    applied = read_applied(project.workspace)
    add_others(project, 4)
    assert applied.world.get(ApprovalProcessSpec, "manual-email") is not None
    request = project.ask()
    with pytest.raises(Conflict, match="configuration was changed"):
        entry = Entry("approval.requested", "req_9", "test", START, {})
        project.workspace.state.requests.add(replace(request, id="req_9"), [], entry, serial=applied.serial)
