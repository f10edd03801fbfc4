"""A connection that is lost while the server commits: what is told afterwards is what became of the commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.errors import StateFault, StateLocked
from reconciler.model.journal import find_first_break
from reconciler.state.postgres.backend import PostgresState
from tests.state.samples import NAMED_IN, NOW, after, commit, entry, message, record
from tests.state.test_journal_and_lock import MINE
from tests.support.postgres import Server
from tests.support.proxy import Act, Proxy, commits

SLOW = (
    "CREATE FUNCTION {0}.wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.4); RETURN NULL; END'",
    "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON {0}.journal DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW EXECUTE FUNCTION {0}.wait()",
)
"""Every commit takes a while, in which a client that lost its connection must not take it for one that failed."""


@dataclass
class Line:
    """What is done to the next COMMIT, or to the answer to it, while ``also`` happens; afterwards everything passes, once
    ``gate`` is open."""

    asked: Act = Act.PASS
    answered: Act = Act.PASS
    also: Callable[[], None] = field(default=lambda: None)
    gate: threading.Event = field(default_factory=threading.Event)

    def on_asked(self, said: bytes) -> Act:
        act = self._once("asked", said)
        assert act is Act.CUT or self.asked is Act.CUT or self.gate.wait(10)
        return act

    def on_answered(self, said: bytes) -> Act:
        return self._once("answered", said)

    def _once(self, which: str, said: bytes) -> Act:
        act: Act = getattr(self, which)
        if act is Act.PASS or not commits(said):
            return Act.PASS
        setattr(self, which, Act.PASS)
        self.also()
        return act


@dataclass(frozen=True)
class Case:
    """One state: by a line that can be cut, and as another process sees it."""

    line: Line
    state: PostgresState
    other: PostgresState
    schema: str


@pytest.fixture
def case(postgres: Server, postgres_url: str, tmp_path: Path) -> Iterator[Case]:
    line, schema = Line(), postgres_url.rpartition("schema=")[2]
    with (
        Proxy(postgres.folder, short(tmp_path), line.on_asked, line.on_answered) as proxy,
        opened(postgres.url(host=str(proxy.folder), schema=schema)) as state,
        opened(postgres_url) as other,
    ):
        other.snapshots.commit(commit(Snapshot(), record()))
        line.gate.set()
        state.snapshots.read()
        yield Case(line, state, other, schema)


@contextmanager
def opened(url: str) -> Iterator[PostgresState]:
    with closing(PostgresState(url, NAMED_IN)) as state:
        yield state


def short(tmp_path: Path) -> Path:
    """A folder for a socket."""
    (folder := tmp_path / "p").mkdir()
    return folder


def write(case: Case) -> Any:
    return case.state.snapshots.commit(commit(case.state.snapshots.read(), record(mine="yes")))


def require_serial(case: Case, serial: int) -> None:
    assert case.other.snapshots.read().serial == serial
    assert find_first_break(case.other.journal.entries()) is None


@pytest.mark.parametrize("locked", [False, True])
def test_a_commit_whose_answer_is_lost_is_told_as_done(case: Case, locked: bool) -> None:
    if locked:
        assert case.state.lock.acquire(MINE) is None
    case.line.answered = Act.CUT
    assert write(case).serial == 2
    require_serial(case, 2)


def test_a_commit_that_never_arrived_is_done_again(case: Case) -> None:
    case.line.asked = Act.CUT
    assert write(case).serial == 2
    require_serial(case, 2)


def test_a_commit_that_never_arrived_is_not_done_without_the_lock(case: Case) -> None:
    """The lock went with the connection, and somebody else may have it."""
    assert case.state.lock.acquire(MINE) is None
    case.line.asked = Act.CUT
    with pytest.raises(StateLocked, match="The lock was lost") as fault:
        write(case)
    assert "Nothing was changed" in fault.value.detail
    require_serial(case, 1)
    case.state.lock.release(MINE.token)
    case.state.outbox.add([], entry("after"))


@pytest.mark.parametrize("act", [Act.CUT, Act.LET_GO])
def test_a_first_commit_is_looked_for_where_there_may_be_no_tables(
    postgres: Server, postgres_url: str, tmp_path: Path, act: Act
) -> None:
    line = Line(asked=act)
    line.gate.set()
    with Proxy(postgres.folder, short(tmp_path), line.on_asked) as proxy:
        url = postgres.url(host=str(proxy.folder), schema=postgres_url.rpartition("schema=")[2])
        with opened(url) as state:
            assert state.snapshots.commit(commit(state.snapshots.read(), record())).serial == 1
            assert len(list(state.journal.entries())) == 1 and line.asked is Act.PASS


@pytest.mark.parametrize("locked", [False, True])
def test_a_commit_that_is_still_going_on_is_waited_for(case: Case, postgres: Server, locked: bool) -> None:
    if locked:
        assert case.state.lock.acquire(MINE) is None
    postgres.run(*(statement.format(case.schema) for statement in SLOW))
    case.line.asked = Act.LET_GO
    assert write(case).serial == 2
    require_serial(case, 2)


@pytest.mark.parametrize("arrived", [False, True])
def test_a_claim_whose_answer_is_lost_is_known_with_all_it_took(case: Case, arrived: bool) -> None:
    """One of the two was claimed before by somebody who vanished: that is still said of it."""
    case.other.outbox.add([message("msg_1"), message("msg_2", due=after(minutes=1))], entry())
    case.other.deliveries.claim(NOW, token="gone", until=after(seconds=5), limit=9)
    case.line.asked, case.line.answered = (Act.PASS, Act.CUT) if arrived else (Act.CUT, Act.PASS)
    given = case.state.deliveries.claim(after(minutes=1), token="mine", until=after(minutes=2), limit=9)
    assert {each.message.id: each.recovered for each in given} == {"msg_1": True, "msg_2": False}
    assert case.line.answered is case.line.asked is Act.PASS
    assert case.other.deliveries.claim(after(minutes=1), token="late", until=after(minutes=2), limit=9) == []
    assert case.state.deliveries.renew("mine", after(minutes=3)) == 2


def test_a_commit_that_others_overtook_is_unknown(case: Case) -> None:
    """It was carried out, but the next writer has left its own mark."""
    case.line.answered = Act.CUT
    case.line.also = lambda: case.other.outbox.add([], entry("overtook"))
    with pytest.raises(StateFault, match="is not known") as fault:
        write(case)
    assert "others have written since" in fault.value.detail
    require_serial(case, 2)


def test_a_commit_that_never_arrived_is_known_though_another_came_after(case: Case) -> None:
    """The other one has the place that this one would have had."""
    assert case.state.lock.acquire(MINE) is None
    case.line.asked = Act.CUT
    case.line.gate.clear()
    case.line.also = lambda: threading.Thread(target=_overtake, args=(case,)).start()
    with pytest.raises(StateLocked, match="The lock was lost"):
        write(case)
    require_serial(case, 1)


def _overtake(case: Case) -> None:
    """It gets its turn when the connection that is being cut is gone, and nobody asks what became of that before."""
    case.other.outbox.add([], entry("overtook"))
    case.other.close()
    case.line.gate.set()
