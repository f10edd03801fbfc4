"""Applies of different manifests to one state, at the same time, from processes of their own."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.model.configuration.snapshot import Snapshot
from reconciler.operations.context.workspace import is_alive
from reconciler.state.sqlite.backend import SqliteState
from reconciler.wiring import NAMED_IN
from tests.crash.project import contents, group, here, server, start, stored, write
from tests.crash.test_lock import living

PLAIN = re.compile(r"^error: .+\n(    .+\n)+", re.MULTILINE)
"""A summary and, below it, what happened and what to do."""


def project(folder: Path, number: int) -> Path:
    """Every project wants the same group with other members, and a group no other one knows."""
    return write(
        folder,
        server(sender=f"desk-{number}@example.com"),
        group("team", f"member-{number}@example.com"),
        group(f"only-{number}", "x@example.com"),
    )


def wanted(number: int) -> set[str]:
    return {"SmtpServer/relay", "Group/team", f"Group/only-{number}"}


def require_plain(text: str) -> None:
    assert PLAIN.search(text) and "Traceback" not in text and "bug" not in text, text


def require_one_of_the_desired(shared: Path, winners: dict[int, int], began: int) -> Snapshot:
    """Serials of the winners follow each other, and what is stored is what the last of them asked for, whole."""
    snapshot, holder = stored(shared)
    assert sorted(winners) == list(range(began + 1, began + 1 + len(winners)))
    assert snapshot.serial == began + len(winners)
    last = winners[snapshot.serial]
    assert set(contents(snapshot)) == wanted(last)
    assert holder is None
    return snapshot


@pytest.mark.parametrize(("count", "began"), [(2, 0), (2, 1), (20, 1)])
def test_of_applies_at_once_each_is_whole_or_refused(tmp_path: Path, count: int, began: int) -> None:
    apply_at_once(tmp_path, tmp_path / "shared", f"sqlite:{tmp_path}/shared/.reconciler/state.db", count, began)


def apply_at_once(
    tmp_path: Path, shared: Path, url: str, count: int, began: int, codes: Sequence[int] = (0, 1, 5, 6)
) -> None:
    """So many projects want the state at ``url``, which is that of ``shared``, to be theirs; it was applied to or not.

    ``codes``: how an apply may end."""
    if began:
        assert here(project(tmp_path / "first", 99), "--state", url, "apply", "--auto-approve")[0] == 0
    running = [
        start(
            project(tmp_path / f"p{number}", number), "--state", url, "apply", "--auto-approve",
            output=tmp_path / f"out-{number}",
        )
        for number in range(count)
    ]  # fmt: skip
    winners: dict[int, int] = {}
    for number, process in enumerate(running):
        code = process.wait(60)
        text = (tmp_path / f"out-{number}").read_text()
        assert code in codes, text
        if code:
            require_plain(text)
        else:
            winners[int(re.findall(r"Serial (\d+)\.", text)[0])] = number
    assert winners
    require_one_of_the_desired(shared, winners, began)
    assert here(tmp_path / "p0", "--state", url, "audit", "verify")[0] == 0
    assert here(tmp_path / f"p{winners[max(winners)]}", "--state", url, "plan", "--detailed-exitcode")[0] == 0


@pytest.mark.parametrize("count", [2, 20])
def test_of_applies_that_planned_on_one_serial_exactly_one_succeeds(tmp_path: Path, count: int) -> None:
    """All have shown their plan and wait for the lock when it is given back: the first changes what the others planned on."""
    shared = tmp_path / "shared"
    url = f"sqlite:{shared}/.reconciler/state.db"
    assert here(project(tmp_path / "first", 99), "--state", url, "apply", "--auto-approve")[0] == 0
    with closing(SqliteState(shared / ".reconciler" / "state.db", NAMED_IN)) as state:
        held = living()
        assert is_alive(held.process, held.started) and state.lock.acquire(held) is None
        outputs = [tmp_path / f"out-{number}" for number in range(count)]
        running = [
            start(
                project(tmp_path / f"p{number}", number), "--state", url, "apply", "--auto-approve",
                "--lock-timeout", "60s", output=output,
            )
            for number, output in enumerate(outputs)
        ]  # fmt: skip
        deadline = time.monotonic() + 60
        while not all("Waiting for the lock" in output.read_text() for output in outputs):
            assert time.monotonic() < deadline and all(process.poll() is None for process in running)
            time.sleep(0.02)
        state.lock.release(held.token)
    codes = [process.wait(60) for process in running]
    assert sorted(codes) == [0] + [6] * (count - 1)
    for code, output in zip(codes, outputs, strict=True):
        if code == 6:
            require_plain(output.read_text())
    require_one_of_the_desired(shared, {2: codes.index(0)}, 1)
    assert here(tmp_path / "p0", "--state", url, "audit", "verify")[0] == 0
