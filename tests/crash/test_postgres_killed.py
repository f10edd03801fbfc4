"""`reconciler apply` and its like on a state in PostgreSQL, when one side of the connection dies at any message.

Of what the client sends every so-manieth message is covered; with RECONCILER_TEST_SWEEP=full, which `make soak` sets, all are.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.errors import StateFault
from reconciler.runner.loop import run_until
from reconciler.state.postgres.backend import PostgresState
from reconciler.state.protocols import State
from reconciler.wiring import NAMED_IN, open_workspace
from tests.crash.project import (
    apply_here,
    ask,
    here,
    keep_in,
    opened,
    require_whole,
    start,
    stored,
    words_of,
    write_new,
    write_old,
)
from tests.crash.test_runner_killed import SlowServer, require_delivered, run_later, wait_until, waiting_mail
from tests.state.samples import entry, message
from tests.support.components import require
from tests.support.crash import kill_at_every_write, strace_works
from tests.support.nursery import ENVIRONMENT
from tests.support.postgres import Server, require_postgres
from tests.support.proxy import Act, Proxy

FULL_SWEEP = os.environ.get("RECONCILER_TEST_SWEEP") == "full"
APPLY = ("apply", "--auto-approve", "--allow", "deletions")


@dataclass(frozen=True, slots=True)
class Case:
    """A project about to be applied, and the state before and after it. `prepare` makes a copy of the state to crash."""

    server: Server
    folder: Path
    prepared: str
    crashed: str
    old: Snapshot
    new: Snapshot

    def prepare(self, **parameters: str) -> None:
        """The project is as it was, with its state in a copy; ``parameters``: of the URL."""
        (self.folder / "manifests" / "more.yaml").unlink(missing_ok=True)
        copy(self.server, self.prepared, self.crashed)
        keep_in(self.folder, self.server.url(self.crashed, **parameters))

    def require_whole(self, about: object) -> bool:
        """See `tests.crash.project.require_whole`: nothing is left to unlock either."""
        self.wait_for_end()
        keep_in(self.folder, self.server.url(self.crashed))
        assert stored(self.folder)[1] is None, about
        return require_whole(self.folder, self.old, self.new, about)

    def wait_for_end(self) -> None:
        """A server learns a moment later that its client is dead, or carries out what it was told last. A client in this
        process is as good as dead when nobody can reach it."""
        gc.collect()
        deadline = time.monotonic() + 30
        query = f"SELECT 1 FROM pg_stat_activity WHERE datname = '{self.crashed}'"
        while self.server.run(query):
            assert time.monotonic() < deadline
            time.sleep(0.005)


def copy(server: Server, database: str, to: str) -> None:
    query = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database}'"
    server.run(query, f"DROP DATABASE IF EXISTS {to} WITH (FORCE)", f"CREATE DATABASE {to} TEMPLATE {database}")


def made(server: Server, tmp_path: Path) -> Iterator[Case]:
    """A state to change, add to, delete from and rename in, with a request that is open and mail that waits."""
    prepared, crashed = (f"{word}_{uuid4().hex[:12]}" for word in ("prepared", "crashed"))
    server.run(f"CREATE DATABASE {prepared}")
    folder = keep_in(write_old(tmp_path / "project"), server.url(prepared))
    apply_here(folder)
    ask(folder)
    old, _ = stored(folder)
    write_new(folder)
    copy(server, prepared, crashed)
    apply_here(keep_in(folder, server.url(crashed)))
    yield Case(server, folder, prepared, crashed, old, stored(folder)[0])
    server.run(*(f"DROP DATABASE {name} WITH (FORCE)" for name in (crashed, prepared)))


@pytest.fixture
def shared(postgres: Server, tmp_path: Path) -> Iterator[Case]:
    """On the server of all tests, which goes on."""
    yield from made(postgres, tmp_path)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server to kill."""
    require_postgres()
    return Server(tmp_path_factory.mktemp("own"))


@pytest.fixture
def update(own: Server, tmp_path: Path) -> Iterator[Case]:
    yield from made(own, tmp_path)


