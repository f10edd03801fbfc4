from __future__ import annotations

import pytest

from tests.fuzz.within import within


def test_what_costs_little_passes() -> None:
    with within(seconds=1, mebibytes=50):
        assert sum(range(1000)) > 0


def test_a_hang_is_interrupted() -> None:
    with pytest.raises(AssertionError, match="did not end within"), within(seconds=0.1):
        while True:
            try:
                sum(range(1000))
            except Exception:  # as code under test may do
                continue


def test_memory_that_was_given_back_counts() -> None:
    with pytest.raises(AssertionError, match="MiB of memory; at most 20"), within(mebibytes=20):
        assert len(bytearray(b"x") * (60 << 20)) > 0


def test_memory_without_end_stops_before_the_machine_does() -> None:
    with pytest.raises(AssertionError, match="more than 160 MiB"), within(mebibytes=20):
        bytearray(b"x") * (1 << 40)


def test_other_failures_come_through() -> None:
    with pytest.raises(KeyError), within():
        {}["absent"]
