"""What property tests draw: the same examples each time in ``make test``, new ones each round in ``make fuzz``.

Two profiles of hypothesis. ``reconciler`` draws from a seed made of the test's own source; ``fuzz`` draws many more from the
seed of its round (`tests.fuzz.rounds`), which alone decides what is drawn and in which order tests run: a round can be repeated.
"""

from __future__ import annotations

import os
import random
import time

import hypothesis
import pytest
from hypothesis import HealthCheck, settings

FIXED, FUZZ = "reconciler", "fuzz"
MORE = 20
"""How many times more examples `drawn` allows a test in `make fuzz`."""

UNTIL = "RECONCILER_TEST_UNTIL"
"""Names the variable with the time, in seconds of Unix, after which no further test of a round begins."""


def register_profiles() -> None:
    """Both profiles, the fixed one loaded. ``pytest --hypothesis-profile=fuzz`` loads the other."""
    # A busy machine is slow and not wrong: what a test takes is watched over the whole run.
    patient = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile(FIXED, patient, derandomize=True)
    settings.register_profile(FUZZ, patient, max_examples=1000, print_blob=True)
    settings.load_profile(FIXED)


def drawn(few: int) -> settings:
    """Settings for a test that draws ``few`` examples in `make test`, and many more in `make fuzz`."""
    return settings(max_examples=few if is_fixed() else few * MORE)


def is_fixed() -> bool:
    """Whether the same examples are drawn each time."""
    return settings.default is not None and settings.default.derandomize


def fix() -> None:
    """Draw nothing that depends on which modules are imported by now: which test ran before on a worker is chance."""
    # hypothesis strews in constants of the source it sees imported. It has no setting for that; older ones do not do it.
    providers = getattr(hypothesis.internal.conjecture, "providers", None)
    if is_fixed() and hasattr(providers, "is_local_module_file"):
        providers.is_local_module_file = lambda _: False


def shuffle(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a round files come in an order of its own, so that a short `make fuzz` does not begin with the same tests each time."""
    seed = config.getoption("--hypothesis-seed")
    if not is_fixed():
        files = sorted({str(item.path) for item in items})
        random.Random(str(seed)).shuffle(files)
        items.sort(key=lambda item: files.index(str(item.path)))


def time_is_over() -> bool:
    """Whether a round has to end: what runs is finished, for a failure may be about to show."""
    return time.time() > float(os.environ.get(UNTIL, "inf"))