def claimed(state: State, now: datetime, token: str) -> list[str]:
    until = now + timedelta(minutes=1)
    return [each.message.id for each in state.deliveries.claim(now, token=token, until=until, limit=4)]


def here_through(proxy: Proxy, case: Case, *words: str) -> tuple[int, str]:
    case.prepare(host=str(proxy.folder))
    return here(case.folder, *words)


@dataclass(slots=True)
class Moment:
    """The first message with these bytes, after one with ``after`` (or the answer to it); `then` happens before it goes on."""

    says: bytes
    after: bytes
    of_client: bool
    then: Callable[[], Act]
    seen: bool = False
    done: bool = False

    def on_asked(self, said: bytes) -> Act:
        self.seen = self.seen or self.after in said
        return self._met(said) if self.of_client else Act.PASS

    def on_answered(self, said: bytes) -> Act:
        return Act.PASS if self.of_client else self._met(said)

    def _met(self, said: bytes) -> Act:
        if self.done or not self.seen or self.says not in said:
            return Act.PASS
        self.done = True
        return self.then()


MOMENTS = {
    "asking for the lock": (b"pg_try_advisory_lock", b"", True),
    "saying who holds it": (b"INSERT INTO lock", b"", True),
    "writing": (b"INSERT INTO revision", b"", True),
    "committing": (b"COMMIT", b"INSERT INTO revision", True),
    "hearing of it": (b"COMMIT", b"INSERT INTO revision", False),
    "giving back the lock": (b"pg_advisory_unlock", b"", True),
}


USUAL = ("asking for the lock", "committing", "hearing of it", "giving back the lock")


@pytest.mark.parametrize("moment", MOMENTS if FULL_SWEEP else USUAL)
def test_an_apply_whose_server_is_killed_and_back_is_whole_or_refused(
    update: Case, tmp_path: Path, moment: str
) -> None:
    again = threading.Thread(target=update.server.start)

    def then() -> Act:
        update.server.kill()
        again.start()
        return Act.CUT

    meant = Moment(*MOMENTS[moment], then)
    (folder := tmp_path / "p").mkdir()
    with Proxy(update.server.folder, folder, meant.on_asked, meant.on_answered) as proxy:
        code, text = here_through(proxy, update, *APPLY)
    again.join()
    assert meant.done and "Traceback" not in text, text
    new = update.require_whole(text)
    committed = moment in ("hearing of it", "giving back the lock")
    assert (code, new) == ((0, True) if committed or moment == "asking for the lock" else (5, False)), text
    assert code == 0 or ("The lock was lost" in text and "Nothing was changed." in text), text


def test_a_server_that_is_not_there_is_told_plainly(update: Case) -> None:
    update.prepare()
    update.server.stop()
    try:
        for words in (("plan",), APPLY, ("run", "--once"), ("run",)):
            code, text = here(update.folder, *words)
            assert code == 1 and "cannot be reached" in text and "PostgreSQL says: connection" in text, text
            assert "Traceback" not in text
    finally:
        update.server.start()
    assert not update.require_whole("stopped")


@pytest.mark.parametrize("answered", [False, True], ids=["asking", "answered"])
def test_a_claim_whose_server_is_killed_hands_out_each_message_once(
    update: Case, tmp_path: Path, answered: bool
) -> None:
    """Whether it heard what it took or not, it is told, and nobody else takes that."""
    again = threading.Thread(target=update.server.start)

    def then() -> Act:
        update.server.kill()
        again.start()
        return Act.CUT

    meant = Moment(b"COMMIT", b"UPDATE messages", not answered, then)
    (folder := tmp_path / "p").mkdir()
    update.prepare()
    with Proxy(update.server.folder, folder, meant.on_asked, meant.on_answered) as proxy:
        with opened(keep_in(update.folder, update.server.url(update.crashed, host=str(proxy.folder)))) as state:
            now = state.now()
            state.outbox.add(
                [
                    message(f"msg_{number}", created=now, due=now, give_up=now + timedelta(days=1))
                    for number in range(5)
                ],
                entry(),
            )
            first = claimed(state, now, "first")
        again.join()
    assert meant.done
    with opened(keep_in(update.folder, update.server.url(update.crashed))) as state:
        second = claimed(state, now, "second")
    assert len(first) == 4 and len(second) == 2 and len({*first, *second}) == 6


