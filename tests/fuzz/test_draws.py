from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import rounds
from tests.support import draws

fixed_only = pytest.mark.skipif(not draws.is_fixed(), reason="make fuzz draws new examples")


def drawn_values() -> list[Any]:
    seen: list[Any] = []

    @settings(max_examples=150)
    @given(value=st.text() | st.integers() | st.binary() | st.floats(allow_nan=False))
    def collect(value: Any) -> None:
        seen.append(value)

    collect()
    return seen


@fixed_only
def test_a_test_draws_the_same_each_time_whatever_else_was_imported(tmp_path: Path) -> None:
    first = drawn_values()
    path = tmp_path / "strewn.py"
    path.write_text("VALUES = [" + ", ".join(f"{n}, 'word{n}', b'byte{n}'" for n in range(10_000, 10_300)) + "]\n")
    spec = importlib.util.spec_from_file_location("strewn", path)
    assert spec and spec.loader
    sys.modules["strewn"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert drawn_values() == first
    del sys.modules["strewn"]


def test_fuzz_takes_many_more_examples_than_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []
    for fixed in (True, False):
        monkeypatch.setattr(draws, "is_fixed", lambda fixed=fixed: fixed)
        counts.append(draws.drawn(25).max_examples)
    assert counts == [25, 500]


FAILS = "from hypothesis import given, strategies as st\n@given(st.integers())\ndef test_it(n): assert n < 1000\n"


def run_rounds(folder: Path, source: str, *arguments: str) -> tuple[int, list[str]]:
    """The exit code, and what it said itself. The tests in ``folder`` draw in the rounds' own profile."""
    (folder / "test_it.py").write_text(source)
    (folder / "conftest.py").write_text("from tests.conftest import *\n")
    command = [sys.executable, "-m", "tests.fuzz.rounds", *arguments, str(folder), f"--rootdir={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, [line for line in done.stdout.splitlines() if line.startswith("fuzz: ")]


def test_rounds_go_on_until_the_time_is_over_each_with_a_seed_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        subprocess, "run", lambda command, **_: time.sleep(0.1) or subprocess.CompletedProcess(command, 0)
    )
    assert rounds.main(["--seconds=0.25"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == f"fuzz: {len(said) - 1} rounds, nothing failed"
    assert len({line.rpartition(" ")[2] for line in said[:-1]}) == len(said) - 1 > 1


def test_a_failing_round_ends_the_run_and_can_be_repeated(tmp_path: Path) -> None:
    code, said = run_rounds(tmp_path, FAILS, "--seconds=60")
    seed = said[-2].rpartition(" ")[2]
    assert code == 1
    assert f"make fuzz SEED={seed} " in said[-1]
    again, (began, ended) = run_rounds(tmp_path, FAILS, f"--seed={seed}")
    assert (again, began) == (1, f"fuzz: round 1, seed {seed}")
    assert "failed; repeat it with" in ended


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_time_that_is_none_is_refused(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        rounds.main([f"--seconds={seconds}"])
    assert "--seconds" in capsys.readouterr().err
