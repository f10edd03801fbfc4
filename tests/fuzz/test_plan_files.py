"""Whatever stands in a plan file, sealed with the right key or not: apply does it or says in plain words why not."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from reconciler.cli.app import run
from reconciler.sources.plan_files import seal, unseal
from tests.fuzz.used_state import PROJECT
from tests.fuzz.within import within
from tests.support.draws import drawn

BUG, STALE = 70, 6
DEEP = b"[" * 100_000 + b"]" * 100_000
_ODD = (
    None, True, -1, 0, 1 << 62, 2.5, "", "x", [], {}, [[1]], {"a": 1}, "2027-02-30", "Group/x", "\ud800",
    "x" * 100_000, [None] * 3, "=",
)  # fmt: skip
BODIES = (
    b"", b"null", b"[]", b"{}", b"7", b'"x"', b"{", b"\xff", b"NaN", DEEP, b'{"a":' * 5_000, b"9" * 100_000,
    b"1e99999999999999999999", b'{"records": [], "records": 1}',
)  # fmt: skip


@dataclass(frozen=True)
class Saved:
    """A project, a plan of all of it as a file, and the key that seals it."""

    folder: Path
    sealed: bytes
    key: bytes

    @property
    def body(self) -> bytes:
        return unseal(self.sealed, self.key)

    def apply(self, data: bytes) -> tuple[int, str]:
        """Exit code and output of an apply of these bytes to nothing."""
        for left in (self.folder / ".reconciler").glob("state.db*"):
            left.unlink()
        (self.folder / "made.plan").write_bytes(data)
        said = io.StringIO()
        with within(), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = run(["-C", str(self.folder), "apply", str(self.folder / "made.plan")])
        return code, said.getvalue()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Saved]:
    folder = tmp_path_factory.mktemp("saved") / "project"
    shutil.copytree(PROJECT, folder)
    with contextlib.redirect_stdout(io.StringIO()), pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECONCILER_PLAN_KEY", "k" * 40)
        assert run(["-C", str(folder), "plan", "--out", str(folder / "made.plan")]) == 0
        yield Saved(folder, (folder / "made.plan").read_bytes(), b"k" * 40)


def test_the_plan_is_sound_before_it_is_changed(saved: Saved) -> None:
    assert saved.apply(saved.sealed)[0] == 0
    assert saved.apply(seal(saved.body, saved.key))[0] == 0


@drawn(60)
@given(data=st.data(), at=st.integers(min_value=0), bytes_=st.binary(max_size=40))
def test_no_byte_changes_unseen(saved: Saved, data: st.DataObject, at: int, bytes_: bytes) -> None:
    at %= len(saved.sealed)
    end = at + data.draw(st.sampled_from([0, 1, len(bytes_), 1 << 30]))
    made = saved.sealed[:at] + bytes_ + saved.sealed[end:]
    code, said = saved.apply(made)
    assert code == (0 if made == saved.sealed else STALE), said


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_sealed_body_that_is_none_is_refused(saved: Saved, body: bytes) -> None:
    code, said = saved.apply(seal(body, saved.key))
    assert (code, "Traceback" in said) == (STALE, False), said


@drawn(40)
@given(random=st.randoms(use_true_random=False))
def test_a_sealed_body_of_anything_ends_in_plain_words(saved: Saved, random: Random) -> None:
    body = json.loads(saved.body)
    note(_changed(body, random))
    code, said = saved.apply(seal(json.dumps(body).encode(), saved.key))
    assert code != BUG and "Traceback" not in said, said


def _changed(body: Any, random: Random) -> str:
    """Changes something somewhere in it, and tells what."""
    inside, way = body, "body"
    while True:
        step = random.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
        way = f"{way}[{step!r}]"
        if not isinstance(inside[step], dict | list) or not inside[step] or random.random() < 0.2:
            break
        inside = inside[step]
    if random.random() < 0.2:
        del inside[step]
        return f"del {way}"
    inside[step] = random.choice(_ODD)
    return f"{way} = {str(inside[step])[:40]!r}"