def test_a_runner_goes_on_when_its_server_is_back(own: Server, tmp_path: Path) -> None:
    """By itself, with the mail that waited, and what is asked for afterwards; none arrives twice unrecorded."""
    database = f"mails_{uuid4().hex[:12]}"
    own.run(f"CREATE DATABASE {database}")
    with SlowServer() as mails:
        project = waiting_mail(tmp_path, mails.uri, 30, own.url(database))
        process = start(project, "run", output=tmp_path / "out")
        wait_until(lambda: len(mails.mails) >= 8, process)
        own.kill()
        time.sleep(0.5)
        own.start()
        wait_until(lambda: len({mail.recipients[0] for mail in mails.mails}) == 30, process)
        ask(project)
        wait_until(lambda: len(mails.mails) >= 60, process)
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(30) == 0, process.said()
        run_later(project)
        arrived = Counter(mail.recipients[0] for mail in mails.mails)
    assert "Traceback" not in process.said() and "SIGTERM" in process.said(), process.said()
    ambiguous = Counter(require_delivered(project).values())
    assert all(2 <= count <= 2 + ambiguous[address] for address, count in arrived.items()), process.said()
    own.run(f"DROP DATABASE {database} WITH (FORCE)")


def test_a_runner_whose_server_stays_away_says_so_plainly_and_goes_on(own: Server, tmp_path: Path) -> None:
    """The server is away for longer than anybody waits for it."""
    database, said = f"mails_{uuid4().hex[:12]}", list[str]()
    own.run(f"CREATE DATABASE {database}")
    with SlowServer() as mails:
        project = waiting_mail(tmp_path, mails.uri, 3, own.url(database))
        state = PostgresState(own.url(database), NAMED_IN, comes_back=0.1)
        workspace = replace(open_workspace(project, None, {}), state=state, now=state.now)
        stop = threading.Event()
        runner = threading.Thread(target=run_until, args=(workspace, stop, said.append))
        runner.start()
        until(lambda: len(mails.mails) == 3)
        own.kill()
        until(lambda: any("Trying again" in line for line in said))
        own.start()
        ask(project)
        until(lambda: len(mails.mails) == 6)
        stop.set()
        runner.join()
        state.close()
    faults = [line for line in said if "Trying again" in line]
    assert 1 <= len(faults) <= 2, said
    assert all(f"The state {state.name} could not be used: " in line or "cannot be reached" in line for line in faults)
    assert all("PostgreSQL says: " in line and "Traceback" not in line for line in faults), faults
    gc.collect()
    own.run(f"DROP DATABASE {database} WITH (FORCE)")


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_commit_whose_server_stays_away_is_not_known(update: Case, tmp_path: Path) -> None:
    def then() -> Act:
        update.server.kill()
        return Act.CUT

    meant = Moment(b"COMMIT", b"INSERT INTO journal", True, then)
    (folder := tmp_path / "p").mkdir()
    update.prepare()
    with Proxy(update.server.folder, folder, meant.on_asked, meant.on_answered) as proxy:
        url = update.server.url(update.crashed, host=str(proxy.folder))
        with closing(PostgresState(url, NAMED_IN, comes_back=0.1)) as state:
            try:
                with pytest.raises(StateFault, match="is not known") as fault:
                    state.outbox.add([], entry())
                assert "the server does not tell what became of it" in fault.value.detail
            finally:
                update.server.start()
    assert not update.require_whole("unknown")


def test_an_apply_killed_at_any_message_leaves_the_old_state_or_the_new(shared: Case, tmp_path: Path) -> None:
    require("strace", strace_works())
    outcomes = []
    for fault in kill_at_every_write(
        words_of(shared.folder, *APPLY), ENVIRONMENT, tmp_path,
        prepare=shared.prepare, step=1 if FULL_SWEEP else 32, calls=["sendto"],
    ):  # fmt: skip
        assert fault.returncode == -9, fault
        outcomes.append(shared.require_whole(fault))
    assert len(outcomes) >= 6 and set(outcomes) == {False, True}
