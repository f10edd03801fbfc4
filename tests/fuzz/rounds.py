"""`make fuzz`: every property test with new draws, round after round, for as long as it is given.

Each round has a seed, printed before it begins. The first failing round ends the run, with how to repeat it.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Sequence

from tests.support.draws import FUZZ, UNTIL

NOTHING_RAN = 5
"""pytest's exit code where it found no test."""


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when the time is over and nothing failed, else pytest's of the failing round."""
    options, pytest_arguments = _parser().parse_known_args(arguments)
    end = time.time() + options.seconds
    number, code = 0, 0
    while not code and (not number or (time.time() < end and options.seed is None)):
        number += 1
        seed = secrets.randbelow(2**32) if options.seed is None else options.seed
        print(f"fuzz: round {number}, seed {seed}", flush=True)
        code = _round(seed, end if options.seed is None else float("inf"), pytest_arguments)
    print(_said(code, number, seed, pytest_arguments), flush=True)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.fuzz.rounds", description=__doc__, allow_abbrev=False)
    parser.add_argument("--seconds", type=_seconds, default=60.0, help="begin no further test after so long [60]")
    parser.add_argument("--seed", type=_seed, help="repeat the one round that had this seed, whole")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no time to run for; give a number of seconds, above zero")
    return seconds


def _seed(text: str) -> int | None:
    return int(text) if text else None


def _round(seed: int, end: float, arguments: Sequence[str]) -> int:
    draws = ["-m", "hypothesis", f"--hypothesis-profile={FUZZ}", f"--hypothesis-seed={seed}"]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-rfE", "-p", "no:cacheprovider", *draws, *arguments]
    return subprocess.run(command, check=False, env={**os.environ, UNTIL: str(end)}).returncode


def _said(code: int, number: int, seed: int, arguments: Sequence[str]) -> str:
    if not code:
        return f"fuzz: {number} round{'s' if number > 1 else ''}, nothing failed"
    if code == NOTHING_RAN:
        return "fuzz: no property test was found"
    given = f' PYTEST_ARGS="{" ".join(arguments)}"' if arguments else ""
    return f"fuzz: round {number} failed; repeat it with: make fuzz SEED={seed}{given}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
